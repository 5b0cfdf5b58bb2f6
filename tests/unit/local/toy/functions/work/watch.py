"""Write each event about an object in the bucket to the journal.

The key `in/held` then waits until the file `<journal>.go` exists; a key `<name>-fails-<n>` fails the first n times.
"""

import json
import os
import time
from pathlib import Path
from typing import Any


def handler(event: Any, context: Any) -> None:
    with Path(os.environ["JOURNAL"]).open("a") as journal:
        journal.write(json.dumps(event) + "\n")
    while event["detail"]["object"]["key"] == "in/held" and not Path(os.environ["JOURNAL"] + ".go").exists():
        time.sleep(0.01)
    name, times = event["detail"]["object"]["key"].rpartition("-fails-")[::2]
    seen = sum(json.loads(line)["id"] == event["id"] for line in Path(os.environ["JOURNAL"]).read_text().splitlines())
    if name and seen <= int(times):
        raise ValueError("as asked")
