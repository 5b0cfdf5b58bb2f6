"""The local gateway's HTTP server, byte by byte: the requests it accepts and refuses, and its connections."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gateway.payload import Request, Response
from local.gateway.server import Server

HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A server that returns each request as JSON."""

    def handle(request: Request) -> Response:
        about = {"method": request.method, "target": request.target, "body": request.body.decode("latin-1")}
        return Response(200, [("content-type", "application/json")], json.dumps(about).encode())

    running = Server(0, handle)
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def exchange(server: Any, *parts: Any) -> Any:
    """Send the parts; return all bytes received until the server closes. Each read waits at most 60 s."""
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def answers(received: Any) -> Any:
    """(status, headers, body) of each response."""
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        headers = dict(field.split(": ", 1) for field in fields)
        length = int(headers.get("content-length", 0))
        found.append((int(line.split(" ")[1]), headers, received[:length]))
        received = received[length:]
    return found


REFUSED = {
    # A chunk's size consists of hexadecimal digits only (RFC 9112 §7.1).
    "chunk size -5": (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size +5": (CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size 0x5": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size empty": (CHUNKED + b"\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size with a space before": (CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size with a space after": (CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n", 400),
    "chunk size with an underscore": (CHUNKED + b"1_0\r\n0123456789012345\r\n0\r\n\r\n", 400),
    "chunk size in letters": (CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size beyond 64 bits": (CHUNKED + b"1" * 20 + b"\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size ended by LF": (CHUNKED + b"5\nhello\r\n0\r\n\r\n", 400),
    "chunk longer than its size": (CHUNKED + b"3\r\nhello\r\n0\r\n\r\n", 400),
    "chunk shorter than its size": (CHUNKED + b"9\r\nhello\r\n0\r\n\r\n", 400),
    "chunks without an end": (CHUNKED + b"5\r\nhello\r\n", 400),
    "trailer without a colon": (CHUNKED + b"0\r\nA b\r\n\r\n", 400),
    # A request gives its body's length once, in one way (RFC 9112 §6.3).
    "length and chunks": (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks and length": (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    "the same length twice": (HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    "a list of lengths": (HEAD + b"Content-Length: 5, 5\r\n\r\nhello", 400),
    "length +5": (HEAD + b"Content-Length: +5\r\n\r\nhello", 400),
    "length -5": (HEAD + b"Content-Length: -5\r\n\r\nhello", 400),
    "length 5_0": (HEAD + b"Content-Length: 5_0\r\n\r\nhello", 400),
    "length 0x5": (HEAD + b"Content-Length: 0x5\r\n\r\nhello", 400),
    "length empty": (HEAD + b"Content-Length:\r\n\r\nhello", 400),
    "length beyond 64 bits": (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nhello", 400),
    "body shorter than its length": (HEAD + b"Content-Length: 900\r\n\r\nhello", 400),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked not last": (HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
    "a coding that is not chunked": (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    # Lines and fields.
    "no request": (b"nonsense\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "a method in small letters": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "an unknown method": (b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a method beyond 10 KB": (b"X" * 20_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a target without a slash": (b"GET foo HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "tabs instead of spaces": (b"GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "lines that end with LF": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "no version": (b"GET /\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 400),
    "http/1.1": (b"GET / http/1.1\r\nHost: x\r\n\r\n", 400),
    "a target that is not ASCII": ("GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "a space before the colon": (HEAD + b"Content-Length : 5\r\n\r\nhello", 400),
    "a field without a colon": (HEAD + b"Foo\r\n\r\n", 400),
    "a field without a name": (HEAD + b": foo\r\n\r\n", 400),
    "a folded field": (HEAD + b"A: b\r\n c\r\n\r\n", 400),
    "a NUL in a field": (HEAD + b"A: b\0c\r\n\r\n", 400),
    "a CR in a field": (HEAD + b"A: b\rc\r\n\r\n", 400),
    "a head that ends in the middle": (b"GET / HTTP/1.1\r\nHost: x", 400),
    # Sizes.
    "a target beyond 10 KB": (b"GET /" + b"x" * 10_240 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "fields beyond 10 KB": (HEAD + b"A: " + b"x" * 10_240 + b"\r\n\r\n", 431),
    "a head without an end": (HEAD + b"A: " + b"x" * 200_000, 431),
    "a length beyond 10 MB": (HEAD + b"Content-Length: 10485761\r\n\r\n" + b"x" * 10_485_761, 413),
    "a length beyond 10 MB, with Expect": (HEAD + b"Expect: 100-continue\r\nContent-Length: 10485761\r\n\r\n", 413),
    "chunks beyond 10 MB": (CHUNKED + b"a00001\r\n" + b"x" * 10_485_761 + b"\r\n0\r\n\r\n", 413),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_request_is_refused_and_the_connection_closed(
    server: Any, case: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    raw, expected = REFUSED[case]
    ((status, headers, body),) = answers(exchange(server, raw + GET))
    assert status == expected
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert json.loads(body).keys() == {"message"}
    assert capfd.readouterr().err == ""  # no traceback


@pytest.mark.parametrize("raw", [b"", b"\r", b"\n\n\n", b"\r\n\r\n"])
def test_a_connection_without_a_request_is_closed_without_a_response(server: Any, raw: bytes) -> None:
    assert exchange(server, raw) == b""


def test_a_caller_who_leaves_in_the_middle_of_a_request_causes_no_traceback(
    server: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(threading.enumerate())
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=60) as connection:
        connection.sendall(HEAD + b"Content-Length: 900\r\n\r\nhello")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() sends a reset
    exchange(server, GET)  # meanwhile the reset is seen
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
    assert capfd.readouterr().err == ""


ACCEPTED = {
    "a length": (HEAD + b"Content-Length: 5\r\n\r\nhello", "/echo", "hello"),
    "chunks": (CHUNKED + b"5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\n", "/echo", "hello world"),
    "a chunk size in capitals, with zeros": (CHUNKED + b"000A\r\n0123456789\r\n0\r\n\r\n", "/echo", "0123456789"),
    "chunks with trailers": (CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n\r\n", "/echo", "hello"),
    "no body": (HEAD + b"\r\n", "/echo", ""),
    "an empty line before": (b"\r\n" + HEAD + b"\r\n", "/echo", ""),
    "the address of a proxy": (b"GET http://a:1/b?c HTTP/1.1\r\nHost: a:1\r\n\r\n", "/b?c", ""),
    "the address of a proxy, without a path": (b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "/", ""),
    "a query with a question mark": (b"GET /a?b?c=%00 HTTP/1.1\r\nHost: a\r\n\r\n", "/a?b?c=%00", ""),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_valid_request_and_the_next_one_on_its_connection_are_answered(server: Any, case: Any) -> None:
    raw, target, body = ACCEPTED[case]
    first, last = answers(exchange(server, raw + GET))
    about = json.loads(first[2])
    assert (first[0], about["target"], about["body"]) == (200, target, body)
    assert "connection" not in first[1]
    assert (json.loads(last[2])["target"], last[1]["connection"]) == ("/last", "close")


def test_a_request_may_arrive_byte_by_byte(server: Any) -> None:
    raw = CHUNKED + b"5\r\nhello\r\n0\r\n\r\n" + GET
    first, last = answers(exchange(server, *(bytes([byte]) for byte in raw)))
    assert json.loads(first[2])["body"] == "hello"
    assert json.loads(last[2])["target"] == "/last"


def test_requests_before_a_malformed_one_are_answered(server: Any) -> None:
    received = answers(exchange(server, HEAD + b"\r\n" + CHUNKED + b"-5\r\n"))
    assert [status for status, _, _ in received] == [200, 400]


def test_pipelined_requests_are_answered_in_order(server: Any) -> None:
    raw = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\nA: %s\r\n\r\n" % (n, b"x" * 900) for n in range(200))
    assert [json.loads(body)["target"] for _, _, body in answers(exchange(server, raw))] == [
        f"/{n}" for n in range(200)
    ]


def test_no_request_is_read_after_connection_close(server: Any) -> None:
    assert len(answers(exchange(server, GET + GET))) == 1


@pytest.mark.parametrize("line", [b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Connection: close\r\n"])
def test_a_request_that_ends_the_connection_is_answered(server: Any, line: bytes) -> None:
    ((status, headers, _),) = answers(exchange(server, b"GET /a HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n"))
    assert (status, headers["connection"]) == (200, "close")


def test_http_1_0_is_answered_and_the_connection_closed(server: Any) -> None:
    ((status, headers, _),) = answers(exchange(server, b"GET /a HTTP/1.0\r\n\r\n"))
    assert (status, headers["connection"]) == (200, "close")


def test_expect_100_continue_is_answered_before_the_body(server: Any) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=60) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        ((status, _, body),) = answers(connection.recv(65536))
    assert (status, json.loads(body)["body"]) == (200, "hello")


def test_head_returns_the_length_of_a_body_without_the_body(server: Any) -> None:
    received = exchange(server, b"HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 46" in head
    assert body == b""
