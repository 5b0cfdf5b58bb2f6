"""Leaderboards: computed by the schedule into files, read page by page.

A version is written whole before `boards/current.json` names it, so a reader sees one version or the next, never a mix.
A cursor holds its version: a list that was begun is read to its end while that version is kept.
"""

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import chain
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from laurels import clock, keys, storage, table, telemetry
from laurels.errors import Gone, NotFound, Unavailable
from laurels.leaderboards import files, rules
from laurels.leaderboards.models import (
    BoardInfo,
    BoardPage,
    BoardQuery,
    Boards,
    BoardWindow,
    Entry,
    Gap,
    LongStreak,
    Most,
    Person,
    Summary,
    WindowName,
)
from laurels.leaderboards.rules import Contender, Place
from laurels.leaderboards.tally import Tally
from laurels.paging import Page
from laurels.profiles import service as profiles
from laurels.standings import service as standings
from laurels.standings.models import Board
from laurels.table import ABSENT, ConditionFailed, Delete, Put

VERSIONS_KEPT = 4  # an hour of cursors
STREAKS_LISTED = 1000
_READERS = 8
_LEASE_SECONDS = 15 * 60  # no run outlives Lambda's longest time-out

Index = dict[str, Any]


def compute() -> dict[str, Any]:
    """Computes all boards and the summary as a new version. A second run at the same time steps aside."""
    began, now = time.perf_counter(), clock.now()
    holder = _lock(now)
    if holder is None:
        telemetry.logger.info("Boards are being computed by another run.")
        return {"computed": False}
    try:
        before = _current()
        tallies = _read_standings(now.date())
        index = _write(tallies, now, (before or {}).get("kept", []))
    finally:
        _release(holder)
    telemetry.count("BoardsSeconds", round(time.perf_counter() - began, 3), MetricUnit.Seconds)
    telemetry.flush()
    return {"computed": True, "version": index["version"], "users": index["users"]}


def boards() -> Boards:
    """The boards there are, their windows, and when each begins anew."""
    now, index = clock.now(), _current()
    windows = [BoardWindow(window=window, next_reset=rules.next_reset(window, now)) for window in WindowName]
    items = [BoardInfo(board=board, windows=windows) for board in Board]
    return Boards(items=items, as_of=index["as_of"] if index else None)


def board(name: str, query: BoardQuery, page: Page) -> BoardPage:
    """One page of a board. NotFound for a board there is not, Gone for a cursor of a version no longer kept."""
    if name not in set(Board):
        raise NotFound(f"There is no board {name}. There are: {', '.join(Board)}.")
    index, start = _position(page)
    now, chosen = clock.now(), Board(name)
    fields = {"board": chosen, "window": query.window, "next_reset": rules.next_reset(query.window, now)}
    if index is None:
        return BoardPage(items=[], total=0, as_of=None, **fields)
    total, width = (index["boards"][f"{chosen}-{query.window}"][key] for key in ("total", "width"))
    places: list[Place] = []
    if start < total:
        file = keys.boards_file(index["version"], f"{chosen}-{query.window}")
        raw = storage.get(file, start * width, page.limit * width)
        if raw is None:
            raise _gone()
        places = files.decode(raw, width)
    end = start + len(places)
    cursor = f"{index['version']}:{end}" if end < total else None
    return BoardPage(items=_entries(places, start), next_cursor=cursor, total=total, as_of=index["as_of"], **fields)


def summary() -> Summary:
    """The platform's summary, as the last run found it."""
    index = _current()
    raw = storage.get(keys.boards_file(index["version"], "summary")) if index else None
    if index is None or raw is None:
        return Summary(
            **dict.fromkeys(("most_achievements", "most_points", "max_points_gap", "min_points_gap", "as_of")),
            seven_day_streaks=[],
            seven_day_streaks_total=0,
            users=0,
        )
    found = json.loads(raw)
    chosen = {name: [Contender(*each) for each in group] for name, group in found["chosen"].items()}
    people = _people(chain.from_iterable(chosen.values()))

    def most(name: str) -> Most | None:
        return next((Most(**people[one.user_id], value=one.score) for one in chosen[name]), None)

    def gap(name: str) -> Gap | None:
        if not chosen[name]:
            return None
        a, b = chosen[name]
        return Gap(a=Person(**people[a.user_id]), b=Person(**people[b.user_id]), gap=a.score - b.score)

    return Summary(
        most_achievements=most("most_achievements"),
        most_points=most("most_points"),
        max_points_gap=gap("max_points_gap"),
        min_points_gap=gap("min_points_gap"),
        seven_day_streaks=[LongStreak(**people[one.user_id], longest=one.score) for one in chosen["seven_day_streaks"]],
        seven_day_streaks_total=found["seven_day_streaks_total"],
        users=index["users"],
        as_of=index["as_of"],
    )


def _read_standings(today: date) -> list[Tally]:
    """One pass over all standings, several partitions at a time."""

    def read(shard: int) -> Tally:
        tally = Tally()
        for standing in standings.shard(shard):
            tally.add(standing, today)
        return tally

    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(read, standings.shards()))


