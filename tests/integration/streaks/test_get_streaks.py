"""GET /v1/users/{user_id}/streaks: the response, and which callers may see it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels.days import Days
from laurels.leaderboards import rules as leaderboards_rules
from laurels.leaderboards.models import WindowName
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.codec import encode
from laurels.standings.models import Board, Freezes, Standing
from laurels.writes import Put
from streaks.get_streaks import handler
from tests.events import ADMIN, AWARDER, Answer, call, user
from tests.integration.profiles.people import settle, visible
from tests.integration.recorder import Recorder

NOW = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)
ANNA, BORIS = user("anna"), user("boris")
pytestmark = pytest.mark.usefixtures("table", "_that_evening")


@pytest.fixture
def _that_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def get(caller: dict[str, str] | None = None, user_id: str = "anna") -> Answer:
    return call(handler, path={"user_id": user_id}, caller=caller)


def history(zone: str = "Europe/Moscow", *, frozen: bool = False) -> Standing:
    """Awards on the last nine evenings but one, four days ago, and today's is still to come."""
    standing = Standing("anna", timezone=zone)
    for ago in range(9, 0, -1):
        at = clock.epoch_ms(NOW - timedelta(days=ago))
        if ago == 9 and frozen:
            freezes.grant(standing, 2, at)
        if ago != 4:
            standings_rules.earn(standing, 10, at, at)
    table.write(standings.put(standing))
    return standing


def test_of_a_learner_with_a_freeze() -> None:
    history(frozen=True)
    status, _, _ = answer = get(ANNA)
    evenings = [f"2026-11-{day}" for day in (11, 12, 13, 14, 15, 17, 18, 19)]
    streak = {
        "length": 8,
        "longest": 8,
        "started_on": "2026-11-11",
        "last_day": "2026-11-19",
        "at_risk": False,
        "expires_at": "2026-11-21T21:00:00.000Z",
        "freezes": 1,
    }
    assert (status, answer.body) == (
        200,
        {
            "user_id": "anna",
            "timezone": "Europe/Moscow",
            "today": "2026-11-20",
            "activity": streak,
            "awards": streak,
            "calendar": {
                "from": "2025-11-21",
                "to": "2026-11-20",
                "active": evenings,
                "awards": evenings,
                "frozen": ["2026-11-16"],
            },
        },
    )


def test_the_time_zone_is_hidden_from_others() -> None:
    history()
    own = get(ANNA).body
    assert (own["timezone"], get(ADMIN).body) == ("Europe/Moscow", own)
    hidden = {"at_risk": None, "expires_at": None}
    streaks = {kind: own[kind] | hidden for kind in ("activity", "awards")}
    for caller in (BORIS, AWARDER, None):
        assert get(caller).body == own | {"timezone": None, "today": None} | streaks


@pytest.mark.parametrize("hour", range(0, 72, 3))
def test_what_others_see_does_not_depend_on_the_time_zone(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 19, tzinfo=UTC) + timedelta(hours=hour)
    monkeypatch.setattr(clock, "now", lambda: moment)
    seen = []
    for zone in ("Pacific/Kiritimati", "Europe/Moscow", "UTC", "Pacific/Pago_Pago"):
        standing = Standing("anna", timezone=zone)
        standing.activity_days = standing.award_days = Days(date(2026, 11, 20).toordinal(), 0b1110111)
        standing.freezes = Freezes(date(2026, 11, 10).toordinal(), 1)
        table.write(Put(encode(standing)))
        seen.append(get(BORIS).body)
    assert seen == [seen[0]] * 4
    today = min(moment.date(), date(2026, 11, 20))
    assert seen[0]["activity"]["last_day"] == today.isoformat()
    assert seen[0]["calendar"]["to"] == moment.date().isoformat()
    assert max(seen[0]["calendar"]["active"]) == today.isoformat()


def test_a_streak_is_over_for_others_when_its_day_is_over_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    standing = Standing("anna")
    standing.activity_days = Days(date(2026, 11, 20).toordinal(), 0b111)
    table.write(Put(encode(standing)))
    for moment, length in (("2026-11-22T11:59:59Z", 3), ("2026-11-22T12:00:00Z", 0)):
        monkeypatch.setattr(clock, "now", lambda moment=moment: datetime.fromisoformat(moment))
        assert get(BORIS).body["activity"]["length"] == length


def test_the_streak_of_awards_is_hidden_with_the_achievements() -> None:
    settle("anna", preferences=visible(achievements="private"))
    history(frozen=True)
    own, others = get(ANNA).body, get(BORIS).body
    assert (others["awards"], others["calendar"]["awards"]) == (None, None)
    assert others["activity"]["length"] == own["awards"]["length"] == 8


def test_without_a_freeze_the_same_learner_is_at_risk() -> None:
    history()
    streak = get(ANNA).body["activity"]
    assert (streak["length"], streak["longest"], streak["at_risk"]) == (3, 5, True)
    assert streak["expires_at"] == "2026-11-20T21:00:00.000Z"


@pytest.mark.parametrize("frozen", [True, False])
def test_the_board_agrees_with_the_streaks(frozen: bool) -> None:
    history(frozen=frozen)
    (contest,) = [each for number in standings.shards() for each in standings.shard(number)]
    today = leaderboards_rules.Today.of(clock.epoch_ms(NOW))
    streaks = {
        window: score for board, window, score, _ in leaderboards_rules.entries(contest, today) if board is Board.STREAK
    }
    assert streaks[WindowName.ALL_TIME] == get().body["activity"]["longest"]
    assert streaks[WindowName.WEEK] == 3


def test_reading_writes_nothing() -> None:
    history(frozen=True)
    before = table.get(keys.standing("anna"), consistent=True)
    get()
    assert table.get(keys.standing("anna"), consistent=True) == before


@pytest.mark.parametrize(
    ("fields", "anybody", "another"),
    [
        ({}, 200, 200),
        ({"preferences": visible(stats="users")}, 404, 200),
        ({"preferences": visible(stats="private")}, 404, 404),
        ({"preferences": visible(profile="private")}, 404, 404),
        ({"preferences": visible(goals="private", achievements="private")}, 200, 200),
        ({"is_active": False}, 404, 404),
    ],
)
def test_streaks_are_visible_like_stats(fields: dict[str, Any], anybody: int, another: int) -> None:
    settle("anna", **fields)
    history()
    assert [get(caller).status for caller in (None, BORIS, ANNA, ADMIN)] == [anybody, another, 200, 200]
    assert get(ANNA, "me").body == get(ADMIN).body


def test_of_an_unknown_user() -> None:
    assert [get(caller).status for caller in (None, BORIS, ADMIN)] == [404, 404, 404]
    own = get(ANNA, "me")
    assert (own.status, own.body["activity"]["length"], own.body["calendar"]["active"]) == (200, 0, [])


def test_the_owner_s_answer_is_never_a_moment_old(calls: Recorder) -> None:
    history()
    for caller, consistent in ((ANNA, True), (BORIS, False), (None, False)):
        calls.made.clear()
        assert get(caller).status == 200
        (read,) = calls.made
        (asked,) = read.request["RequestItems"].values()
        assert asked["ConsistentRead"] is consistent


def test_me_needs_a_token() -> None:
    assert get(None, "me").status == 401


def test_a_standing_of_the_first_version_is_read() -> None:
    history()
    item = table.get(keys.standing("anna"), consistent=True) or {}
    del item["nu"]
    old = item | {"v": 1, "ev": b"", "up": 1, **dict.fromkeys(("tc", "cc", "ac", "hc", "tp"), 0)}
    table.write(Put(old))
    assert get().body["activity"]["length"] == 3
