"""The import as a whole: catalogue, then users, several at once, with a report.

Each row is written once, whoever dies: a second run finds what the first one wrote, and goes on with the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from laurels import telemetry
from laurels.aws.client import ServiceError
from laurels.errors import Problem, Unavailable
from local.migration import writing
from local.migration.models import Plan, User
from local.migration.reading import Refusal, Row
from local.migration.writing import Step

_AT_ONCE = 8  # users
Progress = Callable[[int, int], None]


class ImportStopped(Exception):
    """The table cannot be read or written. Another run goes on from there."""


class Report(NamedTuple):
    """How many rows are in the table, by file, and the values and rows that are not."""

    imported: dict[str, int]
    refused: list[Refusal]


def rows(plan: Plan) -> dict[str, int]:
    """Return how many rows of each file would be written."""
    found = [each.row for each in plan.definitions]
    for user_id, user in plan.users.items():
        found += [row for row, _ in writing.steps(user_id, user)]
    return dict(Counter(row.file for row in found))


def run(plan: Plan, progress: Progress = lambda _done, _all: None) -> Report:
    """Write a plan. `progress` is called with the number of rows that are done, and of all. Raises ImportStopped."""
    imported: Counter[str] = Counter()
    refused = list(plan.refused)
    other: set[str] = set()  # codes that stand for other achievements here
    done, total = 0, plan.size

    def note(results: Iterable[tuple[Row, Refusal | None]]) -> None:
        nonlocal done
        for row, refusal in results:
            if refusal:
                refused.append(refusal)
            else:
                imported[row.file] += 1
            done += 1
            progress(done, total)

    for definition in plan.definitions:
        results = [_do((definition.row, partial(writing.define, definition)))]
        note(results)
        if results[0][1]:
            other.add(definition.draft.code)
    with ThreadPoolExecutor(_AT_ONCE) as executor, telemetry.uncounted():
        try:
            for results in executor.map(partial(_write, other=other), plan.users.items()):
                note(results)
        except BaseException:
            executor.shutdown(cancel_futures=True)  # those that have begun finish their users
            raise
    for definition in plan.definitions:
        if definition.draft.code not in other:
            _, refusal = _do((definition.row, partial(writing.archive, definition)))
            refused += [refusal] if refusal else []
    return Report(dict(imported), sorted(refused, key=lambda each: (each.file, each.row, each.column or "")))


def _write(named: tuple[str, User], other: set[str]) -> list[tuple[Row, Refusal | None]]:
    """Write the rows of a user. Awards of refused definitions are refused: their points would be others."""
    user_id, user = named
    lost = [each for each in user.awards if each.draft.code in other]
    user = replace(user, awards=[each for each in user.awards if each.draft.code not in other])
    refused = [(each.row, Refusal(*each.row[:2], None, "its definition is refused")) for each in lost]
    return [*refused, *map(_do, writing.steps(user_id, user))]


def _do(step: Step) -> tuple[Row, Refusal | None]:
    row, write = step
    try:
        write()
    except ServiceError as error:
        raise ImportStopped(f"{error}; run the import again to go on from here") from error
    except Unavailable as error:  # the row is fine, so it is not refused
        raise ImportStopped("the table does not answer; run the import again to go on from here") from error
    except Problem as problem:
        fields = ", ".join(f"{each['field']} {each['detail']}" for each in problem.errors)
        return row, Refusal(row.file, row.number, None, fields or problem.detail)
    return row, None
