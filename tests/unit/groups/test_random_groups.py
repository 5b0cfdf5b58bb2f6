"""Boards and reports of random groups, compared with the slow way to work them out."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from laurels import clock, keys, table, tombstones
from laurels.callers import Caller
from laurels.errors import NotFound
from laurels.groups import boards, reports
from laurels.groups.models import BoardMode, GroupBoard, GroupBoardQuery, ReportOrder, ReportQuery
from laurels.leaderboards.models import WindowName
from laurels.paging import PageQuery
from laurels.people import names
from laurels.standings.models import Board, Listing
from tests.sizes import sized
from tests.unit.groups import school
from tests.unit.groups.school import GROUP, NOW, TEACHER, Pupil, Room
from tests.unit.leaderboards.population import board_of

GROUPS = sized(100, 300)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOMBSTONE_SECRET", "a secret of the tests")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "now_ms", lambda: clock.epoch_ms(NOW))


def enter(monkeypatch: pytest.MonkeyPatch, seed: int, size: int | None = None) -> Room:
    made = school.room(seed, size, tombstones.key)
    monkeypatch.setattr(table, "query_all", made.query_all)
    monkeypatch.setattr(table, "get_many", made.get_many)
    return made


def expected(room: Room, board: Board, window: WindowName, caller: str) -> list[tuple[object, ...]]:
    pupils: dict[str, Pupil] = {pupil.user_id: pupil for pupil in room.pupils}
    found = []
    for place in board_of([pupil.person for pupil in room.pupils], board, window, NOW):
        is_named = room.mode is not BoardMode.ANONYMOUS and school.is_named(pupils[place.user_id])
        if room.mode is BoardMode.OFF:
            is_named = False
        whose = (place.user_id, school.name_of(pupils[place.user_id])) if is_named else (None, None)
        day = place.reached.replace(hour=0, minute=0, second=0, microsecond=0)
        reached = place.reached if is_named else day
        found.append((place.rank, place.position, *whose, place.score, reached, place.user_id == caller))
    return found


def rows(found: GroupBoard) -> list[tuple[object, ...]]:
    return [
        (row.rank, row.position, row.user_id, row.display_name, row.score, row.achieved_at, row.is_me)
        for row in found.items
    ]


def test_boards_are_those_of_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(board, window) for board in Board for window in WindowName]
    seen: Counter[str] = Counter()
    for seed in range(GROUPS):
        room, draw = enter(monkeypatch, seed), random.Random(seed)
        board, window = pairs[seed % len(pairs)]
        query = GroupBoardQuery(board=board, window=window)
        caller = Caller(draw.choice([pupil.user_id for pupil in room.pupils] or [TEACHER]))
        if room.mode is BoardMode.OFF and caller.sub != TEACHER:
            with pytest.raises(NotFound):
                boards.leaderboard(GROUP, query, PageQuery(), caller)
            caller = Caller(TEACHER)
        wanted = expected(room, board, window, caller.sub)
        found = boards.leaderboard(GROUP, query, PageQuery(limit=100), caller)
        assert rows(found) == wanted, (seed, board, window)
        assert found.total == len(wanted)
        own = next((row for row in wanted if row[-1]), None)
        assert (found.me and (found.me.rank, found.me.position, found.me.score)) == (own and (own[0], own[1], own[4]))
        seen.update({"ties": len({row[0] for row in wanted}) < len(wanted), "me": bool(own)})
        seen.update(nameless=sum(row[2] is None for row in wanted), named=sum(row[2] is not None for row in wanted))
        if seed % 5:
            continue
        around = boards.leaderboard(GROUP, query.model_copy(update={"around": "me"}), PageQuery(), caller)
        at = wanted.index(own) if own else 0
        assert rows(around) == (wanted[max(at - 5, 0) : at + 6] if own else []), seed
        first = boards.leaderboard(GROUP, query, PageQuery(limit=3), caller)
        assert rows(first) == wanted[:3]
        if first.next_cursor:
            second = PageQuery(limit=4, cursor=first.next_cursor)
            assert rows(boards.leaderboard(GROUP, query, second, caller)) == wanted[3:7]
    assert min(seen.values()) > GROUPS / 10, seen


def test_reports_are_those_of_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    for seed in range(GROUPS):
        room = enter(monkeypatch, seed)
        order = [*ReportOrder][seed % 3]
        found = reports.report(GROUP, ReportQuery(sort=order), Caller(TEACHER)).items
        actual = [row.model_dump() for row in found]
        for row in actual:
            for window in ("week", "month"):
                row[window].pop("starts_on")
        present = [pupil for pupil in room.pupils if not pupil.erased]
        wanted = [school.line(pupil) for pupil in present]
        assert sorted(actual, key=lambda row: row["user_id"]) == sorted(wanted, key=lambda row: row["user_id"]), seed
        places = [_order(row, order) for row in actual]
        assert places == sorted(places), (seed, order)
        seen.update(
            erased=len(room.pupils) - len(present),
            hidden=sum(pupil.person.listing is Listing.HIDDEN for pupil in present),
            never=sum(row["last_active_on"] is None for row in actual),
            away=sum((row["days_since"] or 0) >= 7 for row in actual),
            at_risk=sum(row["at_risk"] for row in actual),
            overdue=sum(row["overdue_goals"] > 0 for row in actual),
        )
    assert min(seen.values()) > GROUPS / 10, seen


def _order(row: dict[str, object], order: ReportOrder) -> tuple[object, ...]:
    by_name = (names.words(str(row["display_name"])), row["display_name"], row["user_id"])
    if order is ReportOrder.NAME:
        return by_name
    if order is ReportOrder.POINTS:
        return (-int(str(row["points"])), *by_name)
    away = timedelta.max.days if row["days_since"] is None else int(str(row["days_since"]))
    return (-away, -int(str(row["overdue_goals"])), not row["at_risk"], *by_name)


@pytest.mark.parametrize(("size", "most"), [(500, 8), (30, 3)])
def test_a_board_takes_few_requests(monkeypatch: pytest.MonkeyPatch, size: int, most: int) -> None:
    """Even if some members have no profile, and the page is as long as it may be."""
    room = enter(monkeypatch, 7, size)
    for board in Board:
        room.mode, room.requests = BoardMode.SHOWN, 0
        room.put(keys.group(GROUP), group_id=GROUP, board="shown", rev=1, members_count=size)
        assert boards.leaderboard(GROUP, GroupBoardQuery(board=board), PageQuery(limit=100), Caller(TEACHER)).items
        assert room.requests <= most
