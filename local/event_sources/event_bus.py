"""Events that EventBridge passes to functions, S3's among them: asynchronous invocations, retried when they fail.

The data plane matches events with the rule and puts them into a queue, from which they are delivered.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import threading
from collections.abc import Callable
from typing import Any

from local.event_sources import queues
from local.event_sources.failed_invocations import FailureDestinations
from local.runtime.functions import EventTooLarge, Outcome, Unavailable
from local.runtime.process import Log
from local.template.application import Function, Resource

_AT_ONCE = 2
# Seconds. Lambda waits a minute and then two before it retries; locally that would be too long.
_RETRY_AFTER = (1, 2)


class EventDelivery:
    """Invokes a function with the events in its inbox."""

    def __init__(
        self,
        function: Function,
        inbox: Resource,
        sqs: Any,
        invoke: Callable[[str, Any], Outcome],
        failures: FailureDestinations,
        log: Log,
    ) -> None:
        self.inbox = inbox
        self._function = function
        self._sqs = sqs
        self._invoke = invoke
        self._failures = failures
        self._log = log
        self._stop = threading.Event()
        for _ in range(_AT_ONCE):
            threading.Thread(target=self._poll, daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _poll(self) -> None:
        queues.poll(self.inbox, self._sqs, self._deliver, self._stop, self._log, most=1)

    def _deliver(self, messages: list[dict[str, Any]]) -> None:
        """Invoke the function with one event, which stays in the inbox until then, so that `drain` waits."""
        (message,) = messages
        about = {"QueueUrl": self.inbox.url, "ReceiptHandle": message["ReceiptHandle"]}
        event = json.loads(message["Body"])
        outcome = self._attempt(event)
        if outcome is None or outcome.failed:
            failures, retries = int(message["Attributes"]["ApproximateReceiveCount"]), self._function.retries
            if failures <= retries:
                wait = _RETRY_AFTER[min(failures, len(_RETRY_AFTER)) - 1]
                self._sqs.change_message_visibility(**about, VisibilityTimeout=wait)
                return
            self._log("events", f"{self._function.name}: given up after {failures} attempts")
            self._failures.keep(self._function, event, failures, outcome)
        self._sqs.delete_message(**about)

    def _attempt(self, event: Any) -> Outcome | None:
        try:
            return self._invoke(self._function.name, event)
        except (Unavailable, EventTooLarge) as reason:
            self._log("events", f"{self._function.name}: {type(reason).__name__}")
            return None
