"""A proxy between a function and the stand-ins for AWS, which counts the requests of any client.

It forwards DynamoDB's requests to DynamoDB Local, and asks for their consumed capacity. All others go to moto.
"""

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import urllib3
from moto.server import ThreadedMotoServer

from laurels.attribute_values import pack_item
from local.template.application import Application
from local.tokens import JWT_SECRET
from tests.bench.contestants import LAMBDA, Endpoint
from tests.dynamodb_local import server

READS = {"GetItem", "BatchGetItem", "Query"}
_DUMMY = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


class Asked(NamedTuple):
    """A request to DynamoDB and its response."""

    operation: str
    request: dict[str, Any]
    answer: dict[str, Any]


class Meter:
    """`counted` holds the counts since the last `reset`: requests (table, sqs, s3_read, s3_write) and capacity units
    (read_units, write_units); `asked` the requests to the table."""

    def __init__(self, table: str, others: str) -> None:
        self.counted: defaultdict[str, float] = defaultdict(float)
        self.asked: list[Asked] = []
        self._table, self._others = urlsplit(table).netloc, urlsplit(others).netloc
        self._lock = threading.Lock()
        meter = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _pass_on(self) -> None:
                meter._pass_on(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 (the base class's names)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = Endpoint(f"http://127.0.0.1:{self._server.server_port}")
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        self.counted, self.asked = defaultdict(float), []

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def table(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request to DynamoDB that is not counted, to prepare a measurement."""
        connection = HTTPConnection(self._table, timeout=30)
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "authorization": _DUMMY}
        connection.request("POST", "/", json.dumps(request), headers | {"content-type": "application/x-amz-json-1.0"})
        answer = connection.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {said}")
        return said

    def put(self, table: str, *items: dict[str, Any]) -> None:
        for item in items:
            self.table("PutItem", {"TableName": table, "Item": pack_item(item)})

    def _pass_on(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        service, _, operation = (request.headers.get("x-amz-target") or "").partition(".")
        is_table = service.startswith("DynamoDB")
        if is_table:
            body = json.dumps(json.loads(body) | {"ReturnConsumedCapacity": "TOTAL"}).encode()
        connection = HTTPConnection(self._table if is_table else self._others, timeout=30)
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in ("content-length", "expect")
        }
        connection.request(request.command, request.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        with self._lock:
            self._count(request.command, service, operation, content if is_table else b"", body)
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                request.send_header(name, value)
        request.send_header("content-length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _count(self, method: str, service: str, operation: str, content: bytes, body: bytes) -> None:
        if service.startswith("DynamoDB"):
            asked = Asked(operation, json.loads(body), json.loads(content))
            self.asked.append(asked)
            self.counted["table"] += 1
            parts = len(asked.request.get("TransactItems", ()))
            kind = "read_units" if operation in READS else "write_units"
            self.counted[kind] += units(operation, asked.answer, parts)
        elif service == "secretsmanager":
            pass  # a function reads its secrets once in minutes
        elif service:
            self.counted["sqs"] += 1
        else:
            self.counted["s3_read" if method in ("GET", "HEAD") else "s3_write"] += 1


def units(operation: str, answer: dict[str, Any], parts: int = 0) -> float:
    """The capacity units of a request; `parts` is the number of items of a transaction."""
    consumed = answer.get("ConsumedCapacity", [])
    reported = sum(float(each["CapacityUnits"]) for each in (consumed if isinstance(consumed, list) else [consumed]))
    # A transaction costs twice its writes. DynamoDB Local reports them once, and of items that cost the same only one.
    return 2 * max(reported, parts) if operation == "TransactWriteItems" and reported else reported


@contextmanager
def running(application: Application) -> Iterator[Meter]:
    """A meter in front of new stand-ins with the application's table, queues and buckets."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # otherwise it prints each request
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    with server.running() as table:
        # Its state belongs to this process, so the part before may have left some.
        urllib3.request("POST", f"http://{host}:{port}/moto-api/reset")
        meter = Meter(table, f"http://{host}:{port}")
        try:
            _make(application, meter, f"http://{host}:{port}")
            yield meter
        finally:
            meter.close()
            moto.stop()


def _make(application: Application, meter: Meter, others: str) -> None:
    for table in application.tables.values():
        wanted = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
        schema = {name: table.properties[name] for name in wanted if name in table.properties}
        meter.table("CreateTable", {"TableName": table.id, **schema})
    keys = {name.lower(): LAMBDA[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    session = boto3.Session(**keys, region_name=application.region)
    for secret in application.secrets.values():
        session.client("secretsmanager", endpoint_url=others).create_secret(Name=secret.id, SecretString=JWT_SECRET)
    for bucket in application.buckets.values():
        session.client("s3", endpoint_url=others).create_bucket(Bucket=bucket.id)
    for queue in application.queues.values():
        # SQS takes true as a string, and refuses false.
        kind = {name: "true" for name in ("FifoQueue", "ContentBasedDeduplication") if queue.properties.get(name)}
        session.client("sqs", endpoint_url=others).create_queue(QueueName=queue.url.rpartition("/")[2], Attributes=kind)
