"""Learners who have everything, each figure with a value of its own, and the boards that rank them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

from laurels import clock, days, table
from laurels.leaderboards import computing
from laurels.people import service as people
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Board, Counter, Listing, OwnNumber, Score, Standing, Window
from tests.events import ADMIN as ADMIN_TOKEN
from tests.events import Handler, call
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.visibility.oracle import (
    ADMIN,
    ANONYMOUS,
    OWNER,
    PARTS,
    READER,
    SERVICE,
    STRANGER,
    TEACHER,
    WRITER,
    Learner,
)
from tests.template import project

NOW = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)
ZONE, THERE = "Pacific/Kiritimati", date(2026, 11, 21)  # at UTC+14 it is tomorrow
LAST = date(2026, 11, 20)
REACHED = clock.epoch_ms(datetime(2026, 11, 19, 10, 0, 0, tzinfo=UTC))
BOARDS = (*Board, "minutes_read")
LIMITS = {"tests_passed": 4000, "achievements": 400, "minutes_read": 8000}  # of goals and criteria
SCOPES = {
    SERVICE: "stats:write awards:write processing:write",
    READER: "users:read",
    WRITER: "users:write",
}


def token(caller: str, learner: Learner) -> Mapping[str, str] | None:
    """The authorizer's context of the caller."""
    if caller in SCOPES:
        return {"sub": "a-service", "scope": SCOPES[caller]}
    others = {ANONYMOUS: None, ADMIN: ADMIN_TOKEN, STRANGER: {"sub": "stranger"}, TEACHER: {"sub": "teacher"}}
    return {**others, OWNER: {"sub": learner.user_id}}[caller]


def handlers() -> dict[str, Handler]:
    """Every endpoint, by its function's name in the template."""
    return {file.resource: import_module(f"{file.room}.{file.name}").handler for file in project.endpoint_files()}


def score(board: str, number: int) -> int:
    """A score that no other learner has on that board."""
    least = {"points": 5000, "homeworks": 3000, "tests": 2000, "courses": 4000, "minutes_read": 6000}
    return (least | {"achievements": 20, "streak": 100})[board] + number


def truth(learner: Learner) -> dict[str, Any]:
    """The true value of each figure, worked out here."""
    number = learner.number
    tests, achievements, awards = 2000 + number, 20 + number, 7 + number
    return {
        "name": f"Name {number}",
        "about": f"About {number}",
        "phone number": f"+4930{1000000 + number}",
        "last visit": "2026-02-03T04:05:06.789Z",
        "points": 5000 + number,
        "tests passed": tests,
        "average grade": 50.5 + number,
        "minutes read": 6000 + number,
        "minutes of the week": 700 + number,
        "percent of minutes": (6000 + number) * 100 // 8000,
        "homeworks of the week": 300 + number,
        "achievements count": achievements,
        "achievements of the month": 3 + number,
        "awards": f"Award {number}",
        "award streak": awards,
        "award days": [(LAST - timedelta(ago)).isoformat() for ago in reversed(range(awards))],
        "activity streak": 100 + number,
        "active days": [(LAST - timedelta(ago)).isoformat() for ago in reversed(range(100 + number))],
        "badges": f"Badge {number}",
        "goals": f"Goal {number}",
        "percent of tests": tests * 100 // 4000,
        "percent of achievements": achievements * 100 // 400,
        "time zone": ZONE,
        "date there": THERE.isoformat(),
        "end of the streak": "2026-11-21T10:00:00.000Z",  # midnight there
        "risk of the streak": True,
        "check-in of today": False,
        **{f"rank by {board}": score(board, number) for board in BOARDS},
        "preferences": f"note {number}",
    }


