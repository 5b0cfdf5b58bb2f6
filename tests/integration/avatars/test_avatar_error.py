"""A failed upload: its owner sees the reason until the next upload."""

from collections.abc import Callable
from typing import Any

import pytest

from laurels import storage
from laurels.errors import Unavailable
from profiles import get_me, get_profile
from tests.events import ADMIN, call
from tests.integration.avatars.test_runs import Died, during, dying
from tests.integration.avatars.uploading import (
    ANNA,
    BORIS,
    Bucket,
    event,
    post,
    process,
    profile,
    remove,
    start,
    upload,
)
from tests.integration.profiles.people import settle
from tests.integration.recorder import Recorder
from tests.unit.avatars import images
from tests.unit.avatars.test_containers import REASONS


def failure(caller: dict[str, str] = ANNA) -> Any:
    """What `GET /v1/users/me` shows of it."""
    return call(get_me.handler, caller=caller).body["avatar_error"]


def reason() -> str:
    return str(failure()["reason"])


@pytest.mark.parametrize(("body", "expected"), [each for each in REASONS.values() if each[0]], ids=list(REASONS)[:-1])
def test_the_owner_sees_why(body: bytes, expected: str, objects: Bucket) -> None:
    settle("anna")
    assert failure() is None
    process(upload(body))
    assert set(failure()) == {"reason", "at"}
    assert reason() == expected
    assert failure()["at"] > "2026-11-20T18:22:05.000Z"


def test_a_file_that_is_too_large_shows_an_error(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    message = upload(images.png())
    monkeypatch.setenv("MAX_AVATAR_SIZE", "10")
    process(message)
    assert reason() == "too_large"


@pytest.mark.parametrize(("caller", "shown"), [(ANNA, True), (ADMIN, True), (BORIS, False), (None, False)])
def test_other_callers_do_not_see_the_error(caller: dict[str, str] | None, shown: bool, objects: Bucket) -> None:
    settle("anna")
    process(upload(images.HTML))
    body = call(get_profile.handler, path={"user_id": "anna"}, caller=caller).body
    assert ("avatar_error" in body) is shown
    assert body["updated_at"] == settle("anna")["updated_at"]


@pytest.mark.parametrize(
    "forget",
    [lambda: process(upload(images.png())), lambda: start(), lambda: remove()],
    ids=["the next avatar", "the next upload", "deleting the avatar"],
)
def test_an_error_disappears_with(forget: Callable[[], object], objects: Bucket) -> None:
    process(upload(images.HTML))
    before = profile()
    forget()
    assert failure() is None
    assert "avatar_error" not in profile()
    assert profile()["rev"] > before["rev"], "its ETag is another"


def test_a_form_may_be_used_twice(objects: Bucket) -> None:
    form = start().body
    message = event(form["fields"]["key"])
    for body, outcome in ((images.HTML, "not_a_picture"), (images.png()[:-40], "broken")):
        post(form, body)
        process(message)
        assert reason() == outcome
    post(form, images.png())
    assert process(message) == "made"
    assert failure() is None


def test_a_repeated_event_changes_nothing(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    message = upload(images.HTML)
    with dying(storage, "delete", 1, False, monkeypatch), pytest.raises(Died):
        process(message)
    before = profile()
    assert before["avatar_error"]["reason"] == "not_a_picture"
    process(message)
    process(message)
    assert profile() == before
    assert objects.names == []


def test_an_older_upload_that_fails_later_leaves_the_newer_error(objects: Bucket) -> None:
    older, newer = upload(images.HTML), upload(images.png()[:-40])
    process(newer)
    process(older)
    assert reason() == "broken"


def test_an_older_upload_that_succeeds_later_leaves_the_newer_error(objects: Bucket) -> None:
    older, newer = upload(images.png()), upload(images.HTML)
    process(newer)
    assert process(older) == "made"
    assert reason() == "not_a_picture"


def test_a_failure_before_a_deletion_shows_no_error(objects: Bucket) -> None:
    message = upload(images.HTML)
    remove()
    process(message)
    assert failure() is None


@pytest.mark.parametrize("do", [remove, lambda: process(upload(images.png()))], ids=["delete", "made"])
def test_a_concurrent_decision_holds(
    do: Callable[[], object], objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = upload(images.HTML)
    during("make", do, monkeypatch)
    process(message)
    assert failure() is None


def test_an_erased_user_gets_none(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    message = upload(images.HTML)
    during("make", lambda: settle("anna", erased_at="2026-11-20T18:22:05.000Z"), monkeypatch)
    process(message)
    assert "avatar_error" not in profile()


def test_other_fields_that_change_meanwhile_hold(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    message = upload(images.HTML)
    during("make", lambda: settle("anna", about="New", rev=7), monkeypatch)
    process(message)
    assert (profile()["about"], profile()["rev"]) == ("New", 8)
    assert reason() == "not_a_picture"


def test_a_write_whose_answer_was_lost_is_made_once(objects: Bucket, calls: Recorder) -> None:
    message = upload(images.HTML)
    before = profile()["rev"]
    calls.fail("update_item", Unavailable(), after=True)
    process(message)
    assert profile()["rev"] == before + 1
    assert reason() == "not_a_picture"
