"""The real application in the local stack, started once per test session: its HTTP API, queues and schedule."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from laurels import settings
from local.data.emulator import MODEL_URL
from local.event_sources import dead_letters
from local.stack import Stack
from local.tokens import mint
from tests.e2e.model import answering

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
# No test must fail because this machine is slow or stalls, so functions, the gateway and every call that a function
# makes get minutes. Otherwise a slow emulator makes the function time out, then the gateway, and the failed message is
# delivered again only minutes later.
LIMIT = 300  # seconds
ENVIRONMENT = {name: str(LIMIT) for name in settings.TIME_LIMITS} | {
    "BATCH_SECONDS": str(10 * LIMIT)
}  # a batch has up to ten users
SERVICE_SCOPE = "stats:write awards:write users:write users:read groups:write processing:write"


class Answer:
    """An HTTP response: `status`, `headers` (names in lower case), `body` as bytes."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.body = response.data

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:300]!r}>"


def ok(answer: Answer, status: int = 200) -> Any:
    """Return the JSON of a response, which must have this status; None without a body."""
    assert answer.status == status, answer
    return answer.json() if answer.body else None


class Service:
    """The running application, as its clients, other services and its operators use it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = stack.url
        self.base_url = f"{stack.url}/v1"
        self._http = urllib3.PoolManager(maxsize=64, retries=False, timeout=LIMIT + 10)

    # ---- callers ----

    def token(self, user: str, **about: Any) -> str:
        """Return a token for the user. `about` is roles, scope, sid, ttl and name, as in `local.tokens.mint`."""
        return mint(user, **about)

    def admin(self, user: str = "admin") -> str:
        return mint(user, roles=["admin"])

    def service(self, scope: str = SERVICE_SCOPE) -> str:
        return mint("some-service", scope=scope)

    def tokens(self) -> dict[str, str]:
        """Return one token of each kind: learner, service, admin."""
        return {"learner": self.token("ada"), "service": self.service(), "admin": self.admin()}

    # ---- HTTP ----

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Call the API. `path` is relative to /v1 ("/users/me"). A body that is not bytes is sent as JSON."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return Answer(self._http.request(method, self.base_url + path, body=body, headers=sent))

    # ---- queues ----

    def sqs(self) -> Any:
        return self.stack.clients("sqs")

    def queue_url(self, name: str = "StatUpdatesQueue") -> str:
        return self.stack.application.queues[name].url

    def send(self, updates: Iterable[dict[str, Any] | str], queue: str = "StatUpdatesQueue") -> None:
        """Send messages to a FIFO queue, grouped by user_id. The deduplication id is the event_id, or else unique."""
        batch: list[dict[str, Any]] = []
        for number, update in enumerate(updates):
            about = update if isinstance(update, dict) else {}
            batch.append(
                {
                    "Id": str(len(batch)),
                    "MessageBody": update if isinstance(update, str) else json.dumps(update),
                    "MessageGroupId": str(about.get("user_id", "nobody")),
                    "MessageDeduplicationId": str(about.get("event_id", f"{number}-{time.monotonic_ns()}")),
                }
            )
            if len(batch) == 10:
                self._send(batch, queue)
                batch = []
        if batch:
            self._send(batch, queue)

    def _send(self, batch: list[dict[str, Any]], queue: str) -> None:
        answer = self.sqs().send_message_batch(QueueUrl=self.queue_url(queue), Entries=batch)
        assert not answer.get("Failed"), answer["Failed"]

    def drain(self, limit: float = 600) -> None:
        """Wait until every consumed queue is empty."""
        deadline = time.monotonic() + limit
        quiet = 0
        while quiet < 2:
            busy = any(
                queue["waiting"] + queue["in_flight"] or not queue["idle"]
                for queue in self.stack.queues()
                if queue["consumed"]
            )
            quiet = 0 if busy else quiet + 1
            assert time.monotonic() < deadline, f"the queues are not empty: {self.stack.queues()}"
            time.sleep(0.05)

    def dead_letters(self, queue: str = "StatUpdatesQueue") -> list[dict[str, Any]]:
        """Return the messages in the queue's dead-letter queue without removing them."""
        return dead_letters.peek(self.stack.application.dead_letter_queues[queue].url, self.sqs())

    def purge_dead_letters(self, queue: str = "StatUpdatesQueue") -> None:
        self.sqs().purge_queue(QueueUrl=self.stack.application.dead_letter_queues[queue].url)

    # ---- schedules and functions ----

    def tick(self, function: str = "ComputeLeaderboards") -> Any:
        """Run a scheduled function now and return its result. Fail the test if the function fails."""
        outcome = self.stack.tick(function)
        assert not outcome.failed, outcome.value()
        return outcome.value()

    def invoke(self, function: str, event: Any) -> Any:
        outcome = self.stack.functions.invoke(function, event)
        assert not outcome.failed, outcome.value()
        return outcome.value()

    def close(self) -> None:
        self._http.clear()


@contextmanager
def serving(log: Path, **parameters: str) -> Iterator[Service]:
    """Serve the whole application, without data, on a free port, with these template parameters."""
    stack = Stack(TEMPLATE, 0, parameters=parameters, environment=ENVIRONMENT, function_timeout=LIMIT, log_path=log)
    with closing(stack), closing(Service(stack)) as service:
        yield service


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The application, shared by all tests. A model of the emulator's Bedrock is its AI service.

    In `make deploy-emulator` it is the deployed one (tests/deployment/fixtures.py).
    """
    if "DEPLOY_EMULATOR" in os.environ:
        yield request.getfixturevalue("deployed")
        return
    log = tmp_path_factory.mktemp("stack") / "stack.log"
    with answering() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv(MODEL_URL, url)
        with serving(log, BedrockModelId="a.model-v1:0") as service:
            yield service
