"""The process of one function: loads its handler, invokes it, and prints what that cost in CPU seconds.

    python child.py HANDLER WARM-UPS CALLS < events (JSON lines, taken in turn; the first one is the cold start's)

The last line of stderr: {"cold": from the start of the process to its first answer, "calls": of CALLS further
invocations together, "answer": the last one}. Only the standard library, and little of it: what
is imported here is not paid for by the function that needs it too.
"""

import sys
import time
from importlib import import_module
from json import dumps, loads


class Context:
    """What Lambda's context has and libraries read."""

    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    memory_limit_in_mb = "512"
    aws_request_id = "7a0d1f5e-3b52-4d7e-9c1a-5f2b8e6d4c3a"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def main() -> None:
    name, warm_ups, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    first = sys.stdin.readline()
    module, _, attribute = name.rpartition(".")
    handler = getattr(import_module(module), attribute)
    context = Context()
    answer = handler(loads(first), context)
    cold = time.process_time()
    lines = sys.stdin.readlines() or [first]
    # A fresh event each time, as Lambda gives: some libraries change the one they get.
    events = [loads(lines[number % len(lines)]) for number in range(warm_ups + calls)]
    for event in events[:warm_ups]:
        answer = handler(event, context)
    began = time.process_time()
    for event in events[warm_ups:]:
        answer = handler(event, context)
    spent = time.process_time() - began
    print("\n" + dumps({"cold": cold, "calls": spent, "answer": answer}, default=repr), file=sys.stderr)


main()
