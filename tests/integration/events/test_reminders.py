"""Reminders of streaks at risk, from the pass that computes the boards: once per user and date."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent

from laurels import clock, keys, storage, table, tombstones
from laurels.aws import client
from laurels.callers import Caller
from laurels.leaderboards import computing
from laurels.preferences import service as preferences
from laurels.preferences.models import PreferencesPatch
from laurels.privacy import service as privacy
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Counter
from laurels.writes import Put
from tests.bridge import Bridge
from tests.integration.recorder import Recorder


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 19, 50, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _settings(bucket: str) -> None:
    """The boards are objects of a bucket."""


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


def active(user_id: str, *days: int) -> None:
    """Count something for the user so many days ago, at noon."""
    standing, now = standings.get(user_id), clock.now_ms()
    for day in days:
        at = clock.epoch_ms(clock.now().replace(hour=12) - timedelta(days=day))
        standings_rules.count(standing, Counter.TESTS_PASSED, 1, at, now)
    table.write(standings.put(standing))


def prefer(user_id: str, **changes: Any) -> None:
    preferences.update(user_id, PreferencesPatch.from_json(json.dumps(changes)), None, Caller(sub=user_id))


def run(at: Clock, time: str) -> None:
    hour, minute = map(int, time.split(":"))
    at.now = at.now.replace(hour=hour, minute=minute)
    assert computing.compute()["computed"]


def reminded(bridge: Bridge) -> list[str]:
    assert {event["type"] for event in bridge.events} <= {"laurels.streak.at_risk.v1"}
    return [event["subject"] for event in bridge.events]


def test_a_user_whose_streak_ends_at_midnight_is_reminded_in_the_evening_once(bridge: Bridge, at: Clock) -> None:
    active("ada", 3, 2, 1)
    run(at, "19:50")
    assert reminded(bridge) == []
    run(at, "20:05")
    assert reminded(bridge) == ["ada"]
    run(at, "20:20")
    run(at, "23:55")
    assert reminded(bridge) == ["ada"]
    (event,) = bridge.events
    attributes = {name: value for name, value in event.items() if name != "data"}
    CloudEvent(attributes | {"time": clock.moment(event["time"])}, event["data"])
    assert event["id"] == "streak.at_risk:ada:2026-11-20"
    assert event["data"] == {
        "user_id": "ada",
        "date": "2026-11-20",
        "length": 3,
        "expires_at": "2026-11-21T00:00:00.000Z",
        "timezone": "UTC",
        "language": None,
        "allowed": {"email": True, "push": True, "sms": False},
    }


def test_only_streaks_at_risk_are_told_of(bridge: Bridge, at: Clock) -> None:
    active("today", 1, 0)
    active("ended", 3, 2)
    active("risky", 1)
    table.write(standings.put(standings.get("nothing")))
    active("frozen", 1)
    standing = standings.get("frozen")
    freezes.grant(standing, 1, clock.now_ms())
    table.write(standings.put(standing))
    active("used-up", 3)
    standing = standings.get("used-up")
    freezes.grant(standing, 1, clock.epoch_ms(clock.now() - timedelta(days=2)))
    table.write(standings.put(standing))
    run(at, "19:50")
    run(at, "20:05")
    # The freeze of "used-up" covers the day before yesterday, and none is left for yesterday.
    assert reminded(bridge) == ["risky"]


def test_the_clock_is_the_user_s_and_so_are_language_and_channels(bridge: Bridge, at: Clock) -> None:
    wanted = {"timezone": "Europe/Berlin", "language": "de", "email_notifications": False, "sms_notifications": True}
    prefer("ada", **wanted)
    active("ada", 1)
    run(at, "18:55")
    run(at, "19:05")
    (event,) = bridge.events
    assert event["data"]["timezone"] == "Europe/Berlin"
    assert event["data"]["expires_at"] == "2026-11-20T23:00:00.000Z"
    assert event["data"]["language"] == "de"
    assert event["data"]["allowed"] == {"email": False, "push": True, "sms": True}
    assert event["time"] == "2026-11-20T19:00:00.000Z"


def test_a_user_who_was_erased_or_is_inactive_is_not_reminded(bridge: Bridge, at: Clock) -> None:
    for user_id in ("erased", "inactive", "hidden"):
        active(user_id, 1)
        prefer(user_id, leaderboards="hidden")
    privacy.start_erasure("erased", Caller(sub="erased"))
    item = table.get(keys.profile("inactive"))
    table.write(Put((item or {}) | {"is_active": False}))
    run(at, "19:50")
    run(at, "20:05")
    assert reminded(bridge) == ["hidden"]


def test_only_profiles_of_users_at_risk_are_read(bridge: Bridge, at: Clock, calls: Recorder) -> None:
    for number in range(20):
        active(f"user-{number}", 1 if number == 7 else 0)
    run(at, "19:50")
    calls.made.clear()
    run(at, "20:05")
    assert reminded(bridge) == ["user-7"]
    reads = [call.request["RequestItems"] for call in calls.made if call.operation == "batch_get_item"]
    asked = [key["PK"]["S"] for (each,) in map(dict.values, reads) for key in each["Keys"]]
    assert [key for key in asked if key != keys.criteria().PK] == [
        keys.profile("user-7").PK,
        tombstones.key("user-7").PK,
    ]


def test_a_run_that_publishes_and_dies_is_followed_by_one_that_tells_the_same(
    bridge: Bridge, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    active("ada", 1)
    run(at, "19:50")
    put = storage.put

    def dying(name: str, *about: Any) -> None:
        if name == keys.boards_current():
            raise ZeroDivisionError
        put(name, *about)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", dying)
        with pytest.raises(ZeroDivisionError):
            run(at, "20:05")
    assert reminded(bridge) == ["ada"]
    run(at, "20:20")
    first, second = bridge.events
    assert first == second
    run(at, "20:35")
    assert len(bridge.events) == 2


def test_reminders_that_fail_are_sent_by_the_next_run_and_hold_up_no_boards(bridge: Bridge, at: Clock) -> None:
    active("ada", 1)
    run(at, "19:50")
    bridge.errors = [client.ServiceError(400, "AccessDeniedException", {})]
    run(at, "20:05")
    bridge.refusals = {"streak.at_risk:ada:2026-11-20": 4}
    run(at, "20:20")
    assert reminded(bridge) == []
    run(at, "20:35")
    run(at, "20:50")
    assert reminded(bridge) == ["ada"]


def test_a_reminder_that_comes_after_midnight_is_left_out(bridge: Bridge, at: Clock) -> None:
    active("ada", 1)
    run(at, "19:50")
    at.now += timedelta(days=1)
    run(at, "00:10")
    assert reminded(bridge) == []
