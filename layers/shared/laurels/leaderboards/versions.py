"""The versions of the boards: beginning a new one, and publishing it when all its files are written.

A version is complete before `boards/current.json` names it, so a reader sees one version or the next, never a mix. A
run that fails or dies before that changes nothing that is read, and can be repeated.
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from uuid import uuid4

from laurels import clock, keys, storage, telemetry
from laurels.leaderboards import lease
from laurels.leaderboards.files import Layout
from laurels.leaderboards.lease import Lease
from laurels.standings import definitions, in_force
from laurels.standings.definitions import Definitions

VERSIONS_KEPT = 4  # cursors stay valid for an hour
_REMIND_FROM = 15 * 60 * 1000  # milliseconds before now: where the first run begins to look for due reminders
_AT_ONCE = 8  # requests to S3

Index = dict[str, Any]


class Run(NamedTuple):
    """One run: the version that it writes, and what all its steps must agree on. It is JSON as a list."""

    version: str
    now: int  # epoch milliseconds
    reminded_until: int  # epoch milliseconds: up to when users were reminded of their streaks before
    kept: list[str]  # the versions that exist
    begun: list[str]  # the versions of failed runs whose files may still exist
    metrics: dict[str, str]  # the own metrics that have a board, as `definitions.read` reads them
    users: int  # of the version before

    @property
    def own(self) -> Definitions:
        return definitions.read(self.metrics)

    @property
    def held(self) -> Lease:
        return Lease(self.version, self.begun)


def current() -> Index:
    """Return the index of the newest version; empty if there is none."""
    raw = storage.get(keys.boards_current())
    found: Index = json.loads(raw) if raw else {}
    return found


def begin() -> Run | None:
    """Take the lock, and return the run that writes a new version. Returns None if another run holds the lock. Counts
    the age of the version before as a metric."""
    now = clock.now_ms()
    held = lease.take(f"{now:013d}-{uuid4().hex[:8]}", now)
    if held is None:
        return None
    try:
        return _run(held, now)
    except Exception:
        lease.abandon(held, clock.now_ms())
        raise


def abandon(run: Run) -> None:
    """Release the lock after a failed run: the next one deletes what this one has written."""
    lease.abandon(run.held, clock.now_ms())


def _run(held: Lease, now: int) -> Run:
    before = current()
    if before:
        telemetry.count("BoardsAge", (now - clock.ms_of(before["as_of"])) / 1000, "Seconds")
    own = definitions.boards(in_force.fresh().metrics)
    return Run(
        version=held.version,
        now=now,
        reminded_until=before.get("reminded_until", now - _REMIND_FROM),
        kept=before.get("kept", []),
        begun=held.begun,
        metrics={definitions.attribute(metric): definitions.text_of(each._asdict()) for metric, each in own.items()},
        users=before.get("users", 0),
    )


def publish(
    run: Run, users: int, layouts: Mapping[str, Layout], summary: Mapping[str, Any], all_reminded: bool
) -> Index:
    """Complete a version whose boards are written, delete the oldest version, then move the pointer, and release the
    lock.

    `layouts` are those of all boards by name; `all_reminded`: whether all reminders of this run are published.
    """
    versions = [*run.kept, run.version]
    index: Index = {
        "version": run.version,
        "as_of": clock.iso_of(run.now),
        "users": users,
        "boards": {name: layout._asdict() for name, layout in layouts.items()},
        "kept": versions[-VERSIONS_KEPT:],
        "reminded_until": run.now if all_reminded else run.reminded_until,
    }
    put_json(keys.boards_file(run.version, "summary"), summary)
    put_json(keys.boards_file(run.version, "index"), index)
    # Before the pointer moves: if the run dies in between, the next run finds the old version in the pointer again.
    remove(keys.boards_file(version) for version in versions[:-VERSIONS_KEPT])
    put_json(keys.boards_current(), index)
    remove(keys.boards_file(version) for version in run.begun if version not in index["kept"])
    lease.finish(run.held)
    return index


def put_json(name: str, content: Any) -> None:
    storage.put(name, json.dumps(content).encode(), "application/json")


def remove(prefixes: Iterable[str]) -> None:
    """Delete all objects with these prefixes."""
    for prefix in prefixes:
        delete(storage.names(prefix))


def delete(names: Iterable[str]) -> None:
    """Delete objects, several at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda name: storage.delete([name]), names))
