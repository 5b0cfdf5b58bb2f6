"""Runs one function in its own process: loads the handler, invokes it, and prints the CPU seconds spent.

    python child.py HANDLER WARM-UPS CALLS < events (JSON lines, used in turn; the first one is for the cold start)

The last line of stderr is JSON: {"cold": CPU seconds from the start of the process to its first answer, "calls": CPU
seconds of CALLS further invocations together, "answer": the last answer}. This file imports little of the standard
library: the cost of a module that it imports is missing in the result of a function that needs the module too.
"""

import sys
import time
from importlib import import_module
from json import dumps, loads


class Context:
    """The attributes of Lambda's context that libraries read."""

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
    # A new event for each call, as in Lambda: some libraries change the event.
    events = [loads(lines[number % len(lines)]) for number in range(warm_ups + calls)]
    for event in events[:warm_ups]:
        answer = handler(event, context)
    began = time.process_time()
    for event in events[warm_ups:]:
        answer = handler(event, context)
    spent = time.process_time() - began
    print("\n" + dumps({"cold": cold, "calls": spent, "answer": answer}, default=repr), file=sys.stderr)


main()
