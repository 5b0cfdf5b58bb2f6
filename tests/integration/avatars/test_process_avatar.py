"""The result of one upload, for any file. test_runs.py has several uploads, and runs that die."""

import io
from typing import Any

import pytest
from PIL import Image

from laurels import keys, storage, table
from laurels.avatars import processing
from laurels.writes import Delete
from tests.events import lines, logged, user
from tests.integration.avatars.uploading import (
    ANNA,
    BORIS,
    Bucket,
    apart_from_uploads,
    event,
    process,
    profile,
    remove,
    start,
    upload,
)
from tests.integration.profiles.people import settle
from tests.integration.recorder import Recorder
from tests.unit.avatars import images
from tests.unit.avatars.images import GREEN, RED

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


def test_each_object_is_a_cacheable_picture_of_its_size(objects: Bucket) -> None:
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
        outcome = process(notice := event(name))
    assert outcome.startswith(reason)
    assert objects.names == []
    assert apart_from_uploads(profile()) == apart_from_uploads(settle("anna"))
    (line,) = lines(log)
    assert (line["outcome"], line["correlation_id"]) == (outcome, notice["id"])
    assert "anna" not in log.getvalue()


def test_a_profile_that_was_made_just_now_is_found(objects: Bucket, calls: Recorder) -> None:
    notice = upload(images.png())
    calls.made.clear()
    process(notice)
    assert calls.operations() == ["get_item", "get_item", "update_item"]
    assert calls.made[0].request["ConsistentRead"] is True, "or the picture of a new user would be thrown away"


def test_a_bad_picture_leaves_the_old_one(objects: Bucket) -> None:
    process(upload(images.png()))
    before = profile()
    process(upload(images.HTML))
    assert apart_from_uploads(profile()) == apart_from_uploads(before)
    assert objects.names == objects.of(before["avatar_id"])


@pytest.mark.parametrize(("more", "outcome"), [(1, "too large"), (0, "made")])
def test_the_limit_applies_to_uploads_without_the_form_too(
    more: int, outcome: str, objects: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = upload(body := images.png())
    monkeypatch.setenv("MAX_AVATAR_SIZE", str(len(body) - more))
    assert process(notice) == outcome
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


@pytest.mark.parametrize("gone", ["never there", "erased"])
def test_deleting_the_avatar_of_an_unknown_user_leaves_nothing(gone: str, objects: Bucket) -> None:
    notice = upload(images.png())
    process(upload(images.png()))
    settle("anna", erased_at="2026-11-20T18:22:05.000Z")
    if gone == "never there":
        table.write(Delete(keys.profile("anna")))
    for name in objects.names:
        if not name.startswith(keys.avatar_upload()):
            objects.client.delete_object(Bucket=objects.name, Key=name)
    assert process(notice) == "late"
    assert objects.names == []
    assert "avatar_url" not in (table.get(keys.profile("anna")) or {})


@pytest.mark.parametrize(
    "name", ["uploads/avatars/x", "uploads/avatars/", "uploads/avatars/a/b/c", "uploads/avatars//"]
)
def test_an_object_that_no_form_of_ours_let_in_is_taken_away(name: str, objects: Bucket) -> None:
    objects.put(name, images.png())
    assert process(event(name)) == "late"
    assert objects.names == []


def test_a_user_id_of_any_form_can_have_an_avatar(objects: Bucket) -> None:
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
