"""The events that follow from a change of an item, and their form."""

import itertools
from datetime import date
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent

from laurels import clock, keys
from laurels.events import rules
from laurels.events.models import TYPES, StatsUpdated, StreakExtended, StreakKind
from laurels.goals.models import GoalStatus
from laurels.keys import Key
from laurels.standings import rules as standings_rules
from laurels.standings.codec import encode
from laurels.standings.models import Counter, OwnNumber, Standing
from laurels.writes import Item

NOW = clock.ms_of("2026-11-20T18:22:05.120Z")
DAY = 24 * 3600 * 1000

PROFILE: Item = {
    **keys.profile("42")._asdict(),
    "v": 1,
    "rev": 1,
    "user_id": "42",
    "display_name": "Ada Lovelace",
    "phone_number": "+4930123456",
    "language": "en",
    "is_verified": False,
    "is_active": True,
    "created_at": "2026-11-20T18:22:05.000Z",
    "updated_at": "2026-11-20T18:22:05.000Z",
    "words_version": 2,
}
AWARD: Item = {
    **keys.award("42", "first")._asdict(),
    "v": 1,
    "award_id": "a1",
    "code": "first",
    "points": 10,
    "awarded_at": "2026-11-19T18:22:05.000Z",
}
GOAL: Item = {
    **keys.goal("42", "g1")._asdict(),
    "goal_id": "g1",
    "title": "Mine alone",
    "description": "",
    "status": "in-progress",
    "target": {"metric": "tests_passed", "value": 5},
}
DONE = {"status": "completed", "completed_at": "2026-11-20T18:22:05.000Z"}
SESSION: Item = {
    **keys.session("42", "sid-1")._asdict(),
    "session_id": "sid-1",
    "last_activity_at": "2026-11-20T18:00:00.000Z",
    "ip_address": "192.0.2.1",
}
MEMBERSHIP: Item = {
    **keys.membership("42", "g1")._asdict(),
    "v": 1,
    "group_id": "g1",
    "role": "learner",
    "joined_at": "2026-11-20T18:22:05.000Z",
}
REVOKED = {"revoked_at": "2026-11-20T18:22:05.000Z"}
ERASURE: Item = {**keys.erasure("e1")._asdict(), "user_id": "42", "status": "pending"}


def names_of(old: Item | None, new: Item | None) -> list[str]:
    return [f"{event.name} {event.part}".strip() for event in found(old, new)]


