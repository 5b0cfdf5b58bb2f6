"""What becomes of an upload, whatever it is and however often its event comes."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

from laurels import keys, storage, table
from laurels.avatars import pictures, processing
from laurels.changes import Delete
from laurels.errors import Unavailable
from tests.events import lines, logged, user
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
from tests.unit.avatars.images import BLUE, GREEN, RED

GOOD = {
    "a photo": images.photo(),
    "a PNG": images.png(),
    "a WebP": images.saved(images.plain(), "WEBP"),
    "an animated GIF": images.animated("GIF", RED, GREEN),
}
BAD = {
    "HTML": (images.HTML, "neither JPEG, PNG, WebP nor GIF"),
    "one byte": (b"x", "neither JPEG, PNG, WebP nor GIF"),
    "a truncated PNG": (images.png()[:-40], "broken PNG: "),
    "a bomb": (images.png_of(10_000, 10_000), "too many pixels"),
    "an empty file": (b"", "neither JPEG, PNG, WebP nor GIF"),
}


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_a_picture_becomes_the_avatar_and_the_upload_is_gone(body: bytes, objects: Bucket) -> None:
    settle("anna")
    assert process(upload(body)) == "made"
    found = profile()
    assert found["rev"] == 2, "its ETag is another"
    assert found["updated_at"] > "2026-11-20T18:22:05.000Z"
    assert objects.names == objects.of(found["avatar_id"])
    assert found["avatar_url"] == f"https://pictures.example.org/avatars/anna/{found['avatar_id']}/512.webp"


def test_each_object_is_a_picture_of_its_size_to_be_kept_by_whoever_reads_it(objects: Bucket) -> None:
    process(upload(images.photo()))
    for size in (64, 256, 512):
        found = objects.get(keys.avatar("anna", profile()["avatar_id"], size))
        body = found["Body"].read()
        assert Image.open(io.BytesIO(body), formats=["WEBP"]).size == (size, size)
        assert b"EXIF" not in body
        assert found["ContentType"] == "image/webp"
        assert "public" in found["CacheControl"]
        assert "immutable" in found["CacheControl"]


@pytest.mark.parametrize(("body", "reason"), BAD.values(), ids=BAD)
def test_of_anything_else_nothing_is_left(body: bytes, reason: str, objects: Bucket) -> None:
    settle("anna")
    name = start().body["fields"]["key"]
    objects.put(name, body)
    with logged() as log:
        outcome = process(told := event(name))
    assert outcome.startswith(reason)
    assert objects.names == []
    assert profile() == settle("anna")
    (line,) = lines(log)
    assert (line["outcome"], line["correlation_id"]) == (outcome, told["id"])
    assert "anna" not in log.getvalue()


def test_a_profile_that_was_made_just_now_is_found(objects: Bucket, calls: Recorder) -> None:
    told = upload(images.png())
    calls.made.clear()
    process(told)
    assert calls.operations() == ["get_item", "update_item"]
    assert calls.made[0].request["ConsistentRead"] is True, "or the picture of a new user would be thrown away"


def test_a_bad_picture_leaves_the_old_one(objects: Bucket) -> None:
    process(upload(images.png()))
    before = profile()
    process(upload(images.HTML))
    assert profile() == before
    assert objects.names == objects.of(before["avatar_id"])


@pytest.mark.parametrize(("more", "outcome"), [(1, "too large"), (0, "made")])
def test_the_limit_holds_for_what_came_past_the_form_too(
    more: int, outcome: str, objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = upload(body := images.png())
    monkeypatch.setenv("MAX_AVATAR_SIZE", str(len(body) - more))
    assert process(told) == outcome
    assert len(objects.names) == (3 if outcome == "made" else 0)


def test_a_new_picture_replaces_the_old_one(objects: Bucket) -> None:
    process(upload(images.png()))
    first = profile()["avatar_id"]
    process(upload(images.png()))
    assert profile()["avatar_id"] > first
    assert objects.names == objects.of(profile()["avatar_id"]), "the same picture under another address"


def test_other_users_avatars_stay(objects: Bucket) -> None:
    for caller in (ANNA, BORIS, user("ann")):
        process(upload(images.png(), caller))
    process(upload(images.jpeg(), user("ann")))
    remove(caller=user("ann"))
    kept = [name for each in ("anna", "boris") for name in objects.of(profile(each)["avatar_id"], each)]
    assert objects.names == sorted(kept)


def test_an_event_may_come_again(objects: Bucket) -> None:
    told = upload(images.png())
    assert process(told) == "made"
    before = profile(), objects.names
    assert process(told) == "gone"
    assert (profile(), objects.names) == before


def test_an_older_upload_that_is_processed_later_changes_nothing(objects: Bucket) -> None:
    older, newer = upload(images.png(images.plain(RED))), upload(images.png(images.plain(BLUE)))
    assert process(newer) == "made"
    before = profile(), objects.of(profile()["avatar_id"])
    assert process(older) == "late"
    assert (profile(), objects.names) == before


def test_what_was_uploaded_before_a_deletion_changes_nothing(objects: Bucket) -> None:
    told = upload(images.png())
    assert remove().status == 204
    assert process(told) == "late"
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


@pytest.mark.parametrize("gone", ["never there", "erased"])
def test_for_nobody_nothing_is_left(gone: str, objects: Bucket) -> None:
    told = upload(images.png())
    process(upload(images.png()))
    settle("anna", erased_at="2026-11-20T18:22:05.000Z")
    if gone == "never there":
        table.write(Delete(keys.profile("anna")))
    for name in objects.names:
        if not name.startswith(keys.avatar_upload()):
            objects.client.delete_object(Bucket=objects.name, Key=name)
    assert process(told) == "late"
    assert objects.names == []
    assert "avatar_url" not in (table.get(keys.profile("anna")) or {})


@pytest.mark.parametrize(
    "name", ["uploads/avatars/x", "uploads/avatars/", "uploads/avatars/a/b/c", "uploads/avatars//"]
)
def test_an_object_that_no_form_of_ours_let_in_is_taken_away(name: str, objects: Bucket) -> None:
    objects.put(name, images.png())
    assert process(event(name)) == "late"
    assert objects.names == []


@contextmanager
def dying(door: Any, name: str, at: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The run dies at the `at`-th call of a function of a door, before or after it is carried out."""
    real: Callable[..., Any] = getattr(door, name)
    made = 0

    def die(*arguments: Any, **options: Any) -> Any:
        nonlocal made
        made += 1
        if made == at and not after:
            raise Unavailable
        answer = real(*arguments, **options)
        if made == at:
            raise Unavailable
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(door, name, die)
        yield


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("door", "name", "at"),
    [
        *((storage, "get", at) for at in (1,)),
        *((storage, "put", at) for at in (1, 2, 3)),
        *((storage, "names", at) for at in (1,)),
        *((storage, "delete", at) for at in (1, 2)),
        *((table, "get", at) for at in (1,)),
        *((table, "write", at) for at in (1,)),
        (pictures, "make", 1),
    ],
    ids=lambda value: value.__name__.rpartition(".")[2] if hasattr(value, "__name__") else str(value),
)
def test_a_run_that_died_anywhere_is_made_good_by_the_next(
    door: Any, name: str, at: int, after: bool, objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(upload(images.png(images.plain(RED))))
    before = profile()
    told = upload(images.png(images.plain(BLUE)))
    with dying(door, name, at, after, monkeypatch), pytest.raises(Unavailable):
        process(told)
    process(told)
    found = profile()
    assert found["avatar_id"] > before["avatar_id"]
    assert found["rev"] == before["rev"] + 1, "it was changed once"
    assert objects.names == objects.of(found["avatar_id"])


def test_what_a_dead_run_made_of_another_file_of_the_form_is_taken_away(
    objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = start().body
    post(form, images.png(images.plain(RED)))
    told = event(form["fields"]["key"])
    with dying(table, "write", 1, False, monkeypatch), pytest.raises(Unavailable):
        process(told)
    assert len(objects.names) == 4
    post(form, images.png(images.plain(BLUE)))
    assert process(told) == "made"
    assert objects.names == objects.of(profile()["avatar_id"])


def test_a_write_whose_answer_was_lost_counts_as_made(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    told = upload(images.png())
    real = table.write

    def twice(*changes: Any) -> Any:
        real(*changes)
        return real(*changes)

    monkeypatch.setattr(table, "write", twice)
    assert process(told) == "made"
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
    told = upload(images.png())
    during("make", remove, monkeypatch)
    assert process(told) == "late"
    assert objects.names == []
    assert "avatar_url" not in profile()


def test_an_erasure_meanwhile_holds(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    told = upload(images.png())
    during("make", lambda: settle("anna", erased_at="2026-11-20T18:22:05.000Z"), monkeypatch)
    assert process(told) == "late"
    assert objects.names == []
    assert "avatar_url" not in profile()


def test_a_change_of_another_field_meanwhile_holds(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    told = upload(images.png())
    during("make", lambda: settle("anna", about="New", rev=7), monkeypatch)
    assert process(told) == "made"
    assert (profile()["about"], profile()["rev"]) == ("New", 8)


def test_who_never_gets_through_gives_way_and_comes_again(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    told = upload(images.png())
    monkeypatch.setattr(
        table, "write", lambda *changes: (_ for _ in ()).throw(table.ConditionFailed({**profile(), "avatar_id": ""}))
    )
    with pytest.raises(Unavailable):
        process(told)


def test_many_at_once_end_with_the_newest(objects: Bucket) -> None:
    told = [upload(images.png(images.plain((number, 0, 0)))) for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(process, [*told, *told[::-1]]))
    assert outcomes.count("made") >= 1
    newest = told[-1]["detail"]["object"]["key"].rpartition("/")[2]
    assert profile()["avatar_id"][:12] == newest[:12]
    assert objects.names == objects.of(profile()["avatar_id"])


def test_users_do_not_hinder_one_another(objects: Bucket) -> None:
    told = [upload(images.png(), user(f"user-{number}")) for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(process, told)) == ["made"] * 6
    assert len(objects.names) == 18


def test_an_id_of_any_form_has_its_avatar(objects: Bucket) -> None:
    odd = "auth0|65:5@8f.x-_"
    assert process(upload(images.png(), user(odd))) == "made"
    found = profile(odd)
    assert objects.names == objects.of(found["avatar_id"], odd)
    assert found["avatar_url"].startswith("https://pictures.example.org/avatars/auth0%7C65%3A5%408f.x-_/")


def test_no_more_of_a_file_is_read_than_its_limit_and_one_byte(
    objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(storage, "get", lambda name, **part: asked.append(part))
    monkeypatch.setenv("MAX_AVATAR_SIZE", "1000")
    processing.process(event("uploads/avatars/anna/0"))
    assert asked == [{"length": 1001}]
