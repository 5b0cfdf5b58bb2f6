"""Return the event and the function's environment and context."""

import json
import os
from typing import Any

import toylayer  # type: ignore[import-not-found]  # in a layer: on the path only inside the function

_calls = 0


def handler(event: Any, context: Any) -> Any:
    global _calls
    _calls += 1
    seen = {
        "event": event,
        "environment": dict(os.environ),
        "layer": toylayer.NAME,
        "calls": _calls,
        "process": os.getpid(),
        "remaining": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(seen)}