def found(old: Item | None, new: Item | None) -> list[rules.Event]:
    item = new or old or {}
    return rules.events(Key(item["PK"], item["SK"]), old, new)


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (None, PROFILE, ["user.created"]),
        (PROFILE, PROFILE | {"about": "x"}, ["user.updated"]),
        (PROFILE | {"about": "x"}, PROFILE, ["user.updated"]),
        (PROFILE, PROFILE | {"rev": 2, "updated_at": "2026-11-20T19:00:00.000Z"}, []),
        (PROFILE, PROFILE | {"rev": 2, "last_seen_at": "x", "last_login_at": "x"}, []),
        (PROFILE, PROFILE | {"is_active": False, "erased_at": "x", "erasure_id": "e1"}, []),
        (None, PROFILE | {"erased_at": "x", "erasure_id": "e1"}, []),
        (PROFILE, None, []),
        (None, ERASURE, ["user.erased"]),
        (ERASURE, ERASURE | {"status": "done"}, []),
        (ERASURE, None, []),
        (None, AWARD, ["achievement.awarded"]),
        (None, AWARD | {"unfinished": ["a1", 0, 0]}, ["achievement.awarded"]),
        (AWARD | {"unfinished": ["a1", 0, 0]}, AWARD, []),
        (AWARD, None, ["achievement.revoked"]),
        (None, GOAL, []),
        (None, GOAL | DONE, ["goal.completed"]),
        (GOAL, GOAL | DONE, ["goal.completed"]),
        (GOAL | {"status": "abandoned"}, GOAL | DONE, ["goal.completed"]),
        (GOAL | DONE, GOAL | DONE | {"title": "Another"}, []),
        (GOAL | DONE, GOAL, []),
        (GOAL | DONE, None, []),
        (None, MEMBERSHIP, ["group.joined"]),
        (MEMBERSHIP, MEMBERSHIP | {"role": "teacher"}, []),
        (MEMBERSHIP, None, ["group.left"]),
        (None, {**keys.memberships("42")._asdict(), "groups_count": 1}, []),
        (None, {**keys.group_member("g1", "42")._asdict(), "role": "learner"}, []),
        (None, {**keys.group("g1")._asdict(), "name": "7B"}, []),
        (None, SESSION, []),
        (SESSION, SESSION | {"last_activity_at": "2026-11-20T18:30:00.000Z"}, []),
        (SESSION, SESSION | REVOKED, ["session.revoked"]),
        (SESSION | REVOKED, SESSION | REVOKED | {"expires_at": 1}, []),
        (SESSION | REVOKED, None, []),
        (None, {**keys.sessions_guard("42")._asdict(), "session_ids": ["sid-1"]}, []),
        (None, {**keys.badge("42", "b1")._asdict(), "name": "x"}, []),
        (None, {**keys.user_by_id("42")._asdict()}, []),
        (None, {**keys.achievement("first")._asdict(), "code": "first"}, []),
        (None, {**keys.boards_lock()._asdict()}, []),
        (None, {**keys.idempotency("x")._asdict()}, []),
    ],
)
def test_a_change_makes_its_events_and_no_others(old: Item | None, new: Item | None, names: list[str]) -> None:
    assert names_of(old, new) == names


def test_no_event_holds_contact_details_names_or_texts_of_a_person() -> None:
    after = PROFILE | {"email": "ada@example.org", "about": "x", "phone_number": "+4930654321"}
    changes: list[tuple[Item | None, Item]] = [(None, PROFILE), (PROFILE, after), (GOAL, GOAL | DONE)]
    texts = [str(event.data.model_dump(mode="json")) for old, new in changes for event in found(old, new)]
    assert len(texts) == 3
    for secret in ("Ada Lovelace", "+4930", "ada@example.org", "Mine alone", "192.0.2.1"):
        assert not [text for text in texts if secret in text]
    (updated,) = found(PROFILE, after)
    assert updated.data.model_dump()["changed"] == ["about", "email", "phone_number"]


# ---- standings -----------------------------------------------------------------------------------


def standing(**changes: Any) -> Standing:
    made = Standing("42")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def stored(made: Standing, at: int = NOW) -> Item:
    made.updated_at = at
    return encode(made)


def after(*days: int, award: bool = False) -> Item:
    """A standing with something counted so many days before now, in that order; written now."""
    made = standing()
    for day in days:
        at = NOW - day * DAY
        if award:
            standings_rules.earn(made, 5, at, NOW)
        else:
            standings_rules.count(made, Counter.TESTS_PASSED, 1, at, NOW)
    return stored(made)


def test_a_change_of_own_metrics_names_them_and_tells_their_numbers() -> None:
    was, now = standing(), standing()
    was.own = {"minutes_read": OwnNumber(number=25), "pages": OwnNumber(number=3)}
    now.own = {"minutes_read": OwnNumber(number=30), "pages": OwnNumber(number=3)}
    now.own["best"] = OwnNumber(is_counter=False, number=8750)
    (stats,) = (event.data for event in found(stored(was), stored(now)))
    assert isinstance(stats, StatsUpdated)
    assert stats.changed == ["best", "minutes_read"]
    assert stats.metrics == {"best": 87.5, "minutes_read": 30, "pages": 3}


