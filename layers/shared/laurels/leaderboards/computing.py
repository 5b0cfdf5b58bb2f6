"""Computing all boards and the summary, by one function or by the state machine.

One function does all of it while its users fit into its memory and time: one pass over the standings, then the files
of a new version, then the pointer. With the parameter `BoardsEngine: distributed`, and if the version before has
DISTRIBUTED_FROM users or more, it only begins the version and starts the state machine, whose steps are in
`distributed`.
"""

import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from laurels import executions, keys, settings, storage, telemetry
from laurels.events import at_risk
from laurels.leaderboards import encoding, incremental, summarising, versions
from laurels.leaderboards.files import Layout
from laurels.leaderboards.ranking import Ranking
from laurels.leaderboards.reading import Segment, empty_tally, segments
from laurels.leaderboards.summarising import Contenders
from laurels.leaderboards.tally import HOLDERS, STREAKS, Tally
from laurels.leaderboards.users import Users
from laurels.leaderboards.versions import Index, Run
from laurels.standings import service as standings

_READERS = 4  # one waits for DynamoDB while others decode; a page takes some 10 MB then


class Written(NamedTuple):
    """A board that is written: its layout and its first place, if there is any."""

    layout: Layout
    first: Ranking


def compute() -> dict[str, Any]:
    """Compute all boards and the summary as a new version, or start the state machine that does. Does nothing while
    another run computes them."""
    began = time.perf_counter()
    run = versions.begin()
    if run is None:
        telemetry.logger.info("Boards are being computed by another run.")
        return {"computed": False}
    try:
        if _is_distributed(run):
            start(run)
            return {"computed": False, "started": run.version}
        index = _compute(run)
        telemetry.count("BoardsSeconds", round(time.perf_counter() - began, 3), "Seconds")
    except Exception:
        versions.abandon(run)
        raise
    finally:
        telemetry.flush()
    return {"computed": True, "version": index["version"], "users": index["users"]}


def start(run: Run) -> None:
    """Start the state machine. Its execution has the version's name."""
    read, kept = incremental.choose(run)
    boards = [*empty_tally(run).boards()]
    content = {"run": run, "partitions": read, "fresh": [], "kept": kept, "boards": boards}
    executions.start(settings.text("BOARDS_MACHINE_ARN"), run.version, content)


def _is_distributed(run: Run) -> bool:
    return bool(settings.text("BOARDS_MACHINE_ARN", "")) and run.users >= settings.number("DISTRIBUTED_FROM", 0)


def _compute(run: Run) -> Index:
    tally, all_reminded = _read_standings(run)
    users = tally.users(run.version.encode())
    layouts, summary = _write(run, tally, users)
    # Reminders are published before the new version says so: a run that dies in between publishes them again.
    index = versions.publish(run, len(tally), layouts, summary, all_reminded)
    incremental.remove_others(run.version)  # those of the state machine, if it has computed boards before
    return index


def _read_standings(run: Run) -> tuple[Tally, bool]:
    """Read all standings once, several partitions at a time. Return their tally, and whether all reminders are
    published."""
    watch = at_risk.Watch(run.reminded_until, run.now)
    whole, read_units, all_reminded = empty_tally(run), 0, True

    def read(partition: int) -> list[Segment]:
        return list(segments(partition, run, watch))

    with ThreadPoolExecutor(_READERS) as pool:
        for found in pool.map(read, standings.shards()):
            for segment in found:
                whole.absorb(segment.tally)
                read_units += segment.read_units
                all_reminded = all_reminded and segment.all_reminded
    telemetry.count("BoardsReadUnits", read_units)
    return whole, all_reminded


def _write(run: Run, tally: Tally, users: Users) -> tuple[dict[str, Layout], dict[str, Any]]:
    """Write the files of all boards. Return their layouts, and the summary."""
    written = {name: _write_board(run, name, users.ranking(tally.column(name)), users) for name in tally.boards()}
    streaks = users.ranking(tally.column(STREAKS))
    contenders = Contenders(
        points=written[summarising.POINTS].first,
        achievements=written[summarising.ACHIEVEMENTS].first,
        holders=users.ranking(tally.column(HOLDERS)),
        streaks=streaks,
        streaks_total=streaks.total,
    )

    def scores(board: str, numbers: Collection[int]) -> Mapping[int, int]:
        return users.scores(tally.column(board), numbers)

    layouts = {name: board.layout for name, board in written.items()}
    return layouts, summarising.summarise(contenders, users, scores)


def _write_board(run: Run, name: str, places: Ranking, users: Users) -> Written:
    layout, raw = encoding.encode(places, users)
    storage.put(keys.boards_file(run.version, name), raw)
    return Written(layout, places.best(1))
