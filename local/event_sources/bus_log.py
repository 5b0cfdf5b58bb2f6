"""What is on a bus, for people to look at: the last events, in memory."""

import json
import threading
from collections import deque
from typing import Any

from local.event_sources import queues
from local.runtime.process import Log
from local.template.application import Resource, Subscription

_KEPT = 20_000  # events


def everything_on(bus: Resource) -> Subscription:
    """Return a rule that matches every event of a bus."""
    return Subscription(f"{bus.name}Log", "", bus.id, {"source": [{"prefix": ""}]})


class BusLog:
    """Remembers the `detail` of each event in its inbox."""

    def __init__(self, inbox: Resource, sqs: Any, log: Log) -> None:
        self.inbox = inbox
        self._sqs = sqs
        self._log = log
        self._lock = threading.Lock()
        self._events: deque[Any] = deque(maxlen=_KEPT)
        self._seen = 0
        self._stop = threading.Event()
        threading.Thread(target=self._poll, daemon=True).start()

    def after(self, number: int) -> tuple[list[Any], int]:
        """Return the events after the first `number`, as far as they are remembered, and how many there are by now."""
        with self._lock:
            forgotten = self._seen - len(self._events)
            return list(self._events)[max(number - forgotten, 0) :], self._seen

    def stop(self) -> None:
        self._stop.set()

    def _poll(self) -> None:
        queues.poll(self.inbox, self._sqs, self._remember, self._stop, self._log)

    def _remember(self, messages: list[dict[str, Any]]) -> None:
        with self._lock:
            for message in messages:
                self._events.append(json.loads(message["Body"])["detail"])
                self._seen += 1
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
        self._sqs.delete_message_batch(QueueUrl=self.inbox.url, Entries=entries)