def test_a_first_update_of_the_stats_begins_a_streak() -> None:
    stats, streak = (event.data for event in found(None, after(0)))
    assert isinstance(stats, StatsUpdated)
    assert (stats.changed, stats.counters[Counter.TESTS_PASSED], stats.points) == (["tests_passed"], 1, 0)
    today = date(2026, 11, 20)
    assert streak == StreakExtended(
        user_id="42", kind=StreakKind.ACTIVITY, length=1, longest=1, started_on=today, last_day=today
    )


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (after(1), after(1, 0), ["stats.updated", "streak.extended activity"]),
        (after(1, 0), after(1, 0, 0), ["stats.updated"]),  # the day was active already
        (after(3), after(3, 0), ["stats.updated", "streak.extended activity"]),  # a new streak
        (after(2, 0), after(2, 0, 1), ["stats.updated", "streak.extended activity"]),  # a late one joins two
        (after(0), after(0, 9), ["stats.updated"]),  # the day of another run
        (after(4), after(4, 5), ["stats.updated"]),  # a run that has ended
        (after(0), after(0) | {"rev": 7, "tz": "Europe/Berlin"}, []),
        (after(0), after(0) | {"rev": 7, "li": "h"}, []),
        (after(0), None, []),
        (
            None,
            after(0, award=True),
            ["stats.updated", "streak.extended activity", "streak.extended awards"],
        ),
        (
            after(1, award=True),
            after(1, 0, award=True),
            ["stats.updated", *(f"streak.extended {k}" for k in StreakKind)],
        ),
    ],
)
def test_a_streak_is_extended_if_the_current_run_is_longer(
    old: Item | None, new: Item | None, names: list[str]
) -> None:
    assert names_of(old, new) == names


def test_an_update_that_changes_no_number_is_no_event() -> None:
    made = standing()
    standings_rules.remember(made, "e1")
    assert names_of(None, stored(made)) == []


# ---- form ----------------------------------------------------------------------------------------

EXAMPLES = [
    *found(None, PROFILE),
    *found(PROFILE, PROFILE | {"about": "x"}),
    *found(None, ERASURE),
    *found(None, AWARD),
    *found(AWARD, None),
    *found(GOAL, GOAL | DONE),
    *found(None, MEMBERSHIP),
    *found(MEMBERSHIP, None),
    *found(SESSION, SESSION | REVOKED),
    *found(None, after(0, award=True)),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: f"{event.name}{event.part}")
def test_the_strict_constructor_of_the_sdk_takes_each_event(event: rules.Event) -> None:
    made = rules.cloud_event(event, "/laurels/dev", "id-1", NOW, "123")
    attributes = {name: value for name, value in made.items() if name != "data"}
    parsed = CloudEvent(attributes | {"time": clock.moment(made["time"])}, made["data"])
    assert parsed.get_type() == f"laurels.{event.name}.v1"
    assert (parsed.get_subject(), parsed.get_source()) == ("42", "/laurels/dev")
    assert parsed.get_extension("sequence") == "123".zfill(40)
    assert made["data"]["user_id"] == "42"


def test_every_type_of_a_change_has_an_example() -> None:
    elsewhere = ("streak.at_risk", "resume.", "requirements.", "processing.")
    assert {event.name for event in EXAMPLES} == {name for name in TYPES if not name.startswith(elsewhere)}


def test_sequences_sort_as_texts() -> None:
    (event,) = found(None, AWARD)
    numbers = ["9", "10", "4421584500000000017450439091", "44215845000000000174504390910"]
    made = [rules.cloud_event(event, "/laurels/dev", "x", NOW, number)["sequence"] for number in numbers]
    assert made == sorted(made)


@pytest.mark.parametrize("status", GoalStatus)
def test_a_goal_is_completed_only_by_that_status(status: GoalStatus) -> None:
    completed = GoalStatus.COMPLETED
    for before, now in itertools.product(GoalStatus, [status]):
        old, new = GOAL | DONE | {"status": before.value}, GOAL | DONE | {"status": now.value}
        assert bool(found(old, new)) == (now is completed and before is not completed)
