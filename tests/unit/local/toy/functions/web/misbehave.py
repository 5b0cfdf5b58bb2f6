"""Raise, sleep, die or return a large body, depending on the path."""

import os
import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    how = event["pathParameters"]["how"]
    if how == "raise":
        raise ValueError("as asked")
    if how == "die":
        os._exit(3)
    if how == "sleep":
        time.sleep(30)  # longer than any caller waits
    if how == "large":
        return {"statusCode": 200, "body": "x" * (6 * 1024 * 1024 + 200)}
    return {"statusCode": 200, "body": str(os.getpid())}
