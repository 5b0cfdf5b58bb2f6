"""Reading goals: visibility, order, paging."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laurels import clock
from tests.events import ADMIN
from tests.integration.goals.learning import ANNA, BORIS, TESTS, count, goal_id, listed, set_goal, shown
from tests.integration.profiles.people import settle, visible
from tests.integration.recorder import Recorder

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("levels", "seen_by"),
    [
        ({}, ["nobody", "boris"]),
        ({"goals": "users"}, ["boris"]),
        ({"goals": "private"}, []),
        ({"profile": "private"}, []),
        ({"badges": "private"}, ["nobody", "boris"]),
    ],
)
def test_visibility_decides_who_sees_goals(levels: dict[str, str], seen_by: list[str]) -> None:
    settle("anna", preferences=visible(**levels))
    goal = goal_id()
    for name, caller in (("nobody", None), ("boris", BORIS)):
        status = 200 if name in seen_by else 404
        assert (listed(caller).status, shown(goal, caller).status) == (status, status)
    for caller in (ANNA, ADMIN):
        assert listed(caller).body["items"] == [shown(goal, caller).body]


@pytest.mark.parametrize(("stats", "readers"), [("public", ["nobody", "boris"]), ("users", ["boris"]), ("private", [])])
def test_progress_is_visible_to_callers_who_may_see_the_stats(stats: str, readers: list[str]) -> None:
    settle("anna", preferences=visible(stats=stats))
    count(4)
    going, done = goal_id(target=TESTS), goal_id(target=TESTS, status="completed")
    for name, caller in (("nobody", None), ("boris", BORIS), ("the owner", ANNA), ("an admin", ADMIN)):
        progress = 40 if caller in (ANNA, ADMIN) or name in readers else None
        assert [shown(goal, caller).body["progress"] for goal in (going, done)] == [progress, 100]
        in_list = {goal["goal_id"]: goal["progress"] for goal in listed(caller).body["items"]}
        assert in_list == {going: progress, done: 100}
        assert shown(going, caller).body["target"] == TESTS


def test_the_list_is_newest_first_in_pages_by_status(monkeypatch: pytest.MonkeyPatch) -> None:
    states = ["in-progress", "completed", "abandoned"] * 3
    for number, status in enumerate(states):
        monkeypatch.setattr(clock, "now", lambda number=number: NOON + timedelta(milliseconds=number))
        set_goal({"title": f"n{number}", "status": status})
    for wanted in (None, *states[:3]):
        titles, cursor = [], None
        while True:
            given = {"limit": "2", "status": wanted, "cursor": cursor}
            query: dict[str, Any] = {name: value for name, value in given.items() if value}
            page = listed(**query).body
            assert len(page["items"]) <= 2
            titles += [goal["title"] for goal in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert titles == [f"n{number}" for number in range(8, -1, -1) if wanted in (None, states[number])]
    cursor = listed(limit="2", status="completed").body["next_cursor"]
    assert listed(limit="2", status="abandoned", cursor=cursor).status == 400
    assert listed(status="done").fields == ["status"]


def test_the_owner_s_reads_are_strongly_consistent(calls: Recorder) -> None:
    settle("anna")
    goal = goal_id()
    for caller, consistent in ((ANNA, True), (BORIS, False), (None, False)):
        calls.made.clear()
        assert (listed(caller).status, shown(goal, caller).status) == (200, 200)
        asked = [call.request.get("RequestItems", {"": call.request}).values() for call in calls.made]
        assert [each["ConsistentRead"] for (each,) in asked] == [consistent] * 3


def test_an_unknown_user_is_404_for_others() -> None:
    for caller in (None, BORIS, ADMIN):
        assert listed(caller, user_id="anna").status == 404
    assert listed(ANNA).body == {"items": [], "next_cursor": None}
