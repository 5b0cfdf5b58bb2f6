"""Repeated, late, parallel and interrupted runs: the newest picture remains, and nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from laurels import storage, table
from laurels.avatars import pictures
from laurels.table import Contended, UnknownOutcome
from tests.events import user
from tests.integration.avatars.uploading import Bucket, event, post, process, profile, remove, start, upload
from tests.integration.profiles.people import settle
from tests.integration.recorder import Recorder
from tests.unit.avatars import images
from tests.unit.avatars.images import BLUE, RED


def test_a_repeated_event_is_harmless(objects: Bucket) -> None:
    notice = upload(images.png())
    assert process(notice) == "made"
    before = profile(), objects.names
    assert process(notice) == "gone"
    assert (profile(), objects.names) == before


def test_an_older_upload_that_is_processed_later_changes_nothing(objects: Bucket) -> None:
    older, newer = upload(images.png(images.plain(RED))), upload(images.png(images.plain(BLUE)))
    assert process(newer) == "made"
    before = profile(), objects.of(profile()["avatar_id"])
    assert process(older) == "late"
    assert (profile(), objects.names) == before


def test_an_upload_before_a_deletion_changes_nothing(objects: Bucket) -> None:
    notice = upload(images.png())
    assert remove().status == 204
    assert process(notice) == "late"
    assert objects.names == []
    assert "avatar_url" not in profile()
    assert process(upload(images.png())) == "made", "what is uploaded after it is shown"


def test_a_form_that_is_used_twice_gives_one_avatar(objects: Bucket) -> None:
    form = start().body
    post(form, images.png(images.plain(RED)))
    first = event(form["fields"]["key"])
    assert process(first) == "made"
    before = profile(), objects.names
    assert post(form, images.png(images.plain(BLUE))) == 204
    assert process(event(form["fields"]["key"])) == "late"
    assert (profile(), objects.names) == before


class Died(BaseException):
    """The process is gone: nothing of it catches that."""


@contextmanager
def dying(door: Any, name: str, at: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The run dies at the `at`-th call of a function of a door, before or after it is carried out."""
    real: Callable[..., Any] = getattr(door, name)
    made = 0

    def die(*arguments: Any, **options: Any) -> Any:
        nonlocal made
        made += 1
        if made == at and not after:
            raise Died
        answer = real(*arguments, **options)
        if made == at:
            raise Died
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(door, name, die)
        yield


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("door", "name", "at"),
    [
        (storage, "get", 1),
        *((storage, "put", at) for at in (1, 2, 3)),
        (storage, "names", 1),
        *((storage, "delete", at) for at in (1, 2)),
        *((table, "get", at) for at in (1, 2)),
        (table, "update", 1),
        (pictures, "make", 1),
    ],
    ids=lambda value: value.__name__.rpartition(".")[2] if hasattr(value, "__name__") else str(value),
)
def test_a_run_that_died_anywhere_is_made_good_by_the_next(
    door: Any, name: str, at: int, after: bool, objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(upload(images.png(images.plain(RED))))
    before = profile()
    notice = upload(images.png(images.plain(BLUE)))
    with dying(door, name, at, after, monkeypatch), pytest.raises(Died):
        process(notice)
    process(notice)
    found = profile()
    assert found["avatar_id"] > before["avatar_id"]
    assert found["rev"] == before["rev"] + 1, "it was changed once"
    assert objects.names == objects.of(found["avatar_id"])


def test_pictures_of_a_dead_run_from_another_file_are_deleted(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    form = start().body
    post(form, images.png(images.plain(RED)))
    notice = event(form["fields"]["key"])
    with dying(table, "update", 1, False, monkeypatch), pytest.raises(Died):
        process(notice)
    assert len(objects.names) == 4
    post(form, images.png(images.plain(BLUE)))
    assert process(notice) == "made"
    assert objects.names == objects.of(profile()["avatar_id"])


@pytest.mark.parametrize(
    ("error", "after"), [(UnknownOutcome(), True), (UnknownOutcome(), False), (Contended(), False)]
)
def test_a_write_without_a_response_or_throttled_is_retried(
    error: Exception, after: bool, objects: Bucket, calls: Recorder
) -> None:
    notice = upload(images.png())
    calls.fail("update_item", error, after=after)
    assert process(notice) == "made"
    assert profile()["rev"] == 2
    assert objects.names == objects.of(profile()["avatar_id"])


def during(what: str, do: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets something else happen while the pictures are made."""
    real = pictures.make

    def make(*arguments: Any) -> Any:
        monkeypatch.setattr(pictures, "make", real)
        do()
        return real(*arguments)

    monkeypatch.setattr(pictures, "make", make)


def test_a_newer_one_that_was_made_meanwhile_stays(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    older, newer = upload(images.png(images.plain(RED))), upload(images.png(images.plain(BLUE)))
    during("make", lambda: process(newer), monkeypatch)
    assert process(older) == "late"
    assert objects.names == objects.of(profile()["avatar_id"])
    assert len(profile()["avatar_id"]) == 32


def test_an_older_one_that_was_made_meanwhile_is_replaced(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    older, newer = upload(images.png(images.plain(RED))), upload(images.png(images.plain(BLUE)))
    during("make", lambda: process(older), monkeypatch)
    assert process(newer) == "made"
    assert objects.names == objects.of(profile()["avatar_id"])
    assert profile()["rev"] == 3


def test_a_deletion_meanwhile_holds(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = upload(images.png())
    during("make", remove, monkeypatch)
    assert process(notice) == "late"
    assert objects.names == []
    assert "avatar_url" not in profile()


def test_an_erasure_meanwhile_holds(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = upload(images.png())
    during("make", lambda: settle("anna", erased_at="2026-11-20T18:22:05.000Z"), monkeypatch)
    assert process(notice) == "late"
    assert objects.names == []
    assert "avatar_url" not in profile()


def test_a_change_of_another_field_meanwhile_holds(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = upload(images.png())
    during("make", lambda: settle("anna", about="New", rev=7), monkeypatch)
    assert process(notice) == "made"
    assert (profile()["about"], profile()["rev"]) == ("New", 8)


def test_many_at_once_end_with_the_newest(objects: Bucket) -> None:
    notice = [upload(images.png(images.plain((number, 0, 0)))) for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(process, [*notice, *notice[::-1]]))
    assert outcomes.count("made") >= 1
    newest = notice[-1]["detail"]["object"]["key"].rpartition("/")[2]
    assert profile()["avatar_id"][:12] == newest[:12]
    assert objects.names == objects.of(profile()["avatar_id"])


def test_users_do_not_hinder_one_another(objects: Bucket) -> None:
    notice = [upload(images.png(), user(f"user-{number}")) for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(process, notice)) == ["made"] * 6
    assert len(objects.names) == 18
