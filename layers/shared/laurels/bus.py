"""The door to EventBridge: publish events.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from laurels import settings
from laurels.aws import client
from laurels.errors import Unavailable

AT_ONCE = 10  # events, the most that one request takes; ours are of a few hundred bytes, and it takes 256 KB
_ATTEMPTS = 4
_FIRST_WAIT = 0.1  # seconds; doubles


def publish(events: Sequence[Mapping[str, Any]]) -> list[int]:
    """Publish CloudEvents on the bus EVENT_BUS_NAME, in order. Return the indexes of those that are not published.

    EventBridge may take some events of a request and refuse others: only these are sent again. If some stay refused,
    the events of later requests are not sent: the caller will repeat all from the first refused one on.
    """
    for start in range(0, len(events), AT_ONCE):
        end = min(start + AT_ONCE, len(events))
        if refused := _publish(events, range(start, end)):
            return [*refused, *range(end, len(events))]
    return []


def _publish(events: Sequence[Mapping[str, Any]], chosen: Sequence[int]) -> Sequence[int]:
    """Publish the chosen events of one request, and return those that stay refused."""
    wait = _FIRST_WAIT
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, wait))  # noqa: S311 - jitter, not a secret
            wait *= 2
        request = {"Entries": [_entry(events[index]) for index in chosen]}
        try:
            results = client.call("events", "AWSEvents.PutEvents", request)["Entries"]
        except Unavailable:  # the client has repeated it already
            break
        chosen = [index for index, result in zip(chosen, results, strict=True) if "ErrorCode" in result]
        if not chosen:
            break
    return chosen


def _entry(event: Mapping[str, Any]) -> dict[str, str]:
    return {
        "EventBusName": settings.text("EVENT_BUS_NAME"),
        "Source": event["source"],
        "DetailType": event["type"],
        "Detail": json.dumps(event, ensure_ascii=False),
    }
