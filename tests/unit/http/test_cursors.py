"""Paging: limits and cursors; a cursor is valid for one list of one caller only."""

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode
from operator import eq
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from laurels import cursors, secrets
from laurels.aws import client
from laurels.errors import Malformed
from tests.events import Answer, call, user
from tests.secret_store import SecretStore
from tests.unit.http.toys import USER, browse, given

ANNA = user("anna")


def get(query: dict[str, str] | None = None, **more: Any) -> Answer:
    return call(browse.handler, **({"path": USER, "caller": ANNA, "query": query} | more))


@pytest.fixture
def cursor() -> str:
    """The cursor of the second page of Anna's list."""
    found: str = get({"stars": "3"}).body["next_cursor"]
    return found


def test_the_next_cursor_leads_to_the_position_that_the_endpoint_returned(cursor: str) -> None:
    assert get({"stars": "3", "cursor": cursor}).body["items"] == ["NOTE#7"]
    assert given.arguments["page"].cursor == "NOTE#7"


def test_the_default_limit_is_20() -> None:
    get()
    assert given.arguments["page"].limit == 20
    for limit in (1, 100):
        assert get({"limit": str(limit)}).status == 200
        assert given.arguments["page"].limit == limit


@pytest.mark.parametrize("limit", ["0", "-1", "101", "abc", "", "1.5", "9" * 5000, "true", "1_0", "+1", "10.0", "١"])
def test_an_invalid_limit_is_422_and_named(limit: str) -> None:
    answer = get({"limit": limit})
    assert (answer.status, answer.fields) == (422, ["limit"])


def test_a_cursor_may_be_used_with_another_limit(cursor: str) -> None:
    assert get({"stars": "3", "cursor": cursor, "limit": "7"}).status == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"query": {"stars": "4"}},
        {"query": {}},
        {"query": {"stars": "3", "done": "true"}},
        {"query": {"stars": "3", "from": "2026-01-01T00:00:00Z"}},
        {"query": {"stars": "3", "lang": "ru"}},
        {"path": {"user_id": "43"}},
        {"caller": user("boris")},
        {"caller": None},
    ],
)
def test_a_cursor_of_another_list_or_another_caller_is_400_and_named(cursor: str, elsewhere: dict[str, Any]) -> None:
    request = {"query": {"stars": "3"}} | elsewhere
    request["query"] = request["query"] | {"cursor": cursor}
    answer = get(**request)
    assert (answer.status, answer.body["code"], answer.fields) == (400, "malformed", ["cursor"])


@pytest.mark.parametrize(
    "forge",
    [
        lambda cursor: cursor[:-1],
        lambda cursor: cursor[1:],
        lambda cursor: cursor + "A",
        lambda cursor: cursor + "=",
        lambda cursor: cursor + "\n",
        lambda cursor: cursor.swapcase(),
        lambda cursor: cursor[:10] + ("A" if cursor[10] != "A" else "B") + cursor[11:],
        lambda cursor: "",
        lambda cursor: "NOTE#7",
        lambda cursor: "ü",
    ],
)
def test_a_forged_cursor_is_400(cursor: str, forge: Any) -> None:
    answer = get({"stars": "3", "cursor": forge(cursor)})
    assert (answer.status, answer.fields) == (400, ["cursor"])


def test_a_cursor_that_is_too_long_is_422() -> None:
    assert get({"cursor": "A" * 2049}).fields == ["cursor"]


def test_a_cursor_of_another_deployment_is_400(cursor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = SecretStore("another secret")
    monkeypatch.setattr(client, "call", other.call)
    monkeypatch.setenv("CURSOR_SECRET_ARN", other.arn)
    assert get({"stars": "3", "cursor": cursor}).status == 400


def test_cursors_stay_valid_during_and_after_a_rotation_of_their_secret(
    cursor: str, store: SecretStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process knows the new secret; another still holds the old one, and signs with it."""
    store.put("the next secret")
    assert get({"stars": "3", "cursor": cursor}).status == 200
    monkeypatch.setattr(secrets, "_held", {})  # another process
    assert get({"stars": "3", "cursor": cursor}).status == 200
    new = cursors.seal("1", "q")
    monkeypatch.setattr(secrets, "_held", {})
    store.stages = {"AWSCURRENT": "a secret of the tests"}
    old = cursors.seal("1", "q")
    store.put("the next secret")
    assert old != new
    assert [cursors.unseal(each, "q") for each in (old, new)] == ["1", "1"]


@examples(st.text(), st.text())
def test_a_cursor_returns_its_position_and_is_safe_in_a_url(position: str, query: str) -> None:
    sealed = cursors.seal(position, query)
    assert cursors.unseal(sealed, query) == position
    assert set(sealed) <= set(string.ascii_letters + string.digits + "-_")


def test_a_cursor_does_not_tell_its_position_and_equal_beginnings_differ() -> None:
    """The position may be a user whom the list does not show."""
    first, second = (_decode(cursors.seal(f"ivan#{user_id}", "q")) for user_id in ("u-77", "u-78"))
    assert b"ivan" not in first
    assert sum(map(eq, first, second)) < len("ivan#u-7")
    assert cursors.seal("ivan#u-77", "q") != cursors.seal("ivan#u-77", "another query")


@examples(st.text(), st.text(), st.integers(min_value=0), st.integers(1, 255))
def test_a_cursor_with_a_changed_bit_is_refused(position: str, query: str, place: int, flip: int) -> None:
    sealed = cursors.seal(position, query)
    raw = bytearray(_decode(sealed))
    raw[place % len(raw)] ^= flip
    with pytest.raises(Malformed):
        cursors.unseal(_encode(bytes(raw)), query)


@examples(st.text())
def test_any_other_text_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(Malformed):
        cursors.unseal(text, "a list")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
