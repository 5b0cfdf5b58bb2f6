"""The steps of the state machine: the boards of more users than one function can rank.

    rank_partition   each partition of standings that may have changed (see `incremental`): the boards of its users
                     alone, as sorted runs of records
    plan_ranges      cuts each board into ranges, by samples of all runs
    merge_range      each range: its part of all runs becomes a part of the board
    join_board       each board: its parts and the index by user become its file
    publish_boards   the summary, the index, and last the pointer

They are made of what the one function is made of, and the files are the same, byte by byte. Each step writes the same
objects when it is repeated. A place is cut by its order on the board: score, time, user id. Ranks need no histogram: a
run has the ranks among its own users, and the users with a higher score are the sum of those of all runs.
"""

import json
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np

from laurels import clock, keys, storage, telemetry
from laurels.events import at_risk
from laurels.leaderboards import encoding, files, incremental, ranking, summarising, versions
from laurels.leaderboards.encoding import Record, Records
from laurels.leaderboards.files import Layout
from laurels.leaderboards.incremental import RankedPartition
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.reading import Segment, segments
from laurels.leaderboards.summarising import Contenders
from laurels.leaderboards.tally import HOLDERS, STREAKS
from laurels.leaderboards.users import Named, Users
from laurels.leaderboards.versions import Index, Run
from laurels.standings.models import Board

SEGMENT = 98_000  # standings that are ranked together: 250 MB of memory
SAMPLED = 1_000  # one of so many places of a run is a sample
RANGE = 2_000_000  # places, on average: a part of a board has 100 MB
_AT_ONCE = 16  # requests to S3
_TIMELESS = (f"-{WindowName.ALL_TIME}", HOLDERS)  # ends of the columns that do not depend on the date, but for one:
_LONGEST_STREAKS = f"{Board.STREAK}-{WindowName.ALL_TIME}"  # a day counts when it has begun in UTC
_NAMED = (summarising.POINTS, summarising.ACHIEVEMENTS, HOLDERS, STREAKS)  # columns whose users the summary may name

Order = tuple[int, int, str]  # of a place on a board: the best is the smallest
Item = TypeVar("Item")
Result = TypeVar("Result")


class Slice(NamedTuple):
    """A part of a run: so many records of `width` bytes, from the run's record `first` on (from 0). The run begins at
    the byte `start` of the S3 object `name`."""

    name: str
    start: int
    width: int
    first: int
    records: int


def rank_partition(run: Run, partition: int, before: RankedPartition | None = None) -> RankedPartition:
    """Rank the users of a partition, and remind those whose streaks end. `before` are the runs that the new ones must
    equal."""
    watch, digest = at_risk.Watch(run.reminded_until, run.now), blake2b(digest_size=16)
    count, all_reminded = 0, True
    for count, segment in enumerate(segments(partition, run, watch, SEGMENT), start=1):
        for name, places in _write_runs(incremental.run_name(run.version, partition, count), segment):
            if name.endswith(_TIMELESS) and name != _LONGEST_STREAKS:
                digest.update(name.encode())
                digest.update(places)
        all_reminded = all_reminded and segment.all_reminded
        telemetry.count("BoardsReadUnits", segment.read_units)
    telemetry.flush()
    made = (run.version, run.now, count, incremental.made_for(run))
    found = RankedPartition(partition, *made, watch.next_evening(), all_reminded, digest.hexdigest())
    return incremental.compared(found, before)


def plan_ranges(run: Run, partitions: Iterable[RankedPartition]) -> list[tuple[str, int]]:
    """Cut all columns into ranges. `partitions` are the runs of all of them, new and kept ones. Return the columns and
    numbers of all ranges."""
    listed = sorted(partitions)
    incremental.write(run.version, listed)
    names = [name for each in listed for name in each.names()]
    found = list(_at_once(lambda name: json.loads(storage.get(f"{name}.json") or b""), names))
    columns: dict[str, list[dict[str, Any]]] = {}
    for name, segment in zip(names, found, strict=True):
        for column, about in segment["columns"].items():
            columns.setdefault(column, []).append({"name": name, "width": segment["width"], **about})
    planned, ranges = [], {}
    for column, runs in columns.items():
        cut = _cut(runs)
        _write_json(run, f"{column}.ranges", cut)
        planned += [(column, number) for number in range(len(cut))]
        ranges[column] = len(cut)
    plan = {
        "users": sum(segment["users"] for segment in found),
        "width": max((segment["width"] for segment in found), default=files.HEAD),
        "all_reminded": all(each.all_reminded for each in listed),
        "ranges": ranges,
    }
    _write_json(run, "plan", plan)
    return planned


