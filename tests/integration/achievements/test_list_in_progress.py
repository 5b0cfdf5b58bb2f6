"""GET /v1/users/{user_id}/achievements?status=in_progress|all: achievements to earn, with value and target."""

from typing import Any

import pytest

from tests.events import ADMIN, user
from tests.integration.achievements.catalogue import (
    adhoc,
    archive,
    award,
    awards,
    create,
    draft,
    import_all,
    patch,
    reach,
    revoke,
)
from tests.integration.achievements.counting import count
from tests.integration.profiles.people import settle, visible
from tests.integration.recorder import Recorder

ANNA, BORIS = user("anna"), user("boris")
pytestmark = pytest.mark.usefixtures("queues")

SINCE_2020: dict[str, Any] = {"from": "2020-01-01T00:00:00Z"}


def listed(status: str = "in_progress", caller: dict[str, str] | None = None, **query: str) -> list[dict[str, Any]]:
    answer = awards(caller, query={"status": status, **query})
    assert answer.status == 200, answer
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def codes(status: str = "in_progress", caller: dict[str, str] | None = None, **query: str) -> list[str]:
    return [item["code"] for item in listed(status, caller, **query)]


def test_a_single_condition_shows_its_value_and_target() -> None:
    import_all(draft("ten", category="Habits", criteria=reach(homeworks_completed=10)))
    count(homeworks_completed=4)
    (item,) = listed(lang="ru")
    assert item == {
        "code": "ten",
        "title": "ten (ru)",
        "description": "По-русски",
        "language": "ru",
        "points": 50,
        "icon_url": None,
        "category": "Habits",
        "status": "in_progress",
        "awarded_at": None,
        "progress": {
            "value": 4,
            "target": 10,
            "conditions": [{"metric": "homeworks_completed", "value": 4, "target": 10}],
        },
        "already_awarded": False,
        "rarity": None,
    }


def test_of_several_conditions_it_shows_how_many_are_met_and_each() -> None:
    import_all(draft("all", criteria=reach(homeworks_completed=10, average_grade=90.5, points=5)))
    count(homeworks_completed=40)
    award(adhoc("olympiad", 4))
    (item,) = listed()
    assert item["progress"] == {
        "value": 1,
        "target": 3,
        "conditions": [
            {"metric": "homeworks_completed", "value": 10, "target": 10},
            {"metric": "average_grade", "value": 0, "target": 90.5},
            {"metric": "points", "value": 4, "target": 5},
        ],
    }


def test_whole_numbers_are_returned_as_they_were_sent() -> None:
    sent = create(draft("ten", criteria=reach(homeworks_completed=10, average_grade=90.5)))
    assert '"metric":"homeworks_completed","value":10,' in sent.text
    count(homeworks_completed=4)
    text = awards(query={"status": "in_progress"}).text
    assert '"value":4,"target":10}' in text
    assert '"value":0,"target":90.5}' in text
    assert '"progress":{"value":0,"target":2,' in text


def test_progress_is_capped_at_the_target() -> None:
    count(homeworks_completed=40)
    import_all(draft("ten", criteria=reach(homeworks_completed=10)))  # met already, and yet to be awarded
    (item,) = listed()
    assert (item["progress"]["value"], item["progress"]["target"]) == (10, 10)


def test_only_achievements_that_can_be_earned_are_in_progress() -> None:
    import_all(
        draft("a", criteria=reach(tests_passed=1)),
        draft("archived", criteria=reach(tests_passed=2)),
        draft("earned", criteria=reach(homeworks_completed=1)),
        draft("no-criteria"),
        draft("secret", criteria=reach(tests_passed=2), is_secret=True),
    )
    archive("archived")
    count(homeworks_completed=1)
    for caller in (None, ANNA, ADMIN):
        assert codes("in_progress", caller) == ["a"]
        assert codes("earned", caller) == ["earned"]
        assert codes("all", caller) == ["earned", "a"]
    assert [item["status"] for item in listed("all")] == ["earned", "in_progress"]
    revoke("earned")
    assert codes() == ["a", "earned"]
    patch({"criteria": None}, "a")
    assert codes() == ["earned"]


