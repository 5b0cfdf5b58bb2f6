"""Metrics are defined, changed, archived and read."""

from functools import partial
from typing import Any

import pytest

from laurels.metrics.rules import MAX_ACTIVE, MAX_BOARDS
from laurels.standings.definitions import TAKEN
from laurels.standings.models import Counter
from tests.events import ADMIN, together, user
from tests.integration.metrics.calling import archive, create, draft, listed, one, patch


def test_a_metric_is_read_in_the_reader_s_language_and_each_text_falls_back() -> None:
    made = create(draft(daily_cap=240, minimum=0, maximum=1440, board=True))
    assert (made.status, made.body["daily_cap"], made.body["minimum"]) == (201, 240, 0)
    seen = one(lang="ru")
    assert (seen.body["title"], seen.body["unit"], seen.body["language"]) == ("Минуты чтения", "min", "ru")
    assert "translations" not in seen.body
    assert seen.headers["cache-control"].startswith("public, max-age=60")
    assert one(caller=ADMIN).body["translations"]["en"] == {"title": "Minutes read", "unit": "min"}


@pytest.mark.parametrize("tiny", [1e-131, 5e-324])
def test_a_limit_that_dynamodb_cannot_store_is_0(tiny: float) -> None:
    made = create(draft("mood", kind="value", minimum=tiny, maximum=1e-130))
    assert (made.status, made.body["minimum"], made.body["maximum"]) == (201, 0, 1e-130)
    assert one("mood", caller=ADMIN).body["minimum"] == 0


def test_built_in_metrics_are_listed_first_and_pages_follow_one_another() -> None:
    create()
    create(draft("best_score", kind="best"))
    first = listed(limit="7")
    second = listed(limit="7", cursor=first.body["next_cursor"])
    names = [item["metric"] for item in first.body["items"] + second.body["items"]]
    assert names == [*Counter, "average_grade", "best_score", "minutes_read"]
    assert second.body["next_cursor"] is None
    assert listed(headers={"if-none-match": listed().headers["etag"]}).status == 304
    assert one("tests_passed", lang="ru").body["title"] == "Сданные тесты"


@pytest.mark.parametrize("metric", sorted(TAKEN))
def test_the_names_of_built_in_metrics_and_boards_are_taken(metric: str) -> None:
    assert create(draft(metric)).status == 409


def test_a_name_is_taken_once_also_by_an_archived_metric_and_a_retry_finds_its_own() -> None:
    first, again = (create(idempotency_key="k") for _ in range(2))
    assert first == again
    assert create().fields == ["metric"]
    archive()
    assert create().status == 409


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "sum"},
        {"kind": "best", "daily_cap": 5},
        {"minimum": 2, "maximum": 1},
        {"minimum": 0.5},
        {"kind": "value", "minimum": -1},
        {"daily_cap": 0},
        {"metric": "Minutes"},
        {"translations": {}},
        {"colour": "red"},
    ],
)
def test_what_is_no_definition_is_422(fields: dict[str, Any]) -> None:
    assert create(draft(**fields)).status == 422


def test_the_kind_stays_and_other_fields_change_under_if_match() -> None:
    create()
    etag = one(caller=ADMIN).headers["etag"]
    assert patch({"kind": "best"}).status == 409
    changed = patch({"kind": "counter", "daily_cap": 60, "translations": {"de": {"title": "Minuten"}}}, if_match=etag)
    assert (changed.status, changed.body["daily_cap"]) == (200, 60)
    assert one(lang="de").body["title"] == "Minuten"
    assert patch({"daily_cap": 90}, if_match=etag).status == 412
    assert patch({"daily_cap": None}).body["daily_cap"] is None
    assert patch({"daily_cap": 1}, "tests_passed").status == 409
    assert patch({}, "unknown").status == 404


def test_an_archived_metric_is_still_read_and_can_be_restored() -> None:
    create()
    assert (archive().status, archive().status) == (204, 204)
    assert one().body["is_active"] is False
    assert patch({"is_active": True}).body["is_active"] is True


def test_16_are_active_and_6_have_boards_also_if_many_are_defined_at_once() -> None:
    calls = [partial(create, draft(f"m{number}", board=True)) for number in range(MAX_BOARDS + 2)]
    statuses = sorted(answer.status for answer in together(calls))
    assert statuses == [201] * MAX_BOARDS + [409] * 2
    for number in range(MAX_ACTIVE - MAX_BOARDS):
        assert create(draft(f"n{number}")).status == 201
    assert create(draft("one_more")).body["errors"][0]["code"] == "no_room"
    archive("n0")
    assert create(draft("one_more")).status == 201
    assert patch({"is_active": True}, "n0").status == 409


@pytest.mark.parametrize("caller", [user("anna"), {"sub": "service", "scope": "stats:write awards:write"}])
def test_only_admins_change_metrics(caller: dict[str, str]) -> None:
    create()
    assert create(draft("other"), caller).status == 403
    assert patch({"daily_cap": 1}, caller=caller).status == 403
    assert archive(caller=caller).status == 403
