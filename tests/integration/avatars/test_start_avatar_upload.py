"""The presigned form for uploading a picture."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from avatars import start_avatar_upload
from laurels import keys, table
from laurels.avatars.service import FORM_SECONDS
from tests.events import ADMIN, call, user
from tests.integration.avatars.uploading import ANNA, BORIS, Bucket, apart_from_uploads, profile, start
from tests.integration.profiles.people import settle


def conditions(form: Any) -> list[Any]:
    found: list[Any] = json.loads(b64decode(form["fields"]["policy"]))["conditions"]
    return found


def test_a_form_takes_one_file_of_one_type_and_of_a_limited_size(objects: Bucket) -> None:
    settle("anna")
    answer = start(content_type="image/webp")
    assert answer.status == 201
    assert set(answer.body) == {"url", "fields", "expires_at", "max_size"}
    key = answer.body["fields"]["key"]
    assert key.startswith(keys.avatar_upload("anna"))
    assert conditions(answer.body)[:4] == [
        ["content-length-range", 1, 5 * 1024 * 1024],
        {"Content-Type": "image/webp"},
        {"bucket": objects.name},
        {"key": key},
    ]
    assert answer.body["max_size"] == 5 * 1024 * 1024
    lives = datetime.fromisoformat(answer.body["expires_at"]) - datetime.now(UTC)
    assert timedelta() < lives <= timedelta(seconds=FORM_SECONDS)


def test_forms_differ_and_sort_by_time(objects: Bucket) -> None:
    found = [start().body["fields"]["key"] for _ in range(3)]
    assert len(set(found)) == 3
    assert [key[:-20] for key in found] == sorted(key[:-20] for key in found)


def test_a_form_changes_nothing_that_is_shown(objects: Bucket) -> None:
    settle("anna", avatar_url="https://pictures.example.org/old.webp")
    before = profile()
    start()
    assert (apart_from_uploads(profile()), objects.names) == (apart_from_uploads(before), [])
    assert profile()["rev"] == before["rev"]


def test_a_missing_profile_is_created(objects: Bucket) -> None:
    assert start(user("new", name="Newton")).status == 201
    assert profile("new")["display_name"] == "Newton"


def test_an_erased_user_gets_no_form(objects: Bucket) -> None:
    settle("anna", erased_at="2026-11-20T18:22:05.000Z", is_active=False)
    assert start().status == 404


@pytest.mark.parametrize("caller", [BORIS, ADMIN, None])
def test_a_form_is_for_oneself_only(caller: dict[str, str] | None, objects: Bucket) -> None:
    settle("anna")
    body = {"content_type": "image/png", "size": 1}
    answer = call(start_avatar_upload.handler, path={"user_id": "anna"}, caller=caller, body=body)
    assert answer.status == 404
    assert "url" not in answer.body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content_type": "image/svg+xml", "size": 1}, "content_type"),
        ({"content_type": "text/html", "size": 1}, "content_type"),
        ({"content_type": "image/png", "size": 0}, "size"),
        ({"content_type": "image/png", "size": -1}, "size"),
        ({"content_type": "image/png", "size": 5 * 1024 * 1024 + 1}, "size"),
        ({"content_type": "image/png", "size": "1"}, "size"),
        ({"content_type": "image/png", "size": 1.5}, "size"),
        ({"content_type": "image/png"}, "size"),
        ({"size": 1}, "content_type"),
        ({"content_type": "image/png", "size": 1, "key": "uploads/avatars/boris/1"}, "key"),
    ],
)
def test_an_invalid_announcement_gets_no_form(body: dict[str, Any], field: str, objects: Bucket) -> None:
    answer = call(start_avatar_upload.handler, path={"user_id": "me"}, caller=ANNA, body=body)
    assert (answer.status, answer.fields) == (422, [field])
    assert table.get(keys.profile("anna")) is None, "nothing was made for it"


def test_the_limit_is_a_setting(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_AVATAR_SIZE", "1000")
    assert start(size=1000).body["max_size"] == 1000
    assert conditions(start().body)[0] == ["content-length-range", 1, 1000]
    answer = start(size=1001)
    assert (answer.status, answer.fields) == (422, ["size"])