def merge_range(run: Run, column: str, number: int) -> None:
    """Merge the slices of all runs in one range. Write the records and hashes of this part of the board; for the
    summary, the places that it may name."""
    about = _read_json(run, f"{column}.ranges")[number]
    slices = [Slice(*each) for each in about["slices"]]
    before, above, found = 0, 0, []
    for each, raw in zip(slices, _at_once(_read, slices), strict=True):
        places = encoding.parse(raw, each.width)
        begin, end = (_index(places, about[border]) for border in ("begin", "end"))
        if about["begin"]:
            before += each.first + begin
            above += _above(places[begin - 1] if begin else None, each.first + begin, -about["begin"][0])
        found.append(places[begin : end if about["end"] else None])
    users, merged = encoding.merged(found, run.version.encode())
    ranked = users.ranking(merged)
    if column not in (HOLDERS, STREAKS):
        part = encoding.records(ranked, users, _read_json(run, "plan")["width"], before, above)
        storage.put(keys.boards_work(run.version, f"{column}.{number}"), part.tobytes())
        hashes = users.hashes[ranked.numbers]
        storage.put(keys.boards_work(run.version, f"{column}.{number}.hashes"), hashes.tobytes())
    if column in _NAMED:
        listed = max(summarising.STREAKS_LISTED - before, 0) if column == STREAKS else 1
        named = users.named(ranking.ends(ranked) if column == HOLDERS else ranked.best(listed))
        _write_json(run, f"{column}.{number}.named", {"total": ranked.total, "named": named})


def join_board(run: Run, board: str) -> tuple[str, Layout]:
    """Join the parts of a board and its index by user into its file. Return its name and layout."""
    plan = _read_json(run, "plan")
    parts = [keys.boards_work(run.version, f"{board}.{number}") for number in range(plan["ranges"].get(board, 0))]
    hashes = b"".join(storage.get(f"{part}.hashes") or b"" for part in parts)
    layout, index = encoding.directory(np.frombuffer(hashes, np.uint64), plan["width"])
    storage.join(keys.boards_file(run.version, board), parts, index)
    return board, layout


def publish_boards(run: Run, joined: Iterable[tuple[str, Sequence[int]]]) -> dict[str, Any]:
    """Write the summary and the index, and move the pointer. `joined` are the names and layouts of all boards."""
    index = versions.current()
    if index.get("version") != run.version:  # else it was done, and the response lost
        index = _publish(run, joined)
    versions.remove([keys.boards_work(run.version)])
    incremental.remove_others(run.version)
    return {"version": index["version"], "users": index["users"]}


def _publish(run: Run, joined: Iterable[tuple[str, Sequence[int]]]) -> Index:
    plan, layouts = _read_json(run, "plan"), {board: Layout(*layout) for board, layout in joined}
    named: list[Named] = []
    totals, columns = dict.fromkeys(_NAMED, 0), []
    for name in _NAMED:
        first = len(named)
        for number in range(plan["ranges"].get(name, 0)):
            found = _read_json(run, f"{name}.{number}.named")
            totals[name] += found["total"]
            named += [Named(*each) for each in found["named"]]
        places = named[first:]
        columns.append(ranking.column([each.score for each in places], [each.reached for each in places], first))
    ids, anonymous = [each.user_id.encode() for each in named], [each.anonymous for each in named]
    users = Users([np.array(ids, np.bytes_)], np.array(anonymous, np.uint8), run.version.encode())
    points, achievements, holders, streaks = map(users.ranking, columns)
    contenders = Contenders(points, achievements, holders, streaks, totals[STREAKS])

    def scores(board: str, numbers: Collection[int]) -> Mapping[int, int]:
        def score(number: int) -> int:
            return _score(keys.boards_file(run.version, board), layouts[board], users, number)

        return dict(zip(numbers, _at_once(score, numbers), strict=True))

    summary = summarising.summarise(contenders, users, scores)
    index = versions.publish(run, plan["users"], layouts, summary, plan["all_reminded"])
    telemetry.count("BoardsSeconds", (clock.now_ms() - run.now) / 1000, "Seconds")
    telemetry.flush()
    return index


