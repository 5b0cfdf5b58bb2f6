"""GET and PATCH /v1/users/{user_id}/preferences: defaults without a write, patched field by field."""

import json
from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.errors import Unavailable
from preferences import get_preferences, update_preferences
from profiles import get_me, get_profile, update_profile
from tests.contents import contents
from tests.events import ADMIN, AWARDER, Answer, call, together, user
from tests.integration.profiles.people import ANNA, BORIS, join
from tests.integration.recorder import Recorder

HER, ME = {"user_id": "anna"}, {"user_id": "me"}
DEFAULTS = {
    "language": None,
    "timezone": "UTC",
    "theme": "system",
    "date_format": "YYYY-MM-DD",
    "time_format": "24h",
    "email_notifications": True,
    "push_notifications": True,
    "sms_notifications": False,
    "newsletter": False,
    "marketing": False,
    "visibility": dict.fromkeys(("profile", "achievements", "badges", "goals", "stats"), "public"),
    "leaderboards": "shown",
    "custom_settings": {},
}
FULL: dict[str, Any] = {
    "language": "ru",
    "timezone": "Asia/Kathmandu",
    "theme": "dark",
    "date_format": "DD.MM.YYYY",
    "time_format": "12h",
    "email_notifications": False,
    "push_notifications": False,
    "sms_notifications": True,
    "newsletter": True,
    "marketing": True,
    "visibility": {
        "profile": "users",
        "achievements": "private",
        "badges": "public",
        "goals": "private",
        "stats": "users",
    },
    "leaderboards": "anonymous",
    "custom_settings": {"a": [1, 2.5, None, {"б": "в"}], "": {"x": True}},
}


def get(caller: dict[str, str] = ANNA, path: dict[str, str] = HER) -> Answer:
    return call(get_preferences.handler, path=path, caller=caller)


def patch(body: Any, caller: dict[str, str] = ANNA, etag: str | None = None, path: dict[str, str] = HER) -> Answer:
    headers = {} if etag is None else {"if-match": etag}
    return call(update_preferences.handler, path=path, caller=caller, body=body, headers=headers)


def test_defaults_are_there_without_a_write(dynamodb_client: Any, table: str) -> None:
    answer = get(path=ME)
    assert (answer.status, answer.body) == (200, DEFAULTS)
    assert contents(dynamodb_client, table) == []


def test_all_fields_are_kept_as_they_were_sent() -> None:
    answer = patch(FULL)
    assert (answer.status, answer.body) == (200, FULL)
    seen = get()
    assert (seen.text, seen.headers["etag"]) == (answer.text, answer.headers["etag"])


def test_absent_fields_stay_and_null_restores_the_default() -> None:
    patch(FULL)
    assert patch({"theme": "light"}).body == FULL | {"theme": "light"}
    assert patch({"visibility": {"goals": "public", "stats": None}}).body["visibility"] == {
        "profile": "users",
        "achievements": "private",
        "badges": "public",
        "goals": "public",
        "stats": "public",
    }
    assert patch({"custom_settings": {"a": None, "": {"y": [None]}}}).body["custom_settings"] == {
        "": {"x": True, "y": [None]}
    }
    assert patch(dict.fromkeys(FULL)).body == DEFAULTS


def test_the_first_patch_makes_the_profile() -> None:
    assert patch({"theme": "dark"}, path=ME).body == DEFAULTS | {"theme": "dark"}
    mine = call(get_me.handler, caller=ANNA).body
    assert (mine["display_name"], mine["created_at"]) == ("Анна Каренина", mine["updated_at"])


def test_the_language_is_that_of_the_profile() -> None:
    patch({"language": "ru"})
    assert call(get_profile.handler, path=HER).body["language"] == "ru"
    call(update_profile.handler, path=HER, caller=ANNA, body={"language": "de"})
    assert get().body["language"] == "de"
    patch({"language": "PT-br"})
    assert get().body["language"] == "pt-BR", "tags are kept in their canonical case"
    patch({"language": None})
    assert call(get_profile.handler, path=HER).body["language"] is None


def test_others_do_not_learn_when_preferences_were_changed() -> None:
    join("anna", "Anna")
    before = call(get_profile.handler, path=HER).body
    patch({"theme": "dark", "timezone": "Asia/Tokyo"})
    assert call(get_profile.handler, path=HER).body == before


