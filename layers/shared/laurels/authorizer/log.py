"""The authorizer's log: JSON lines without Powertools, whose Logger would be most of the start-up."""

import json
import sys

from laurels import clock


def write(level: str, message: str, **fields: str) -> None:
    """Write one line. Never pass a token, a name or an id."""
    line = {"level": level, "message": message, "timestamp": clock.iso(clock.now()), "service": "laurels", **fields}
    sys.stdout.write(json.dumps(line) + "\n")
