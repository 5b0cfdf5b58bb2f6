"""The consumer of ProcessingRequestsQueue on this machine: answers each request on ProcessingResultsQueue."""

import json
import threading
from typing import Any

from local.ai import matching
from local.event_sources import queues
from local.runtime.process import Log
from local.template.application import Resource

REQUESTS, RESULTS = "ProcessingRequestsQueue", "ProcessingResultsQueue"


class AiService:
    """Answers requests in a thread until `stop`."""

    def __init__(self, requests: Resource, results_url: str, sqs: Any, log: Log) -> None:
        self.queue = requests
        self.idle = True
        self.answered = 0
        self._results_url, self._sqs = results_url, sqs
        self._stop = threading.Event()
        self._log = log
        threading.Thread(target=self._poll, daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _poll(self) -> None:
        queues.poll(self.queue, self._sqs, self._answer_all, self._stop, self._log)

    def _answer_all(self, messages: list[dict[str, Any]]) -> None:
        self.idle = False
        try:
            for message in messages:
                # A message that is no request fails, and is a dead letter after five receives.
                self._sqs.send_message(QueueUrl=self._results_url, MessageBody=answer(message["Body"]))
                self._sqs.delete_message(QueueUrl=self.queue.url, ReceiptHandle=message["ReceiptHandle"])
                self.answered += 1
        finally:
            self.idle = True


def answer(body: str) -> str:
    """Return the result for a request, both as JSON."""
    request = json.loads(body)
    found = matching.match(request["resume"], request["requirements"])
    return json.dumps({"processing_id": request["processing_id"], "success": True, **found}, ensure_ascii=False)