WRONG: dict[str, list[Any]] = {
    "language": ["english", "E", "", 1],
    "timezone": ["Mars/Olympus", "europe/berlin", "../UTC", "America", "", 1, "UTC\x00", "x" * 100_000],
    "theme": ["blue", "", True],
    "date_format": ["YYYY", "%Y-%m-%d", 1],
    "time_format": ["24", 24],
    "email_notifications": ["yes", 1, {}],
    "marketing": ["true"],
    "visibility": ["public", [], {"profile": "friends"}, {"stats": True}, {"streaks": "public"}, {"profile": {}}],
    "leaderboards": ["secret", False],
    "custom_settings": ["x", [], 1, {"a": "x" * 8192}, {"a": {"b": ["ы" * 4096]}}],
    "display_name": ["Anna"],
    "rev": [1],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_or_unknown_field_is_422_is_named_and_nothing_changes(
    field: str, dynamodb_client: Any, table: str
) -> None:
    patch({"custom_settings": {"kept": True}})
    before = contents(dynamodb_client, table)
    for value in WRONG[field]:
        answer = patch({"theme": "dark"} | {field: value})
        assert answer.status == 422, value
        assert {name.partition(".")[0] for name in answer.fields} == {field}
    assert contents(dynamodb_client, table) == before


@pytest.mark.parametrize("text", ["NaN", "1e999", "1" * 5000, "[" * 150 + "]" * 150])
def test_odd_json_is_a_clear_4xx_or_returned_as_sent(text: str) -> None:
    raw = f'{{"custom_settings": {{"a": {text}}}}}'
    answer = call(
        update_preferences.handler, path=HER, caller=ANNA, raw=raw, headers={"content-type": "application/json"}
    )
    assert answer.status in (200, 400, 422)
    if answer.status == 200:
        assert json.loads(get().text)["custom_settings"] == {"a": json.loads(text)}


@pytest.mark.parametrize("caller", [BORIS, AWARDER, user("x", scope="users:read users:write")])
def test_only_the_user_and_admins_see_the_preferences(caller: dict[str, str]) -> None:
    patch(FULL)
    assert get(caller).status == 404
    assert patch({"theme": "light"}, caller).status == 404
    assert get().body == FULL


def test_an_admin_may_patch_but_creates_no_profile() -> None:
    assert get(ADMIN).status == 404
    assert patch({"theme": "dark"}, ADMIN).status == 404
    join("anna", "Anna")
    assert patch({"theme": "dark"}, ADMIN).body["theme"] == get(ADMIN).body["theme"] == "dark"


def test_a_stale_etag_is_412_and_nothing_changes(dynamodb_client: Any, table: str) -> None:
    etag = get().headers["etag"]  # of the defaults
    assert patch({"theme": "dark"}, etag=etag).status == 200
    before = contents(dynamodb_client, table)
    for stale in (etag, "garbage", '"7-0123456789abcdef"'):
        assert patch({"theme": "light"}, etag=stale).status == 412
    assert contents(dynamodb_client, table) == before
    assert patch({"theme": "light"}, etag=get().headers["etag"]).status == 200


def test_twenty_patches_of_different_fields_at_once_all_hold() -> None:
    bodies = [{name: value} for name, value in FULL.items() if name not in ("visibility", "custom_settings")]
    bodies += [{"visibility": {part: level}} for part, level in FULL["visibility"].items()]
    bodies += [{"custom_settings": {name: value}} for name, value in FULL["custom_settings"].items()]
    answers = together([partial(patch, body) for body in [*bodies, *bodies][:20]])
    assert {answer.status for answer in answers} == {200}
    assert get().body == FULL


def test_preferences_and_profile_that_are_patched_at_once_both_hold() -> None:
    join("anna", "Anna")
    changes: list[Any] = [lambda n=n: patch({"custom_settings": {f"n{n}": n}}) for n in range(6)]
    fields = {"about": "x", "display_name": "Anna K.", "location": "Berlin", "website": "https://example.org"}
    changes += [
        lambda body={name: value}: call(update_profile.handler, path=HER, caller=ANNA, body=body)
        for name, value in fields.items()
    ]
    assert {answer.status for answer in together(changes)} == {200}
    assert get().body["custom_settings"] == {f"n{n}": n for n in range(6)}
    profile = call(get_profile.handler, path=HER).body
    assert {name: profile[name] for name in fields} == fields


@pytest.mark.parametrize("operation", ["update_item", "transact_write_items"])
def test_a_write_whose_answer_was_lost_is_found_done(operation: str, calls: Recorder) -> None:
    join("anna", "Anna")
    etag = get().headers["etag"]
    body = {"theme": "dark"} if operation == "update_item" else {"timezone": "Asia/Tokyo"}
    calls.fail(operation, Unavailable(), after=True)
    answer = patch(body, etag=etag)
    assert (answer.status, answer.body) == (200, DEFAULTS | body)
    assert patch({"theme": "light"}, etag=etag).status == 412
    stored = table.get(keys.profile("anna"))
    assert stored
    assert stored["rev"] == 2


def test_a_change_costs_two_requests(calls: Recorder) -> None:
    join("anna", "Anna")
    for body, operation in (({"theme": "dark"}, "update_item"), ({"timezone": "Asia/Tokyo"}, "transact_write_items")):
        calls.made.clear()
        patch(body)
        assert calls.operations() == ["batch_get_item", operation]
    calls.made.clear()
    get()
    assert calls.operations() == ["batch_get_item"]


@pytest.mark.parametrize("body", [{}, FULL, {"theme": "dark"}, {"visibility": {}}, {"custom_settings": {}}])
def test_a_patch_that_changes_nothing_writes_nothing(body: dict[str, Any], calls: Recorder) -> None:
    etag = patch(FULL).headers["etag"]
    before = table.get(keys.profile("anna"), consistent=True)
    calls.made.clear()
    answer = patch(body)
    assert (answer.status, answer.headers["etag"]) == (200, etag)
    assert calls.operations() == ["batch_get_item"]
    assert table.get(keys.profile("anna"), consistent=True) == before


def test_empty_objects_change_nothing_where_nothing_was_chosen(calls: Recorder) -> None:
    join("anna", "Anna")
    calls.made.clear()
    assert patch({"visibility": {}, "custom_settings": {}, "theme": None}).status == 200
    assert calls.operations() == ["batch_get_item"]