def build(everybody: list[Learner]) -> None:
    """Store the learners, and compute the boards."""
    use = handlers()
    minutes = {"metric": "minutes_read", "kind": "counter", "board": True}
    titled = minutes | {"translations": {"en": {"title": "Minutes read"}}}
    assert call(use["CreateMetric"], caller=ADMIN_TOKEN, body=titled).status == 201
    for code, (metric, value) in zip(("by-tests", "by-awards", "by-minutes"), LIMITS.items(), strict=True):
        draft = {"code": code, "points": 1, "translations": {"en": {"title": code}}}
        made = call(
            use["CreateAchievement"],
            caller=ADMIN_TOKEN,
            body=draft | {"criteria": {"all": [{"metric": metric, "op": "gte", "value": value}]}},
        )
        assert made.status == 201, made.text
    for learner in everybody:
        _store(learner, use)
    # The stranger is one only outside of this group: a membership opens nothing there.
    group = call(use["CreateGroup"], caller=ADMIN_TOKEN, body={"kind": "class", "name": "Everybody"}).body["group_id"]
    rows = [{"user_id": user_id} for user_id in ("stranger", *(learner.user_id for learner in everybody))]
    rows += [{"user_id": "teacher", "role": "teacher"}]
    imported = call(use["ImportMembers"], caller=ADMIN_TOKEN, path={"group_id": group}, body={"items": rows})
    assert imported.body["added"] == len(rows)
    assert computing.compute()["computed"]


def group_id() -> str:
    """The group that all learners and the stranger are in."""
    answer = call(handlers()["ListGroups"], path={"user_id": "stranger"}, caller={"sub": "stranger"})
    found: str = answer.body["items"][0]["group_id"]
    return found


def _store(learner: Learner, use: Mapping[str, Handler]) -> None:
    real, user_id = truth(learner), learner.user_id
    levels = {part: level for part, level in zip(PARTS, learner.levels, strict=True) if level}
    preferences: dict[str, Any] = {"visibility": levels, "timezone": ZONE}
    if learner.listing:
        preferences["leaderboards"] = learner.listing
    people.begin(
        people.fresh(user_id)
        | {"display_name": real["name"], "about": real["about"], "phone_number": real["phone number"]}
        | {"last_seen_at": real["last visit"], "avatar_url": f"https://pictures.example.org/{learner.number}.webp"}
    )
    own = {"path": {"user_id": user_id}, "caller": {"sub": user_id}}
    assert award(adhoc("adhoc") | {"title": real["awards"]}, user_id=user_id).status == 201
    assert call(use["CreateBadge"], **own, body={"name": real["badges"]}).status == 201
    for metric, value in LIMITS.items():
        target = {"metric": metric, "value": value}
        assert call(use["CreateGoal"], **own, body={"title": real["goals"], "target": target}).status == 201
    custom = {"custom_settings": {"note": real["preferences"]}}
    assert call(use["UpdatePreferences"], **own, body=custom).status == 200
    people.revise(
        user_id,
        lambda profile: {"preferences": profile["preferences"] | preferences, "is_active": learner.active},
        None,
    )
    standing = standings.get(user_id)
    _fill(standing, learner)
    table.write(standings.put(standing))


def _fill(standing: Standing, learner: Learner) -> None:
    number, at = learner.number, REACHED + learner.number * 1000
    standing.timezone, standing.previous_timezone, standing.moved_at = ZONE, "", 0
    standing.average_grade = 50.5 + number
    standing.own["minutes_read"] = OwnNumber(number=score("minutes_read", number), reached=at, week=700 + number)
    standing.listing = Listing(learner.listing) if learner.listing else None
    standing.counters[Counter.TESTS_PASSED] = 2000 + number
    for board in standing.scores:
        standing.scores[board] = Score(score(board, number), at)
    standing.week = Window(standings_rules.week_number(NOW.date()))
    standing.week.scores[Board.HOMEWORKS] = Score(300 + number, at)
    standing.month = Window(standings_rules.month_number(NOW.date()))
    standing.month.scores[Board.ACHIEVEMENTS] = Score(3 + number, at)
    standing.activity_days = days.Days(LAST.toordinal(), (1 << 100 + number) - 1)
    standing.award_days = days.Days(LAST.toordinal(), (1 << 7 + number) - 1)


def choose(learner: Learner, like: Learner) -> None:
    """Give a learner the choices of another, without computing the boards again."""
    levels = {part: level for part, level in zip(PARTS, like.levels, strict=True) if level}
    chosen = {"visibility": levels} | ({"leaderboards": like.listing} if like.listing else {})
    people.revise(learner.user_id, lambda _: {"preferences": chosen, "is_active": like.active}, None)
