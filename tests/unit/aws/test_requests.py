"""Calls of AWS services: late and damaged responses, retries, refusals, and connections that were closed while idle."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zlib import crc32

import pytest

from laurels.aws import client, connections, signing

Answer = tuple[int, bytes, dict[str, str]]


class Service(ThreadingHTTPServer):
    """A service with prepared answers: a response, a function that makes one, or None, which closes the connection."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer | Callable[[], Answer | None] | None] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: some tests close the connection on purpose."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers), body))
            answer = self.server.answers.pop(0) if self.server.answers else (200, b"{}", {})
        answer = answer() if callable(answer) else answer
        if answer is None:
            self.close_connection = True
            return
        status, content, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    server = Service()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield server
    # Private, because only tests close idle connections: a later server may get the same port.
    for each in connections._idle.pop(f"http://127.0.0.1:{server.server_address[1]}", []):
        each.close()
    server.shutdown()
    server.server_close()


def call() -> dict[str, object]:
    return client.call("dynamodb", "DynamoDB_20120810.GetItem", {"TableName": "t"})


def at_once(service: Service, calls: int) -> None:
    """Make this many calls at once: none is answered before all have arrived."""
    together = threading.Barrier(calls)

    def answer() -> Answer:
        together.wait()
        return 200, b"{}", {}

    service.answers = [answer] * calls
    threads = [threading.Thread(target=call) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def error(status: int, code: str) -> Answer:
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "m"}).encode(), {}


def test_one_connection_serves_many_calls(service: Service) -> None:
    assert [call() for _ in range(5)] == [{}] * 5
    assert service.connections == 1
    assert json.loads(service.requests[0][2]) == {"TableName": "t"}


def test_a_connection_that_was_closed_while_idle_is_replaced_silently(service: Service) -> None:
    call()
    service.answers = [None]  # as a server that has closed an idle connection
    assert call() == {}
    assert service.connections == 2


def test_if_one_idle_connection_was_closed_older_ones_are_not_tried(service: Service) -> None:
    at_once(service, 4)
    service.answers = [None]
    assert call() == {}
    assert service.connections == 5
    assert len(connections._idle[client.endpoint("dynamodb").rstrip("/")]) == 1


@pytest.mark.parametrize(
    "turned_away",
    [
        error(500, "InternalServerError"),
        error(503, "ServiceUnavailable"),
        error(400, "ThrottlingException"),
        error(400, "ProvisionedThroughputExceededException"),
        (200, b"{}", {"x-amz-crc32": "1"}),
        (400, b"<Error><Code>RequestTimeout</Code></Error>", {}),  # S3: sending the body took too long
        (502, b'"Bad Gateway"', {}),  # JSON, but not an error of AWS
    ],
)
def test_transient_errors_are_retried(service: Service, turned_away: Answer) -> None:
    service.answers = [turned_away, turned_away, (200, b'{"a":1}', {})]
    assert call() == {"a": 1}
    assert len(service.requests) == 3


def test_a_refusal_is_raised_with_its_code_and_body(service: Service) -> None:
    service.answers = [error(400, "ConditionalCheckFailedException")]
    with pytest.raises(client.ServiceError) as refused:
        call()
    assert (refused.value.http_status, refused.value.error) == (400, "ConditionalCheckFailedException")
    assert refused.value.body["message"] == "m"
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [301, 304, 307])
def test_a_redirect_is_an_error(service: Service, status: int) -> None:
    service.answers = [(status, b"<Error><Code>TemporaryRedirect</Code></Error>", {})]
    with pytest.raises(client.ServiceError):
        call()


def test_retries_end_after_the_last_attempt(service: Service) -> None:
    service.answers = [error(500, "InternalServerError")] * 9
    with pytest.raises(client.Retryable) as turned_away:
        call()
    assert len(service.requests) == client.ATTEMPTS
    # The problem that an API client would get: its own text, not that of AWS.
    assert (turned_away.value.status, turned_away.value.code, "m" in turned_away.value.detail.split()) == (
        503,
        "unavailable",
        False,
    )


def test_a_correct_checksum_is_accepted(service: Service) -> None:
    service.answers = [(200, b'{"a":1}', {"x-amz-crc32": str(crc32(b'{"a":1}'))})]
    assert call() == {"a": 1}


def test_a_response_that_is_too_late_raises_no_response(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONSE_SECONDS", "0.05")
    asked, gone = threading.Semaphore(0), threading.Event()

    def late() -> None:
        asked.release()
        gone.wait()

    service.answers = [late] * 9
    with pytest.raises(client.NoResponse):
        call()
    for _ in range(client.ATTEMPTS):  # however long the server takes to see them
        asked.acquire()
    gone.set()
    assert len(service.requests) == client.ATTEMPTS


def test_a_refused_connection_raises_no_response(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # so that no other process listens there
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(client.NoResponse):
            call()


def test_concurrent_calls_use_separate_connections_which_are_reused(service: Service) -> None:
    for _ in range(3):
        at_once(service, 4)
    assert service.connections == 4


def test_a_closed_connection_is_not_reused(service: Service) -> None:
    service.answers = [(200, b"{}", {"connection": "close"}), (200, b"{}", {})]
    call()
    call()
    assert (service.connections, len(service.requests)) == (2, 2)
    (idle,) = connections._idle[f"http://127.0.0.1:{service.server_address[1]}"]
    idle.sock.shutdown(socket.SHUT_RDWR)  # the end of the stream can now be read
    call()
    assert (service.connections, len(service.requests)) == (3, 3)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com/"),
        ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com/"),
    ],
)
def test_the_endpoint_is_that_of_the_region(monkeypatch: pytest.MonkeyPatch, region: str, expected: str) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_REGION", region)
    assert client.endpoint("dynamodb") == expected


def test_the_endpoint_of_one_service_overrides_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://sqs/")
    assert (client.endpoint("sqs"), client.endpoint("s3")) == ("http://sqs/", "http://all/")


def test_without_keys_in_the_environment_those_of_botocore_are_used(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/credentials")
    profile = "[default]\naws_access_key_id = of-a-profile\naws_secret_access_key = s\n"
    (tmp_path / "credentials").write_text(profile)
    signing._botocore_credentials.cache_clear()  # private: botocore's keys are looked up once per process
    call()
    signing._botocore_credentials.cache_clear()
    assert "Credential=of-a-profile/" in service.requests[0][1]["authorization"]
