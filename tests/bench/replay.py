"""Replay: what the history of a data set costs with the six built-in metrics alone, and with an own one beside them.

The data set is OULAD (`OULAD_DIR`: the folder of its CSV files), or else a generated cohort of the same form.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laurels import keys
from laurels.standings import definitions
from local.demo import oulad
from tests.bench import built, contestants, meter, samples
from tests.bench.report import Table
from tests.dynamodb_local import server
from tests.e2e import cohort

STUDENTS = 200  # the first by id
BATCH = 10


def run() -> Iterator[Table]:
    if not server.installed():
        yield Table("Replay", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    with ExitStack() as stack:
        if "OULAD_DIR" in os.environ:
            folder, name = Path(os.environ["OULAD_DIR"]), "OULAD"
        else:
            folder, name = Path(stack.enter_context(tempfile.TemporaryDirectory())), "a generated cohort"
            cohort.write(folder, seed=2014, students=STUDENTS)
        metric = oulad.own_metric(folder)
        last = oulad.last_moment(datetime.now(UTC))
        rows = [
            (label, *_measure(oulad.updates(folder, last, STUDENTS, own=own), metric))
            for label, own in (("the six alone", False), (f"{metric['metric']} too, with a daily cap", True))
        ]
    columns = ("updates in", "updates", "updates per CPU s", "requests each", "write units each")
    notes = [f"The first {STUDENTS} students of {name}, in order of time, in batches of {BATCH}."]
    yield Table("Replay: a history, with and without an own metric", columns, rows, notes)


def _measure(updates: list[dict[str, Any]], metric: dict[str, Any]) -> tuple[float, ...]:
    """The number of updates, updates per CPU second, and table requests and write units of each."""
    application = built.application()
    (table,) = application.tables.values()
    _, *versions = samples.in_force()
    known = {definitions.attribute(metric["metric"]): definitions.text_of({"is_active": True, **metric})}
    events = [samples.batch(updates[start : start + BATCH]) for start in range(0, len(updates), BATCH)]
    with meter.running(application) as counting:
        counting.put(table.id, versions[0] | keys.criteria()._asdict() | known, *versions)  # no criteria, no awards
        consumer = contestants.function("consumer", "ApplyStatUpdates", counting.endpoint, *events)
        consumer = replace(consumer, environment=consumer.environment | {"MAX_EVENT_AGE_DAYS": "4000"})
        counting.reset()
        said = consumer.run(0, len(events) - 1)
        counted = counting.counted
    rate = (len(updates) - BATCH) / said["calls"]
    return len(updates), rate, counted["table"] / len(updates), counted["write_units"] / len(updates)
