"""The door to S3: whole objects, ranges of bytes, and the errors when S3 fails."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest
import urllib3

from laurels import storage
from laurels.errors import Misconfigured, Unavailable
from tests.servers import answering, nobody

CONTENT = bytes(range(256)) * 40


def test_an_object_is_read_as_it_was_written(bucket: str) -> None:
    storage.put("boards/1/points-week", CONTENT)
    assert storage.get("boards/1/points-week") == CONTENT


def test_an_object_is_replaced(bucket: str) -> None:
    storage.put("boards/current.json", b"1")
    storage.put("boards/current.json", b"22")
    assert storage.get("boards/current.json") == b"22"


def test_an_object_has_its_content_type(bucket: str, moto_server: str) -> None:
    storage.put("a", b"{}", "application/json")
    storage.put("b", b"x")
    s3 = boto3.client("s3", endpoint_url=moto_server)
    types = [s3.head_object(Bucket=bucket, Key=name)["ContentType"] for name in ("a", "b")]
    assert types == ["application/json", "application/octet-stream"]


def test_an_object_has_its_cache_control(bucket: str, moto_server: str) -> None:
    storage.put("a", b"x", cache_control="public, max-age=60")
    storage.put("b", b"x")
    s3 = boto3.client("s3", endpoint_url=moto_server)
    heads = [s3.head_object(Bucket=bucket, Key=name) for name in ("a", "b")]
    assert [head.get("CacheControl") for head in heads] == ["public, max-age=60", None]


@pytest.mark.parametrize("name", ["a b", "a+b", "a%2Fb", "дз", "auth0|1", "a/b/c.json"])
def test_a_name_may_hold_any_character(name: str, bucket: str, moto_server: str) -> None:
    storage.put(name, b"x")
    assert storage.get(name) == b"x"
    listed = boto3.client("s3", endpoint_url=moto_server).list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in listed] == [name]


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, CONTENT),
        (0, 1, CONTENT[:1]),
        (0, len(CONTENT), CONTENT),
        (100, 50, CONTENT[100:150]),
        (100, None, CONTENT[100:]),
        (len(CONTENT) - 1, 1, CONTENT[-1:]),
        (len(CONTENT) - 5, 100, CONTENT[-5:]),
        (len(CONTENT), 1, b""),
        (len(CONTENT), None, b""),
        (len(CONTENT) + 100, 50, b""),
    ],
)
def test_a_range_holds_just_these_bytes(start: int, length: int | None, expected: bytes, bucket: str) -> None:
    storage.put("file", CONTENT)
    assert storage.get("file", start, length) == expected


@pytest.mark.parametrize(("start", "length"), [(0, None), (0, 10), (5, 1)])
def test_an_empty_object_is_empty(start: int, length: int | None, bucket: str) -> None:
    storage.put("empty", b"")
    assert storage.get("empty", start, length) == b""


@pytest.mark.parametrize(("start", "length"), [(0, None), (5, 1)])
def test_a_missing_object_is_none(start: int, length: int | None, bucket: str) -> None:
    assert storage.get("nothing", start, length) is None


def test_deleted_objects_are_gone_and_others_stay(bucket: str) -> None:
    for name in "abc":
        storage.put(name, b"x")
    storage.delete(["a", "b", "there never was one"])
    assert [storage.get(name) for name in "abc"] == [None, None, b"x"]


ODD = ["a/ b", "a/&<>\"'", "a/+", "a/%2F", "a/auth0|1", "a/дз"]


@pytest.mark.parametrize("parts", [[], [b"a"], [b"a", b"b", b""]], ids=len)
def test_small_objects_are_joined(parts: list[bytes], bucket: str) -> None:
    join(parts, b"the end")
    assert storage.get("joined") == b"".join([*parts, b"the end"])


def test_large_objects_are_joined_by_s3(bucket: str, s3: Any) -> None:
    """S3 refuses smaller parts than 5 MB, except for the last one. Their names are escaped."""
    parts = [bytes([number]) * 5 * 1024 * 1024 for number in range(2)]
    join(parts, b"the end")
    assert storage.get("joined") == b"".join([*parts, b"the end"])
    assert s3.head_object(Bucket=bucket, Key="joined")["ETag"].endswith('-3"'), "of three parts"
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


def join(parts: list[bytes], end: bytes) -> None:
    names = [f"work/a+b |{number}" for number in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        storage.put(name, part)
    storage.join("joined", names, end)


def test_names_are_listed_by_prefix(bucket: str) -> None:
    for name in [*ODD, "a", "ab", "b/a/", "A/1"]:
        storage.put(name, b"x")
    assert storage.names("a/") == sorted(ODD)
    assert storage.names("a/+") == ["a/+"]
    assert storage.names("a/&") == ["a/&<>\"'"]
    assert storage.names("c") == []
    assert len(storage.names("")) == 10


@pytest.mark.usefixtures("bucket")
def test_names_are_listed_to_the_last() -> None:
    for number in range(1001):
        storage.put(f"many/{number:04}", b"")
    assert storage.names("many/") == [f"many/{number:04}" for number in range(1001)]


def test_a_form_s_object_is_the_bucket_s(bucket: str) -> None:
    form = storage.upload_form("uploads/a b|1", "image/png", 10, 60)
    urllib3.request("POST", form.url, fields={**form.fields, "file": ("picture.png", CONTENT[:5], "image/png")})
    assert storage.get("uploads/a b|1") == CONTENT[:5]


OPERATIONS: dict[str, Callable[[], object]] = {
    "get": lambda: storage.get("a"),
    "put": lambda: storage.put("a", b"x"),
    "delete": lambda: storage.delete(["a"]),
    "names": lambda: storage.names("a"),
}


def calling(server: AbstractContextManager[str], operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with server as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        OPERATIONS[operation]()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", [500, 503])
def test_a_busy_bucket_is_unavailable(
    status: int, operation: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable):
        calling(answering(status, b"<Error><Code>SlowDown</Code></Error>"), operation, monkeypatch)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("server", [nobody, lambda: answering(0)], ids=["nobody listens", "the connection ends"])
def test_a_bucket_that_does_not_answer_is_unavailable(
    server: Callable[[], AbstractContextManager[str]], operation: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable):
        calling(server(), operation, monkeypatch)


def test_an_object_that_ends_too_early_is_unavailable_and_not_a_part(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable):
        calling(answering(206, b"half", promised=8), "get", monkeypatch)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_mistake_of_ours_is_not_taken_for_a_passing_failure(
    operation: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Exception, match="AccessDenied") as raised:
        calling(answering(403, b"<Error><Code>AccessDenied</Code></Error>"), operation, monkeypatch)
    assert not isinstance(raised.value, Unavailable)


def test_without_its_setting_it_is_misconfigured(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUCKET_NAME")
    with pytest.raises(Misconfigured, match="BUCKET_NAME"):
        storage.get("a")
