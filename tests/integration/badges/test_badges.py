"""Badges: created once per request, listed newest first to callers who may see them, deleted by their owner."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from laurels import clock, table
from laurels.badges import service
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.table import UnknownOutcome
from tests.contents import contents
from tests.events import ADMIN, AWARDER, together, user
from tests.integration.badges.ownbadges import ANNA, listed, make, remove
from tests.integration.profiles.people import settle, visible
from tests.integration.recorder import Recorder

BORIS = user("boris")
MIDNIGHT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # in Auckland it is the 21st, in Honolulu still the 20th


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def live_in(timezone: str) -> None:
    table.write(standings.put(Standing("anna", timezone=timezone)))


def test_a_badge_has_the_fields_its_owner_sent() -> None:
    body = {
        "name": "Первый марафон 🏃",
        "description": "42 km\nand a talk about it",
        "icon_url": "https://example.org/m.svg",
        "date_achieved": "2026-10-04",
    }
    made = make(body)
    assert (made.status, made.body) == (201, {"badge_id": made.body["badge_id"], **body})
    assert listed().body == {"items": [made.body], "next_cursor": None}


def test_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MIDNIGHT)
    made = make({"name": "Marathon"}).body
    assert made == {
        "badge_id": made["badge_id"],
        "name": "Marathon",
        "description": "",
        "icon_url": None,
        "date_achieved": "2026-11-20",
    }


@pytest.mark.parametrize(
    ("timezone", "today", "tomorrow"),
    [("Pacific/Auckland", "2026-11-21", "2026-11-22"), ("Pacific/Honolulu", "2026-11-20", "2026-11-21")],
)
def test_today_is_the_owners_own(monkeypatch: pytest.MonkeyPatch, timezone: str, today: str, tomorrow: str) -> None:
    live_in(timezone)
    at(monkeypatch, MIDNIGHT)
    assert make().body["date_achieved"] == today
    assert make({"name": "Marathon", "date_achieved": today}).status == 201
    answer = make({"name": "Marathon", "date_achieved": tomorrow})
    assert (answer.status, answer.fields) == (422, ["date_achieved"])
    assert len(listed().body["items"]) == 2


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        *(({"name": name}, "name") for name in ("", " ", "x" * 101, "two\nlines", "a\x00b", 5, None, ["x"])),
        *(({"description": text}, "description") for text in ("x" * 1001, "\x1b[31m", None, 5)),
        *(({"icon_url": url}, "icon_url") for url in ("javascript:alert(1)", "x", "https://" + "x" * 2048, 5)),
        *(
            ({"date_achieved": day}, "date_achieved")
            for day in ("tomorrow", "2026-02-30", "2026-11-20T18:22:05Z", "1795198925", 1795198925, "9999-12-31", "")
        ),
        *(({name: 5}, name) for name in ("points", "badge_id", "user_id", "code")),
    ],
)
def test_a_wrong_field_is_422_is_named_and_nothing_is_stored(
    fields: dict[str, Any], named: str, dynamodb_client: Any, table: str
) -> None:
    answer = make({"name": "Marathon"} | fields)
    assert (answer.status, answer.fields) == (422, [named])
    assert contents(dynamodb_client, table) == []


def test_the_longest_of_everything_is_taken() -> None:
    body = {"name": "я" * 100, "description": "🏅" * 1000, "icon_url": "https://e.org/" + "x" * 2034}
    made = make(body)
    assert made.status == 201
    assert made.body.items() >= body.items()


def test_badges_are_for_oneself_alone(dynamodb_client: Any, table: str) -> None:
    for caller in (BORIS, ADMIN, AWARDER):
        assert make(caller=caller, user_id="anna").status == 404
    assert contents(dynamodb_client, table) == []
    badge_id = make().body["badge_id"]
    before = contents(dynamodb_client, table)
    for caller in (BORIS, ADMIN):
        assert remove(badge_id, caller, "anna").status == 404
    assert remove(badge_id, BORIS, "me").status == 404
    assert contents(dynamodb_client, table) == before


def test_a_badge_counts_as_no_award() -> None:
    make()
    stored = standings.get("anna")
    assert (stored.points, stored.achievements, stored.activity_days.last) == (0, 0, 0)


def test_a_badge_that_is_deleted_is_gone_and_the_others_stay() -> None:
    made = [make({"name": f"n{number}"}).body for number in range(3)]
    assert remove(made[1]["badge_id"]).status == 204
    assert [badge["name"] for badge in listed().body["items"]] == ["n2", "n0"]
    assert remove(made[1]["badge_id"]).status == 404
    assert remove("0" * 32).status == 404
    assert remove("not-an-id").status == 404


def test_the_list_is_newest_first_in_pages_and_holds_all_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        at(monkeypatch, MIDNIGHT + timedelta(milliseconds=number))
        make({"name": f"n{number}"})
    make({"name": "of another"}, BORIS)
    names, cursor, pages = [], None, 0
    while True:
        page = listed(limit="3", **({"cursor": cursor} if cursor else {})).body
        names += [badge["name"] for badge in page["items"]]
        pages += 1
        if (cursor := page["next_cursor"]) is None:
            break
    assert (names, pages) == ([f"n{number}" for number in range(6, -1, -1)], 3)


def test_the_owner_s_list_is_never_a_moment_old(calls: Recorder) -> None:
    settle("anna")
    for caller, consistent in ((ANNA, True), (BORIS, False), (None, False)):
        calls.made.clear()
        assert listed(caller).status == 200
        assert [call.request["ConsistentRead"] for call in calls.made if call.operation == "query"] == [consistent]


def test_a_cursor_is_for_its_own_list() -> None:
    for number in range(3):
        make({"name": f"n{number}"})
    cursor = listed(limit="1").body["next_cursor"]
    assert listed(limit="1", cursor=cursor).status == 200
    assert listed(BORIS, limit="1", cursor=cursor).status == 400
    assert listed(user_id="boris", limit="1", cursor=cursor).status == 400


@pytest.mark.parametrize(
    ("levels", "seen_by"),
    [
        ({}, ["nobody", "boris"]),
        ({"badges": "users"}, ["boris"]),
        ({"badges": "private"}, []),
        ({"profile": "private"}, []),
        ({"goals": "private"}, ["nobody", "boris"]),
    ],
)
def test_visibility_decides_who_sees_badges(levels: dict[str, str], seen_by: list[str]) -> None:
    settle("anna", preferences=visible(**levels))
    made = make().body
    for name, caller in (("nobody", None), ("boris", BORIS)):
        answer = listed(caller)
        assert answer.status == (200 if name in seen_by else 404)
    for caller in (ANNA, ADMIN):
        assert listed(caller).body["items"] == [made]


def test_a_repeated_request_creates_no_second_badge() -> None:
    first = make(headers={"idempotency-key": "k"})
    assert make(headers={"idempotency-key": "k"}) == first
    assert make({"name": "Another"}, headers={"idempotency-key": "k"}).status == 422
    assert make(headers={"idempotency-key": "k"}, caller=BORIS).body["badge_id"] != first.body["badge_id"]
    assert len(listed().body["items"]) == 1
    make()
    assert len(listed().body["items"]) == 2


def test_a_request_whose_answer_was_lost_makes_one_badge(calls: Recorder) -> None:
    # The standing is read between the claim and the badge.
    calls.meanwhile("batch_get_item", lambda: calls.fail("put_item", UnknownOutcome(), after=True))
    assert make(headers={"idempotency-key": "k"}).status == 503
    (there,) = listed().body["items"]
    again = make(headers={"idempotency-key": "k"})
    assert (again.status, again.body) == (201, there)
    assert listed().body["items"] == [there]


def test_a_badge_whose_answer_was_lost_keeps_its_date(calls: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MIDNIGHT)
    calls.meanwhile("batch_get_item", lambda: calls.fail("put_item", UnknownOutcome(), after=True))
    assert make(headers={"idempotency-key": "k"}).status == 503
    at(monkeypatch, MIDNIGHT + timedelta(hours=1))  # tomorrow
    assert make(headers={"idempotency-key": "k"}).body["date_achieved"] == "2026-11-20"
    assert [badge["date_achieved"] for badge in listed().body["items"]] == ["2026-11-20"]


def test_the_number_of_badges_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_BADGES", 3)
    kept = [make(headers={"idempotency-key": f"k{number}"}).body for number in range(3)]
    answer = make()
    assert (answer.status, "3 badges" in answer.body["detail"]) == (409, True)
    assert make(headers={"idempotency-key": "k1"}).body == kept[1]
    remove(kept[0]["badge_id"])
    assert make().status == 201


def test_the_last_badge_whose_answer_was_lost_is_not_one_too_many(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_BADGES", 1)
    calls.meanwhile("batch_get_item", lambda: calls.fail("put_item", UnknownOutcome(), after=True))
    assert make(headers={"idempotency-key": "k"}).status == 503
    assert make().status == 409
    assert make(headers={"idempotency-key": "k"}).status == 201


def test_twenty_at_once_are_twenty() -> None:
    answers = together([partial(make, {"name": f"n{number}"}) for number in range(20)])
    assert {answer.status for answer in answers} == {201}
    assert len(listed(limit="100").body["items"]) == 20