def _write_runs(name: str, segment: Segment) -> Iterator[tuple[str, bytes]]:
    """Write the runs of all columns as one object; where each begins, and its samples, as another. Yield the columns
    and their runs.

    They do not depend on the version, so that later versions can use them."""
    tally, raw, columns = segment.tally, bytearray(), {}
    users = tally.users(b"")
    for column in (*tally.boards(), HOLDERS, STREAKS):
        places = encoding.records(users.ranking(tally.column(column)), users)
        columns[column] = {"start": len(raw), "total": len(places), "samples": [*map(_order, places[::SAMPLED])]}
        packed = places.tobytes()
        yield column, packed
        raw += packed
    storage.put(name, bytes(raw))
    versions.put_json(f"{name}.json", {"users": len(tally), "width": users.width, "columns": columns})


def _cut(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the ranges of a column: where each begins and ends (null: with the column), and its slices of the runs. A
    slice begins with the sample before the range, and ends before the first sample behind it."""
    samples = sorted(sample for each in runs for sample in each["samples"])
    count = -(-sum(each["total"] for each in runs) // RANGE)
    borders = [samples[len(samples) * number // count] for number in range(1, count)]
    limits = [None, *(each for each, _ in groupby(borders)), None] if count else []

    def slices(begin: Any, end: Any) -> Iterator[Slice]:
        for each in runs:
            first = max(bisect_left(each["samples"], begin) - 1, 0) * SAMPLED if begin else 0
            last = min(bisect_left(each["samples"], end) * SAMPLED, each["total"]) if end else each["total"]
            if first < last:
                yield Slice(each["name"], each["start"], each["width"], first, last - first)

    return [{"begin": begin, "end": end, "slices": [*slices(begin, end)]} for begin, end in pairwise(limits)]


def _above(previous: Record | None, before: int, score: int) -> int:
    """Return how many users of a run have a higher score than this one. `previous` is the last of the run's places
    before the range, of which there are `before`."""
    return int(previous["rank"]) - 1 if previous is not None and previous["score"] == score else before


def _index(places: Records, border: Sequence[Any] | None) -> int:
    return bisect_left(places, tuple(border), key=_order) if border else 0


def _order(place: Record) -> Order:
    return -int(place["score"]), encoding.reached(place), place["user_id"].decode()


def _score(file: str, layout: Layout, users: Users, number: int) -> int:
    """Return the user's score on a board; 0 if there is none."""
    if not layout.total:
        return 0
    hashed = int(users.hashes[number])
    for position in files.positions(storage.get(file, *layout.bucket(hashed)) or b"", hashed):
        (place,) = files.decode(storage.get(file, *layout.records(position, position)) or b"", layout.width)
        if place.user_id == users.ids[number].decode():
            return place.score
    return 0


def _read(part: Slice) -> bytes:
    start, length = part.start + part.first * part.width, part.records * part.width
    raw = storage.get(part.name, start, length) or b""
    if len(raw) != length:
        raise LookupError(f"{part.name} is missing or too short")
    return raw


def _read_json(run: Run, name: str) -> Any:
    return json.loads(storage.get(keys.boards_work(run.version, name)) or b"")


def _write_json(run: Run, name: str, content: Any) -> None:
    versions.put_json(keys.boards_work(run.version, name), content)


def _at_once(call: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield the results in order; several calls run at the same time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(call, items)
