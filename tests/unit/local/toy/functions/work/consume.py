"""Consume messages: fail those whose body asks for it, and write each batch to the journal."""

import json
import os
import time
from pathlib import Path
from typing import Any


def handler(event: Any, context: Any) -> Any:
    failures: list[Any] = []
    try:
        for record in event["Records"]:
            body = json.loads(record["body"])
            time.sleep(body.get("sleep", 0))
            if body.get("how") == "raise":
                raise ValueError("as asked")
            if body.get("how") == "nonsense":
                failures.append("not even an object")
            if body.get("how") == "fail":
                failures.append({"itemIdentifier": record["messageId"]})
    finally:
        with Path(os.environ["JOURNAL"]).open("a") as journal:
            journal.write(json.dumps(event) + "\n")
    return {"batchItemFailures": failures}
