"""The Open University Learning Analytics Dataset as stat updates: what its students did becomes messages of the queue.

Kuzilek, Hlosta, Zdrahal, "Open University Learning Analytics dataset", Scientific Data 4:170171 (2017), CC BY 4.0. The
folder holds its CSV files; days in them count from the start of a presentation (a course in one term).

The updates name the six built-in metrics, and on request an own one with a daily cap: the clicks of each day, or, in a
folder without studentVle.csv, minutes that are made from the days of submission.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from local.demo.catalogue import MINUTES_STUDIED

Converted = TypeVar("Converted")

PASSING_SCORE = 40
# A presentation's name is its year and the letter of the month that it starts in.
_START_MONTHS = {"B": 2, "J": 10}
_PASSED = ("Pass", "Distinction")
CLICKS: dict[str, Any] = {
    "metric": "clicks",
    "kind": "counter",
    "translations": {"en": {"title": "Clicks"}, "ru": {"title": "Клики"}},
    "minimum": 0,
    "daily_cap": 100,
    "board": True,
}
_CLICKS_FILE = "studentVle.csv"
_MINUTES_A_DAY = 10  # since the submission before


class Unreadable(Exception):
    """A file is missing or says something that this cannot be made of; the text names it and the line."""


class _Event(NamedTuple):
    """What one row says. `step` orders what happened on the same day: one enrols, then submits, then completes."""

    day: date
    step: int
    student: int
    event_id: str
    increments: dict[str, int]
    score: float | None = None


def own_metric(folder: Path) -> dict[str, Any]:
    """Return the own metric that the folder's updates can name, as `POST /v1/metrics` takes it."""
    return CLICKS if (folder / _CLICKS_FILE).exists() else MINUTES_STUDIED


def updates(folder: Path, last: datetime, students: int | None = None, *, own: bool = False) -> list[dict[str, Any]]:
    """All updates in the order in which they happened, moved in time so that the last one happens at `last`.

    `students`: only the first so many, by id. `own`: also in the folder's own metric. Raises Unreadable.
    """
    events = [*_registrations(folder), *_submissions(folder), *_completions(folder)]
    if own:
        is_clicks = own_metric(folder) is CLICKS
        events = [*events, *_clicks(folder)] if is_clicks else _with_minutes(events)
    if students is not None:
        kept = set(sorted({event.student for event in events})[:students])
        events = [event for event in events if event.student in kept]
    events.sort(key=lambda event: (event.day, event.step, event.student, event.event_id))
    if not events:
        return []
    shift = last - _noon(events[-1].day)
    scores: dict[int, list[float]] = defaultdict(list)
    found = []
    for event in events:
        update: dict[str, Any] = {
            "event_id": event.event_id,
            "user_id": str(event.student),
            "source": "oulad",
            "occurred_at": (_noon(event.day) + shift).isoformat().replace("+00:00", "Z"),
        }
        if event.increments:
            update["increments"] = event.increments
        if event.score is not None:
            so_far = scores[event.student]
            so_far.append(event.score)
            update["values"] = {"average_grade": sum(so_far) / len(so_far)}
        found.append(update)
    return found


def last_moment(now: datetime) -> datetime:
    """Today's noon, when everything in the data happens; midnight while noon is still to come, because the service
    takes what is ahead of its clock for what happens now."""
    noon = _noon(now.date())
    return noon if noon <= now else noon - timedelta(hours=12)


def _registrations(folder: Path) -> Iterator[_Event]:
    def event(row: dict[str, str]) -> _Event:
        module, presentation, student = row["code_module"], row["code_presentation"], int(row["id_student"])
        day = _start(presentation) + timedelta(days=int(row["date_registration"]))
        event_id = f"oulad:registration:{module}:{presentation}:{student}"
        return _Event(day, 0, student, event_id, {"total_courses": 1, "active_courses": 1})

    return _rows(folder / "studentRegistration.csv", event)


def _submissions(folder: Path) -> Iterator[_Event]:
    """A homework counts when it is handed in, a test when it is passed. Either may lack a score."""
    kinds = {
        assessment: (kind, presentation)
        for assessment, kind, presentation in _rows(
            folder / "assessments.csv",
            lambda row: (row["id_assessment"], row["assessment_type"], row["code_presentation"]),
        )
    }

    def event(row: dict[str, str]) -> _Event | None:
        kind, presentation = kinds[row["id_assessment"]]
        student = int(row["id_student"])
        score = float(row["score"]) if row["score"] else None
        increments = {}
        if kind == "TMA":
            increments = {"homeworks_completed": 1}
        elif kind == "CMA" and score is not None and score >= PASSING_SCORE:
            increments = {"tests_passed": 1}
        if not increments and score is None:
            return None
        day = _start(presentation) + timedelta(days=int(row["date_submitted"]))
        return _Event(day, 1, student, f"oulad:submission:{row['id_assessment']}:{student}", increments, score)

    return _rows(folder / "studentAssessment.csv", event)


def _clicks(folder: Path) -> Iterator[_Event]:
    """The clicks of each day in each course; the file has them by page."""
    found: dict[tuple[str, str, int, int], int] = defaultdict(int)
    for key, clicks in _rows(
        folder / _CLICKS_FILE,
        lambda row: (
            (row["code_module"], row["code_presentation"], int(row["id_student"]), int(row["date"])),
            int(row["sum_click"]),
        ),
    ):
        found[key] += clicks
    for (module, presentation, student, day), clicks in found.items():
        event_id = f"oulad:clicks:{module}:{presentation}:{student}:{day}"
        yield _Event(_start(presentation) + timedelta(days=day), 1, student, event_id, {CLICKS["metric"]: clicks})


def _with_minutes(events: list[_Event]) -> list[_Event]:
    """Return the events, with minutes in each submission: so many for each day since the student's submission before,
    and as many as for one day at least."""
    found, before = [], dict[int, date]()
    for event in sorted(events):
        if event.event_id.startswith("oulad:submission:"):
            days = max((event.day - before.get(event.student, event.day)).days, 1)
            minutes = min(_MINUTES_A_DAY * days, MINUTES_STUDIED["maximum"])
            event = event._replace(increments=event.increments | {MINUTES_STUDIED["metric"]: minutes})
            before[event.student] = event.day
        found.append(event)
    return found


def _completions(folder: Path) -> Iterator[_Event]:
    lengths = dict(
        _rows(
            folder / "courses.csv",
            lambda row: ((row["code_module"], row["code_presentation"]), int(row["module_presentation_length"])),
        )
    )

    def event(row: dict[str, str]) -> _Event | None:
        if row["final_result"] not in _PASSED:
            return None
        module, presentation, student = row["code_module"], row["code_presentation"], int(row["id_student"])
        day = _start(presentation) + timedelta(days=lengths[module, presentation])
        event_id = f"oulad:completion:{module}:{presentation}:{student}"
        return _Event(day, 2, student, event_id, {"completed_courses": 1, "active_courses": -1})

    return _rows(folder / "studentInfo.csv", event)


def _rows(path: Path, convert: Callable[[dict[str, str]], Converted | None]) -> Iterator[Converted]:
    """What each row is converted to, without the rows that say nothing (None)."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            for row in rows:
                try:
                    converted = convert(row)
                except (KeyError, ValueError, TypeError) as error:
                    raise Unreadable(f"{path}, line {rows.line_num}: {type(error).__name__} {error}") from error
                if converted is not None:
                    yield converted
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error


def _start(presentation: str) -> date:
    return date(int(presentation[:4]), _START_MONTHS[presentation[4:]], 1)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
