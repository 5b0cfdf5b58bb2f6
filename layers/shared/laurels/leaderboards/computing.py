"""Computing all boards and the summary: one pass over the standings, then a new version of files, then the pointer.

A version is complete before `boards/current.json` names it, so a reader sees one version or the next, never a mix. A
run that fails or dies before that changes nothing that is read, and can be repeated.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from laurels import clock, keys, storage, telemetry
from laurels.events import at_risk
from laurels.leaderboards import files, lease, ranking, rules
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.ranking import Ranking
from laurels.leaderboards.tally import NumberedUsers, Tally
from laurels.people import service as people
from laurels.standings import definitions, in_force
from laurels.standings import service as standings
from laurels.standings.definitions import Definitions
from laurels.standings.models import Board

VERSIONS_KEPT = 4  # cursors stay valid for an hour
STREAKS_LISTED = 1000
_READERS = 8
_REMIND_FROM = 15 * 60 * 1000  # milliseconds before now, if no run before says up to when it has reminded
# A standing has at most 1 KB, or 2 with own metrics, and an eventually consistent read unit covers 8 KB.
_KILOBYTES_PER_UNIT = 8

Index = dict[str, Any]


def compute() -> dict[str, Any]:
    """Compute all boards and the summary as a new version. Does nothing while another run computes them."""
    began, now = time.perf_counter(), clock.now_ms()
    held = lease.take(f"{now:013d}-{uuid4().hex[:8]}", now)
    if held is None:
        telemetry.logger.info("Boards are being computed by another run.")
        return {"computed": False}
    try:
        before = _before(now)
        reminded = before.get("reminded_until", now - _REMIND_FROM)
        metrics = in_force.fresh().metrics
        empty = Tally(people.default_listing(), definitions.boards(metrics))
        tally, all_reminded = _read_standings(now, empty, reminded)
        # Reminders are published before the new version says so: a run that dies in between publishes them again.
        index = _write(tally, held.version, now, before.get("kept", []), now if all_reminded else reminded, metrics)
        _remove(set(held.begun) - set(index["kept"]), metrics)
        lease.finish(held)
    except Exception:
        lease.abandon(held, now)
        raise
    finally:
        telemetry.count("BoardsSeconds", round(time.perf_counter() - began, 3), "Seconds")
        telemetry.flush()
    return {"computed": True, "version": index["version"], "users": index["users"]}


def _before(now: int) -> Index:
    """Return the index of the newest version; empty if there is none. Counts its age as a metric."""
    raw = storage.get(keys.boards_current())
    if raw is None:
        return {}
    index: Index = json.loads(raw)
    telemetry.count("BoardsAge", (now - clock.ms_of(index["as_of"])) / 1000, "Seconds")
    return index


def _read_standings(now: int, whole: Tally, reminded: int) -> tuple[Tally, bool]:
    """Read all standings once, several partitions at a time, and remind the users whose streaks end at midnight.

    `whole` is an empty tally. `reminded` is up to when users were reminded before. Return the tally, and whether all
    reminders are published.
    """
    today, watch = rules.Today.of(now), at_risk.Watch(reminded, now)

    def read(shard: int) -> tuple[int, Tally, bool]:
        tally, kilobytes, found = Tally(whole.default, whole.own), 0, []
        for contest in standings.shard(shard):
            tally.add(contest, today)
            if user := watch.look(contest):
                found.append(user)
            kilobytes += 2 if "om" in contest.item else 1
        return kilobytes, tally, at_risk.publish(found, now)

    read_units, all_reminded = 0, True
    with ThreadPoolExecutor(_READERS) as pool:
        for kilobytes, tally, published in pool.map(read, standings.shards()):
            whole.absorb(tally)
            read_units += -(-kilobytes // _KILOBYTES_PER_UNIT)
            all_reminded = all_reminded and published
    telemetry.count("BoardsReadUnits", read_units)
    return whole, all_reminded


def _write(tally: Tally, version: str, now: int, before: Sequence[str], reminded: int, metrics: Definitions) -> Index:
    """Write all files of a new version, delete the oldest version, then move the pointer. `before` are the existing
    versions, `reminded` is up to when users were reminded of their streaks, `metrics` are all own metrics."""
    users = NumberedUsers(tally, version.encode())
    layouts, firsts = {}, {}
    for (board, window), column in tally.boards.items():
        name, places = f"{board}-{window}", users.ranking(column)
        layout, raw = files.encode(places, users.ids, users.anonymous, users.hashes)
        storage.put(keys.boards_file(version, name), raw)
        layouts[name], firsts[name] = layout._asdict(), places[:1]
    versions = [*before, version]
    index: Index = {
        "version": version,
        "as_of": clock.iso_of(now),
        "users": len(users.ids),
        "boards": layouts,
        "kept": versions[-VERSIONS_KEPT:],
        "reminded_until": reminded,
    }
    _put_json(keys.boards_file(version, "summary"), _summary(tally, users, firsts))
    _put_json(keys.boards_file(version, "index"), index)
    # Before the pointer moves: if the run dies in between, the next run finds the old version in the pointer again.
    _remove(versions[:-VERSIONS_KEPT], metrics)
    _put_json(keys.boards_current(), index)
    return index


def _summary(tally: Tally, users: NumberedUsers, firsts: Mapping[str, Ranking]) -> dict[str, Any]:
    """Return the users named in the summary, as [user id, score, anonymous, points, achievements]. Names are read when
    it is shown."""
    holders, streaks = users.ranking(tally.holders), users.ranking(tally.streaks)
    chosen = {
        "most_achievements": firsts[f"{Board.ACHIEVEMENTS}-{WindowName.ALL_TIME}"],
        "most_points": firsts[f"{Board.POINTS}-{WindowName.ALL_TIME}"],
        "max_points_gap": ranking.largest_gap(holders) or (),
        "min_points_gap": ranking.smallest_gap(holders) or (),
        "seven_day_streaks": streaks[:STREAKS_LISTED],
    }
    numbers = {ranking.number(place) for places in chosen.values() for place in places}
    boards = (tally.boards[board, WindowName.ALL_TIME] for board in (Board.POINTS, Board.ACHIEVEMENTS))
    points, achievements = (users.scores(column, numbers) for column in boards)

    def person(place: int) -> tuple[str, int, bool, int, int]:
        number = ranking.number(place)
        about = users.ids[number].decode(), ranking.score(place), bool(users.anonymous[number])
        return *about, points.get(number, 0), achievements.get(number, 0)

    return {
        "chosen": {name: [person(place) for place in places] for name, places in chosen.items()},
        "seven_day_streaks_total": len(streaks),
    }


def _put_json(name: str, content: dict[str, Any]) -> None:
    storage.put(name, json.dumps(content).encode(), "application/json")


def _remove(versions: Iterable[str], metrics: Iterable[str]) -> None:
    """Delete all files of versions. Any own metric may have had a board then, also one that has none any more."""
    names = [f"{board}-{window}" for board in (*Board, *metrics) for window in WindowName]
    for version in versions:
        storage.delete([keys.boards_file(version, name) for name in (*names, "summary", "index")])
