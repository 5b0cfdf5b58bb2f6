"""Write the records of a table's stream to the journal, one batch a line, and fail as their items ask.

An item whose `how` is `raise` makes the function raise; `fail` makes it report the record as failed.
"""

import json
import os
from pathlib import Path
from typing import Any


def handler(event: Any, context: Any) -> Any:
    with Path(os.environ["JOURNAL"]).open("a") as journal:
        journal.write(json.dumps(event) + "\n")
    asked = [record["dynamodb"].get("NewImage", {}).get("how", {}).get("S") for record in event["Records"]]
    if "raise" in asked:
        raise ValueError("as asked")
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    failed = [number for number, how in zip(numbers, asked, strict=True) if how == "fail"]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
