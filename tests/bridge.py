"""A stand-in for EventBridge, which refuses events and fails as a test asks."""

import json
from collections.abc import Callable
from typing import Any


class Bridge:
    """Replaces `laurels.aws.client.call` for EventBridge; other services are called as before.

    It refuses events as often as `refusals` says (by id), and raises `errors`, one for each call, before it takes any.
    `events` are the CloudEvents that it took, in order.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self.requests: list[list[str]] = []
        self.events: list[dict[str, Any]] = []
        self.refusals: dict[str, int] = {}
        self.errors: list[BaseException] = []
        self._call = call

    @property
    def taken(self) -> list[str]:
        """The ids of the events that it took, in order."""
        return [event["id"] for event in self.events]

    def call(self, service: str, target: str, request: Any) -> Any:
        if service != "events":
            return self._call(service, target, request)
        assert target == "AWSEvents.PutEvents"
        if self.errors:
            raise self.errors.pop()
        answers = [self._answer(json.loads(entry["Detail"])) for entry in request["Entries"]]
        self.requests.append([json.loads(entry["Detail"])["id"] for entry in request["Entries"]])
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def _answer(self, event: dict[str, Any]) -> dict[str, str]:
        if self.refusals.get(event["id"], 0) > 0:
            self.refusals[event["id"]] -= 1
            return {"ErrorCode": "ThrottlingException", "ErrorMessage": "later"}
        self.events.append(event)
        return {"EventId": event["id"]}