def _write(tallies: Sequence[Tally], now: datetime, kept: Sequence[str]) -> Index:
    """Writes all files of a new version, then the pointer, then removes the oldest version."""
    version = f"{clock.epoch_ms(now):013d}-{uuid.uuid4().hex[:8]}"
    sizes, tops = {}, {}
    for board in Board:
        for window in WindowName:
            places = rules.ranked(chain.from_iterable(tally.board(board, window) for tally in tallies))
            width, raw = files.encode(places)
            storage.put(keys.boards_file(version, f"{board}-{window}"), raw)
            sizes[f"{board}-{window}"] = {"total": len(places), "width": width}
            tops[board, window] = [place.contender for place in places[:1]]
    streaks = [place.contender for place in rules.ranked(chain.from_iterable(tally.streaks() for tally in tallies))]
    holders = [*chain.from_iterable(tally.holders() for tally in tallies)]
    largest, smallest = rules.largest_gap(holders), rules.smallest_gap(holders)
    chosen = {
        "most_achievements": tops[Board.ACHIEVEMENTS, WindowName.ALL_TIME],
        "most_points": tops[Board.POINTS, WindowName.ALL_TIME],
        "max_points_gap": [largest.a, largest.b] if largest else [],
        "min_points_gap": [smallest.a, smallest.b] if smallest else [],
        "seven_day_streaks": streaks[:STREAKS_LISTED],
    }
    found = {"chosen": chosen, "seven_day_streaks_total": len(streaks)}
    storage.put(keys.boards_file(version, "summary"), json.dumps(found).encode(), "application/json")
    versions = [*kept, version]
    index: Index = {
        "version": version,
        "as_of": clock.iso(now),
        "users": sum(tally.users for tally in tallies),
        "boards": sizes,
        "kept": versions[-VERSIONS_KEPT:],
    }
    raw_index = json.dumps(index).encode()
    storage.put(keys.boards_file(version, "index"), raw_index, "application/json")
    storage.put(keys.boards_current(), raw_index, "application/json")
    for old in versions[:-VERSIONS_KEPT]:
        storage.delete([keys.boards_file(old, name) for name in (*sizes, "summary", "index")])
    return index


def _lock(now: datetime) -> str | None:
    """Takes the right to compute and returns its name; None if another run has it."""
    found = table.get(keys.boards_lock(), consistent=True)
    if found and found["until"] > clock.epoch_ms(now):
        return None
    holder = uuid.uuid4().hex
    item = {**keys.boards_lock()._asdict(), "v": 1, "holder": holder}
    item["until"] = clock.epoch_ms(now) + _LEASE_SECONDS * 1000
    try:
        table.write(Put(item, when={"holder": found["holder"]} if found else ABSENT))
    except ConditionFailed as failure:  # another run was first, unless our own write was repeated
        return holder if failure.item and failure.item["holder"] == holder else None
    return holder


def _release(holder: str) -> None:
    try:
        table.write(Delete(keys.boards_lock(), when={"holder": holder}))
    except ConditionFailed:
        pass  # it is gone: the delete was repeated, or the lease had ended and another run has taken it
    except Unavailable:
        telemetry.logger.warning("The lock of the boards stays until its lease ends.")


def _current() -> Index | None:
    raw = storage.get(keys.boards_current())
    return json.loads(raw) if raw else None


def _position(page: Page) -> tuple[Index | None, int]:
    """The version to read, and the position to begin at."""
    if page.cursor is None:
        return _current(), 0
    version, _, position = page.cursor.rpartition(":")
    raw = storage.get(keys.boards_file(version, "index"))
    if raw is None:
        raise _gone()
    return json.loads(raw), int(position)


def _gone() -> Gone:
    return Gone("These boards have been replaced since. Start again without a cursor.")


def _entries(places: Sequence[Place], start: int) -> list[Entry]:
    cards = profiles.cards([place.contender.user_id for place in places if not place.contender.anonymous])
    entries = []
    for position, (rank, contender) in enumerate(places, start=start + 1):
        # The name is read now and not kept in the file: who has become anonymous or left since is so at once.
        card = cards.get(contender.user_id)
        entries.append(
            Entry(
                rank=rank,
                position=position,
                user_id=contender.user_id if card else None,
                display_name=card.display_name if card else None,
                avatar_url=card.avatar_url if card else None,
                score=contender.score,
                achieved_at=clock.from_epoch_ms(contender.reached),
            )
        )
    return entries


def _people(contenders: Iterable[Contender]) -> dict[str, dict[str, str | None]]:
    """For each of them, the fields of a Person."""
    everybody = {one.user_id: one for one in contenders}
    cards = profiles.cards([user_id for user_id, one in everybody.items() if not one.anonymous])
    return {
        user_id: {
            "user_id": user_id if user_id in cards else None,
            "display_name": cards[user_id].display_name if user_id in cards else None,
        }
        for user_id in everybody
    }
