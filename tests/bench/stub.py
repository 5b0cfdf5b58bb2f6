"""A stub of DynamoDB, SQS, S3 and Secrets Manager in its own process. It answers at once and always the same.

    python stub.py ITEMS CERTIFICATE SECRET

ITEMS is a JSON file: [item in DynamoDB's JSON, …]; CERTIFICATE a PEM file with its key. Prints its port.

So measurements contain only the client's work. Writes are accepted and not stored.
"""

import json
import socketserver
import ssl
import sys
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import Any
from zlib import crc32

ITEMS: dict[tuple[str, str], Any] = {}
NOTHING_LISTED = b"<?xml version='1.0'?><ListBucketResult/>"
NO_SUCH_KEY = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>"


def dynamodb(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    def find(key: dict[str, Any]) -> Any:
        return ITEMS.get((key["PK"]["S"], key["SK"]["S"]))

    match operation:
        case "GetItem":
            return {"Item": item} if (item := find(request["Key"])) else {}
        case "BatchGetItem":
            ((table, wanted),) = request["RequestItems"].items()
            return {"Responses": {table: list(filter(None, map(find, wanted["Keys"])))}, "UnprocessedKeys": {}}
        case "Query":
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        case "UpdateItem" if request.get("ReturnValues") == "ALL_NEW":
            return {"Attributes": find(request["Key"])}
    return {}


@cache
def answer(target: str, method: str, path: str, body: bytes) -> bytes:
    """The bytes of the HTTP response. Cached, because clients repeat a few requests."""
    if target.startswith("DynamoDB"):
        content = json.dumps(dynamodb(target.partition(".")[2], json.loads(body))).encode()
        return whole(200, "application/x-amz-json-1.0", content, {"x-amz-crc32": str(crc32(content))})
    if target.startswith("AmazonSQS"):
        digest = md5(json.loads(body)["MessageBody"].encode(), usedforsecurity=False).hexdigest()
        content = json.dumps({"MessageId": "m-1", "MD5OfMessageBody": digest, "SequenceNumber": "1"}).encode()
        return whole(200, "application/x-amz-json-1.0", content, {})
    if target.startswith("secretsmanager"):
        content = json.dumps({"SecretString": sys.argv[3]}).encode()
        return whole(200, "application/x-amz-json-1.1", content, {})
    if "?list-type=" in path:
        return whole(200, "application/xml", NOTHING_LISTED, {})
    if method in ("GET", "HEAD"):
        return whole(404, "application/xml", NO_SUCH_KEY, {})
    return whole(200, "application/xml", b"", {"etag": '"0"'})


def whole(status: int, kind: str, content: bytes, headers: dict[str, str]) -> bytes:
    headers = {"x-amzn-requestid": "stub", "content-type": kind, "content-length": str(len(content)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + content


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            headers = {}
            while (header := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = header.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            if headers.get("expect"):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self.rfile.read(int(headers.get("content-length", 0)))
            method, path, _ = line.decode("latin-1").split()
            self.wfile.write(answer(headers.get("x-amz-target", ""), method, path, body))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def main() -> None:
    for item in json.loads(Path(sys.argv[1]).read_text()):
        ITEMS[item["PK"]["S"], item["SK"]["S"]] = item
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2])
    with Server(("127.0.0.1", 0), Connection) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        print(server.server_address[1], flush=True)
        server.serve_forever()


main()
