"""DELETE /v1/users/{user_id}/avatar."""

from typing import Any

import pytest

from laurels import keys, storage, table
from laurels.errors import Unavailable
from laurels.table import Contended
from profiles import update_profile
from tests.events import ADMIN, AWARDER, call
from tests.integration.avatars.uploading import BORIS, Bucket, process, profile, remove, upload
from tests.integration.profiles.people import settle
from tests.integration.recorder import Recorder
from tests.unit.avatars import images


@pytest.mark.parametrize(("user_id", "caller"), [("me", {"sub": "anna"}), ("anna", {"sub": "anna"}), ("anna", ADMIN)])
def test_its_pictures_and_its_address_are_gone(user_id: str, caller: dict[str, str], objects: Bucket) -> None:
    process(upload(images.png()))
    before = profile()
    answer = remove(user_id, caller)
    assert (answer.status, answer.text) == (204, "")
    assert objects.names == []
    assert "avatar_url" not in profile()
    assert profile()["rev"] == before["rev"] + 1


@pytest.mark.parametrize("caller", [BORIS, AWARDER])
def test_others_cannot(caller: dict[str, str], objects: Bucket) -> None:
    process(upload(images.png()))
    before = profile(), objects.names
    assert remove("anna", caller).status == 404
    assert (profile(), objects.names) == before


def test_deleting_without_an_avatar_is_harmless(objects: Bucket) -> None:
    settle("anna", about="Me")
    for _ in range(2):
        assert remove().status == 204
    assert profile()["about"] == "Me"
    assert remove("nobody", ADMIN).status == 204
    assert table.get(keys.profile("nobody")) is None, "no profile is made for it"


def test_one_that_died_halfway_is_made_good_by_the_next(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    process(upload(images.png()))
    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", lambda names: (_ for _ in ()).throw(Unavailable()))
        assert remove().status == 503
    assert len(objects.names) == 3
    assert remove().status == 204
    assert objects.names == []


def test_it_retries_after_a_conflict_with_another_change(objects: Bucket, calls: Recorder) -> None:
    process(upload(images.png()))
    calls.fail("update_item", Contended())
    assert remove().status == 204
    assert objects.names == []


def test_pictures_that_a_run_is_about_to_show_are_kept(objects: Bucket) -> None:
    settle("anna")
    later = keys.avatar("anna", f"{2**47:012x}{'0' * 20}", 64)
    objects.put(later, b"x")
    assert remove().status == 204
    assert objects.names == [later]


def carried_over() -> dict[str, Any]:
    """Anna's profile with a picture of another service."""
    settle("anna")
    body = {"avatar_url": "https://pictures.example.org/anna.png"}
    caller = {"sub": "auth-service", "scope": "users:write"}
    answer = call(update_profile.handler, path={"user_id": "anna"}, caller=caller, body=body)
    assert (answer.status, profile()["avatar_url"]) == (200, body["avatar_url"])
    return profile()


def test_an_upload_replaces_a_picture_that_was_carried_over(objects: Bucket) -> None:
    before = carried_over()
    assert process(upload(images.png())) == "made"
    assert profile()["avatar_url"] != before["avatar_url"]


def test_a_picture_that_was_carried_over_can_be_deleted(objects: Bucket) -> None:
    carried_over()
    assert remove().status == 204
    assert "avatar_url" not in profile()
