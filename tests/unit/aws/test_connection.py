"""Requests and responses byte by byte: every form that HTTP allows, and forms that it does not allow."""

import gc
import socket
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels.aws import connections
from laurels.aws.connections import Response, request
from tests.unit.aws.server import OK, TIMEOUT, Server, ask, idle


def test_a_request_is_sent_unchanged_with_its_content_length(server: Server) -> None:
    server.answers = [[[OK]]]
    request("PUT", f"{server.url}a/b%20c?d=e", {"host": "here", "x-amz-date": "now"}, b"\x00body\r\n", TIMEOUT)
    expected = b"PUT /a/b%20c?d=e HTTP/1.1\r\nhost: here\r\nx-amz-date: now\r\ncontent-length: 7\r\n\r\n\x00body\r\n"
    assert server.requests == [expected]


def test_bodies_of_megabytes_are_sent_and_received_whole(server: Server) -> None:
    sent, came = bytes(range(256)) * 8192, bytes(reversed(range(256))) * 16384
    server.answers = [[[b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(came), came]]]
    assert request("PUT", server.url, {"host": "here"}, sent, TIMEOUT).body == came
    assert server.requests[0].endswith(b"\r\n\r\n" + sent)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, Response(200, {"content-length": "2"}, b"{}")),
        (b"HTTP/1.1 200\r\nContent-Length:0\r\n\r\n", Response(200, {"content-length": "0"}, b"")),
        (
            b"HTTP/1.1 404 N F\r\nX-Amz-Id-2: \t a:b \t\r\nEMPTY:\r\ncontent-length: 1\r\n\r\n!",
            Response(404, {"x-amz-id-2": "a:b", "empty": "", "content-length": "1"}, b"!"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nvary: a\r\nVary: b\r\ncontent-length: 0\r\n\r\n",
            Response(200, {"vary": "a, b", "content-length": "0"}, b""),
        ),
        (b"HTTP/1.1 204 No Content\r\nx: y\r\n\r\n", Response(204, {"x": "y"}, b"")),
        (
            b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n",  # the length of the body that a 200 would have
            Response(304, {"content-length": "99"}, b""),
        ),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n" + OK,
            Response(200, {"content-length": "2"}, b"{}"),
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n",
            Response(200, {"transfer-encoding": "chunked"}, b"abc0123456789"),
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\n!\r\n0\r\nx-trailer: y\r\n\r\n",
            Response(403, {"transfer-encoding": "Chunked"}, b"!"),
        ),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", Response(200, {"content-length": "2"}, b"{}")),
        (b"\r\n" + OK, Response(200, {"content-length": "2"}, b"{}")),  # llhttp skips empty lines, which is harmless
        # The reason phrase is not used.
        (b"HTTP/1.1 200 O\x00K\r\ncontent-length: 0\r\n\r\n", Response(200, {"content-length": "0"}, b"")),
    ],
)  # fmt: skip
def test_a_response_is_read_whole_in_any_number_of_pieces(
    opened: Callable[..., Server], answer: bytes, expected: Response
) -> None:
    for pieces in ([answer], [answer[:20], answer[20:]], [answer[at : at + 1] for at in range(len(answer))]):
        assert ask(opened(), *pieces) == expected


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/2 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 999 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 000 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK,
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nnul: \0\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\ncontent-length: 0\n\n",
        b"garbage\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",  # a TLS alert, sent to a client that does not use TLS
        b"HTTP/1.1 200 OK\r\n no-name\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nspace : x\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nfolded: x\r\n y\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbare: x\ny: z\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\n\r\nas long as the connection",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0x2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: \xb2\r\n\r\n{}",  # a digit for Python, but not for HTTP
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-trailer: y\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"trailer: x\r\n" * 20_000,
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000 + OK,
        b"HTTP/1.1 200 OK\r\nlong: " + b"x" * 200_000 + b"\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"many: x\r\n" * 20_000 + b"content-length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_a_response_that_is_incomplete_or_not_http_raises_an_os_error(server: Server, answer: bytes) -> None:
    with pytest.raises(OSError):
        ask(server, answer)
    assert idle(server) == []


@given(answer=st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: OK[:-2] + tail))
def test_any_bytes_are_a_response_or_an_os_error(answer: bytes) -> None:
    server = Server()
    try:
        ask(server, answer)
    except OSError:
        return
    finally:
        server.close()


def test_a_server_that_sends_nothing_times_out(server: Server) -> None:
    gate = threading.Event()
    server._answer = lambda _: gate.wait()  # type: ignore[assignment, method-assign]  # a server that never answers
    with pytest.raises(TimeoutError):
        request("POST", server.url, {"host": "here"}, b"", 0.05)
    gate.set()


def test_a_connection_is_reused_until_the_server_closes_it(server: Server) -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 0\r\n\r\n"
    server.answers = [[[OK], [b"HTTP/1.1 204 No Content\r\n\r\n"], [closing]], [[OK]]]
    assert [request("POST", server.url, {"host": "here"}, b"", TIMEOUT).status for _ in range(4)] == [
        200,
        204,
        200,
        200,
    ]
    assert server.connections == 2


def test_an_http_1_0_server_gets_a_connection_for_each_request(server: Server) -> None:
    old = b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n"
    server.answers = [[[old], [OK]], [[old]]]
    for _ in range(2):
        request("POST", server.url, {"host": "here"}, b"", TIMEOUT)
    assert server.connections == 2


def test_unrequested_bytes_are_never_read_as_the_next_response(server: Server) -> None:
    server.answers = [[[OK + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"], [OK]], [[OK]]]
    for _ in range(2):
        assert request("POST", server.url, {"host": "here"}, b"", TIMEOUT).body == b"{}"
    assert server.connections == 2


def test_bytes_after_the_last_response_of_a_connection_are_dropped(server: Server) -> None:
    closing = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"
    server.answers = [[[closing + OK]], [[OK + b"\xff"]], [[OK]]]
    for _ in range(3):
        assert request("POST", server.url, {"host": "here"}, b"", TIMEOUT).body == b"{}"
    assert server.connections == 3


def test_a_large_body_is_freed_without_the_garbage_collector(server: Server) -> None:
    gc.collect()
    gc.disable()
    try:
        ask(server, OK)
        assert not [each for each in gc.get_objects() if type(each) is connections._Reader]
    finally:
        gc.enable()


@pytest.mark.parametrize("headers", [{"range": "x\r\nhost: there"}, {"x-\ny": "z"}, {"x": "\0"}, {"x": "ü"}])
def test_a_header_that_could_inject_another_is_refused(server: Server, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        request("GET", server.url, headers, b"", TIMEOUT)
    with pytest.raises(ValueError, match="header"):
        request("GET", f"{server.url} HTTP/1.1\r\n", {}, b"", TIMEOUT)
    assert server.connections == 0


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_addresses_in_brackets_are_supported(opened: Callable[..., Server]) -> None:
    try:
        server = opened("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 address")
    assert server.url.startswith("http://[::1]:")
    assert ask(server, OK).body == b"{}"