def test_without_a_status_earned_awards_are_listed() -> None:
    import_all(draft("a", criteria=reach(tests_passed=1)))
    award(adhoc("olympiad"))
    assert [item["code"] for item in awards().body["items"]] == ["olympiad"]
    answer = awards(query={"status": "lost"})
    assert (answer.status, answer.fields) == (422, ["status"])


def test_the_code_filters_both_parts_and_times_filter_earned_awards() -> None:
    import_all(*(draft(code, criteria=reach(tests_passed=1)) for code in ("a", "ab", "abc")))
    award({"code": "ab"})
    assert codes("all", code="a") == ["a"]
    assert codes("all", code="ab") == ["ab"]
    assert codes("in_progress", code="ab") == []
    assert codes("all", **SINCE_2020) == ["ab"]
    assert codes("in_progress", **SINCE_2020) == []


@pytest.mark.parametrize(
    ("levels", "may"),
    [
        ({}, {"nobody", "another", "admin", "owner"}),
        ({"stats": "users"}, {"another", "admin", "owner"}),
        ({"stats": "private"}, {"admin", "owner"}),
    ],
)
def test_callers_who_may_not_see_stats_see_no_progress(levels: dict[str, str], may: set[str]) -> None:
    import_all(draft("a", criteria=reach(tests_passed=1)))
    award(adhoc("olympiad"))
    settle(preferences=visible(**levels))
    for name, caller in {"nobody": None, "another": BORIS, "admin": ADMIN, "owner": ANNA}.items():
        assert codes("all", caller) == (["olympiad", "a"] if name in may else ["olympiad"])
        assert codes("in_progress", caller) == (["a"] if name in may else [])


def test_callers_who_may_not_see_achievements_see_nothing() -> None:
    settle(preferences=visible(achievements="private"))
    for status in ("earned", "in_progress", "all"):
        assert awards(BORIS, query={"status": status}).status == 404


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 59, 60, 61, 100])
def test_pages_list_earned_awards_and_then_those_in_progress(limit: int) -> None:
    import_all(*(draft(f"n{n:02d}", criteria=reach(tests_passed=1 + n), is_secret=n % 4 == 0) for n in range(75)))
    for code in ("n01", "n07", "n08", "n40", "n74"):
        award({"code": code})
    earned = ["n01", "n07", "n08", "n40", "n74"]
    waiting = [f"n{n:02d}" for n in range(75) if n % 4 and f"n{n:02d}" not in earned]
    for status, expected in (("earned", earned), ("in_progress", waiting), ("all", earned + waiting)):
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            body = awards(ANNA, query={"order": "code", "status": status, "limit": str(limit), **cursor}).body
            found += [item["code"] for item in body["items"]]
            if body["next_cursor"] is None:
                break
            assert len(body["items"]) == limit
            cursor = {"cursor": body["next_cursor"]}
        assert body["items"]
        assert found == expected


def test_an_award_between_two_pages_moves_no_others() -> None:
    import_all(*(draft(f"n{n}", criteria=reach(tests_passed=1 + n)) for n in range(6)))
    award({"code": "n3"})
    first = awards(ANNA, query={"status": "all", "limit": "2"}).body
    assert [item["code"] for item in first["items"]] == ["n3", "n0"]
    award({"code": "n1"})
    second = awards(ANNA, query={"status": "all", "limit": "9", "cursor": first["next_cursor"]}).body
    assert [item["code"] for item in second["items"]] == ["n2", "n4", "n5"]


def test_it_costs_one_read_and_one_for_every_fifty_with_criteria(calls: Recorder) -> None:
    settle("anna")
    import_all(*(draft(f"n{n:02d}", criteria=reach(tests_passed=1 + n)) for n in range(60)))
    listed()  # this process holds the criteria now
    for limit, requests in ((20, 2), (49, 2), (50, 3), (100, 3)):
        calls.made.clear()
        assert len(listed(limit=str(limit))) == min(limit, 60)
        assert calls.operations() == ["batch_get_item"] * requests


def test_the_filter_takes_both_spellings_of_in_progress() -> None:
    import_all(draft("ten", criteria=reach(homeworks_completed=10)))
    count(homeworks_completed=4)
    for spelling in ("in_progress", "in-progress"):
        assert [(item["code"], item["status"]) for item in listed(spelling)] == [("ten", "in_progress")]
