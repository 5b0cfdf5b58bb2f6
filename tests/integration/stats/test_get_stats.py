"""GET /v1/users/{user_id}/stats: the response, and which callers may see it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Counter, Standing
from laurels.writes import Put
from stats.get_stats import handler
from tests.integration.recorder import Recorder
from tests.integration.stats.calling import Answer, call

NOW = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)  # a Friday
OWNER, OTHER = {"sub": "42"}, {"sub": "7"}
ADMIN = {"sub": "1", "roles": "admin"}


@pytest.fixture
def _on_that_friday(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, NOW)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def store(standing: Standing) -> None:
    table.write(standings.put(standing))


def profile(user_id: str = "42", **fields: Any) -> None:
    table.write(Put({**keys.profile(user_id)._asdict(), "user_id": user_id, "is_active": True, "rev": 1, **fields}))


def get(user_id: str = "42", caller: dict[str, str] | None = None) -> Answer:
    return call(handler, path={"user_id": user_id}, caller=caller)


def test_of_an_active_user(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, NOW)
    standing = Standing("42")
    at, long_ago = clock.epoch_ms(NOW), clock.epoch_ms(NOW - timedelta(days=15))
    standings_rules.count(standing, Counter.HOMEWORKS_COMPLETED, 2, at, at)
    standings_rules.count(standing, Counter.HOMEWORKS_COMPLETED, 3, long_ago, at)
    standings_rules.count(standing, Counter.TOTAL_COURSES, 4, at, at)
    standings_rules.grade(standing, 4.6, at)
    standings_rules.earn(standing, 50, at, at)
    store(standing)
    no_window = {"points": 0, "achievements": 0, "homeworks": 0, "tests": 0, "courses": 0, "metrics": {}}
    window = {**no_window, "points": 50, "achievements": 1}
    expected: dict[str, Any] = {
        "user_id": "42",
        "counters": {
            "total_courses": 4,
            "completed_courses": 0,
            "active_courses": 0,
            "homeworks_completed": 5,
            "tests_passed": 0,
        },
        "average_grade": 4.6,
        "points": 50,
        "achievements": 1,
        "metrics": {},
        "windows": {
            "week": {"starts_on": "2026-11-16", **window, "homeworks": 2},
            "month": {"starts_on": "2026-11-01", **window, "homeworks": 5},
        },
        "updated_at": "2026-11-20T18:22:05.000Z",
    }
    assert get() == (200, expected)

    set_clock(monkeypatch, datetime(2026, 11, 23, tzinfo=UTC))  # the next Monday
    expected["windows"]["week"] = {"starts_on": "2026-11-23", **no_window}
    assert get() == (200, expected)

    set_clock(monkeypatch, datetime(2026, 12, 1, tzinfo=UTC))
    expected["windows"] = {
        "week": {"starts_on": "2026-11-30", **no_window},
        "month": {"starts_on": "2026-12-01", **no_window},
    }
    assert get() == (200, expected)


def test_of_a_week_in_two_years(monkeypatch: pytest.MonkeyPatch) -> None:
    silvester = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    standing = Standing("42")
    at = clock.epoch_ms(silvester)
    standings_rules.count(standing, Counter.TESTS_PASSED, 1, at, at)
    store(standing)
    set_clock(monkeypatch, silvester + timedelta(minutes=1))
    windows = get().body["windows"]
    assert (windows["week"]["starts_on"], windows["week"]["tests"]) == ("2026-12-28", 1)
    assert (windows["month"]["starts_on"], windows["month"]["tests"]) == ("2027-01-01", 0)


@pytest.mark.usefixtures("_on_that_friday")
@pytest.mark.parametrize("caller", [None, OTHER, ADMIN], ids=["anybody", "another user", "an admin"])
def test_an_unknown_user_s_are_404(caller: dict[str, str] | None) -> None:
    status, body = get(caller=caller)
    assert (status, body["code"]) == (404, "not_found")


@pytest.mark.usefixtures("_on_that_friday")
@pytest.mark.parametrize("user_id", ["42", "me"])
def test_of_a_new_user_are_zeros_to_themself(user_id: str) -> None:
    status, body = get(user_id, OWNER)
    assert status == 200
    assert body["user_id"] == "42"
    assert set(body["counters"].values()) == {0}
    assert (body["average_grade"], body["updated_at"]) == (None, None)


def test_of_me_need_a_token() -> None:
    assert get("me").status == 401


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ({}, "anybody other owner admin"),
        ({"stats": "public"}, "anybody other owner admin"),
        ({"stats": "users"}, "other owner admin"),
        ({"stats": "private"}, "owner admin"),
        ({"profile": "users"}, "other owner admin"),
        ({"profile": "private"}, "owner admin"),
        ({"profile": "private", "stats": "public"}, "owner admin"),
        ({"badges": "private"}, "anybody other owner admin"),
    ],
)
def test_visibility_decides_who_sees_them(visibility: dict[str, str], seen_by: str) -> None:
    profile(preferences={"visibility": visibility})
    callers = {"anybody": None, "other": OTHER, "owner": OWNER, "admin": ADMIN}
    answers = {name: get(caller=caller).status for name, caller in callers.items()}
    assert answers == {name: 200 if name in seen_by.split() else 404 for name in callers}


def test_of_an_inactive_user_are_for_admins() -> None:
    profile(is_active=False)
    assert [get(caller=caller).status for caller in (None, OTHER, ADMIN)] == [404, 404, 200]


def test_a_hidden_user_looks_like_an_unknown_one() -> None:
    profile("42", preferences={"visibility": {"stats": "private"}})
    hidden, unknown = get("42").body, get("43").body
    assert {**hidden, "request_id": ""} == {**unknown, "request_id": ""}


def test_are_one_request_to_the_table(calls: Recorder) -> None:
    profile()
    before = len(calls.made)
    assert get().status == 200
    assert calls.operations()[before:] == ["batch_get_item"]
