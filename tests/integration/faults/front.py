"""A proxy between the functions and all of AWS that injects faults into the n-th request of an invocation.

DynamoDB Local, moto's server (SQS, S3, Secrets Manager) and a bus that keeps what it takes are behind it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import urllib3

Response = tuple[int, bytes, dict[str, str]]

BEFORE = ("throttled", "failed", "cut")  # not carried out
AFTER = ("failed-after", "cut-after", "timed-out")  # carried out, and the caller does not learn it
LATE = ("late",)  # carried out after the caller has given up
KINDS = (*BEFORE, *AFTER, *LATE)
WAITING = {"timed-out", "late"}  # the caller's time limit ends them
EVER = 10**9


class Fault(NamedTuple):
    """A fault that the requests numbered `first` to `last` of an invocation meet, counted from 0."""

    kind: str
    first: int
    last: int


class Front(ThreadingHTTPServer):
    """Forwards requests, and counts them in `seen`. `faults` are those of the present invocation."""

    daemon_threads = True

    def __init__(self, dynamodb: str, others: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.upstreams = {"dynamodb": dynamodb, "others": others}
        self.pool = urllib3.PoolManager(maxsize=64, retries=False)
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        self.published: list[str] = []  # CloudEvents, as JSON
        self.late: list[tuple[str, str, bytes, dict[str, str]]] = []
        self.over = threading.Event()
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator["Front"]:
        thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()
            self.pool.clear()

    @contextmanager
    def injecting(self, *faults: Fault) -> Iterator[None]:
        """Inject these faults into the requests of the block. At its end, late requests are carried out."""
        self.seen.clear()
        self.over = threading.Event()
        self.faults = list(faults)
        try:
            yield
        finally:
            self.faults = []
            self.over.set()
            while self.late:
                self.forward(*self.late.pop(0))

    def next_fault(self, operation: str) -> str:
        with self._lock:
            number = len(self.seen)
            self.seen.append(operation)
        return next((fault.kind for fault in self.faults if fault.first <= number <= fault.last), "")

    def forward(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Response:
        """Carry out a request."""
        target = headers.get("x-amz-target", "")
        if target.startswith("AWSEvents"):
            entries = json.loads(body)["Entries"]
            self.published += [entry["Detail"] for entry in entries]
            return 200, json.dumps({"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in entries]}).encode(), {}
        upstream = self.upstreams["dynamodb" if target.startswith("DynamoDB") else "others"]
        answer = self.pool.request(method, f"{upstream}{path}", body=body, headers=headers)
        kept = ("content-type", "content-range", "etag", "x-amz-crc32")
        return answer.status, answer.data, {name: answer.headers[name] for name in kept if name in answer.headers}

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that has hung up is what the faults are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits for the acknowledgement of the head
    wbufsize = -1
    server: Front

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        del headers["host"]
        request = (self.command, self.path, body, headers)
        target = headers.get("x-amz-target", "")
        over = self.server.over
        kind = self.server.next_fault(target.partition(".")[2] or f"{self.command} {self.path}")
        if kind == "throttled":
            self._reply(*_throttling(target, body))
        elif kind == "failed":
            self._reply(500, b'{"__type": "InternalServerError"}', {})
        elif kind == "late":
            self.server.late.append(request)
        else:
            response = self.server.forward(*request) if kind != "cut" else None
            if kind == "failed-after":
                self._reply(500, b'{"__type": "InternalServerError"}', {})
            elif not kind and response:
                self._reply(*response)
        if kind in WAITING:
            over.wait(10)
        self.close_connection = kind not in ("", "throttled", "failed", "failed-after")

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - http.server looks for these names

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _throttling(target: str, body: bytes) -> Response:
    """Return the response of a service that takes no more requests now, in its own form."""
    if not target:
        return 503, b"<Error><Code>SlowDown</Code></Error>", {}
    if not target.endswith("TransactWriteItems"):
        name = "ProvisionedThroughputExceededException" if target.startswith("DynamoDB") else "ThrottlingException"
        return 400, json.dumps({"__type": f"com.amazonaws#{name}"}).encode(), {}
    reasons = [{"Code": "None"} for _ in json.loads(body)["TransactItems"][1:]]
    cancelled = {
        "__type": "x#TransactionCanceledException",
        "CancellationReasons": [{"Code": "ThrottlingError"}, *reasons],
    }
    return 400, json.dumps(cancelled).encode(), {}
