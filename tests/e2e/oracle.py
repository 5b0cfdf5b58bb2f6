"""The responses expected of the service for a folder of OULAD's CSV files, computed from the files alone.

This module shares no code with the sender or with the service: it is an independent implementation.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

COUNTERS = ("total_courses", "completed_courses", "active_courses", "homeworks_completed", "tests_passed")
BOARDS = {"homeworks": "homeworks_completed", "tests": "tests_passed", "courses": "completed_courses"}
WINDOWS = ("all_time", "month", "week")


Happened = tuple[datetime, str, dict[str, int], str]  # when, student, increments of built-in counters, score
Gained = Mapping[str, Mapping[datetime, int]]  # in the own metric, by student and noon


class Change(NamedTuple):
    at: datetime
    counter: str
    by: int


class Place(NamedTuple):
    """One row of a board."""

    rank: int
    position: int
    user_id: str
    score: int
    achieved_at: str


class Oracle:
    """The expected responses. `last` is the time to which the last event of the files is moved, `own` the name of the
    own metric that is counted beside the built-in ones, and its daily cap."""

    def __init__(self, folder: Path, last: datetime, own: tuple[str, int]) -> None:
        self._changes: dict[str, list[Change]] = defaultdict(list)
        self._scores: dict[str, list[Fraction]] = defaultdict(list)
        self._own, self._cap = own
        self._gained: dict[str, dict[datetime, int]] = defaultdict(dict)  # by noon of the day, without the cap
        self.updates = self._read(folder, last)
        self.students = sorted(self._changes)
        self.board = cache(self._board)

    def stats(self, student: str, today: date) -> dict[str, Any]:
        """Return the body of GET …/stats without `updated_at`."""
        changes, scores = self._changes[student], self._scores[student]
        own = {window: self._own_score(student, window, today)[0] for window in WINDOWS}
        return {
            "user_id": student,
            "counters": {name: sum(each.by for each in changes if each.counter == name) for name in COUNTERS},
            "average_grade": float(sum(scores) / len(scores)) if scores else None,
            "points": 0,
            "achievements": 0,
            "metrics": {self._own: own["all_time"]} if own["all_time"] else {},
            "windows": {
                window: {
                    "starts_on": _first_day(window, today).isoformat(),
                    "points": 0,
                    "achievements": 0,
                    "metrics": {self._own: own[window]} if own[window] else {},
                }
                | {board: self._score(student, board, window, today)[0] for board in BOARDS}
                for window in ("week", "month")
            },
        }

    def _board(self, board: str, window: str, today: date) -> list[Place]:
        """Return a whole board, best first."""
        found = []
        for student in self.students:
            if board == self._own:
                score, at = self._own_score(student, window, today)
            else:
                score, at = (self._streak if board == "streak" else self._score)(student, board, window, today)
            if score:
                found.append((-score, at, student))
        scores = Counter(-score for score, _, _ in found)
        better, so_far = {}, 0
        for score in sorted(scores, reverse=True):
            better[score] = so_far
            so_far += scores[score]
        return [
            Place(better[-score] + 1, position, student, -score, at.isoformat(timespec="milliseconds")[:-6] + "Z")
            for position, (score, at, student) in enumerate(sorted(found), start=1)
        ]

    def _score(self, student: str, board: str, window: str, today: date) -> tuple[int, datetime]:
        """Return a score, and the time of the last change that counts towards it."""
        since = _first_day(window, today)
        counted = [
            each
            for each in self._changes[student]
            if each.counter == BOARDS.get(board) and since <= each.at.date() <= today
        ]
        return sum(each.by for each in counted), max((each.at for each in counted), default=_NEVER)

    def _own_score(self, student: str, window: str, today: date) -> tuple[int, datetime]:
        """Return the sum of what counts of each day, and the time of the last event."""
        since = _first_day(window, today)
        days = {at: gained for at, gained in self._gained[student].items() if since <= at.date() <= today}
        return sum(min(gained, self._cap) for gained in days.values()), max(days, default=_NEVER)

    def _streak(self, student: str, _board: str, window: str, today: date) -> tuple[int, datetime]:
        """Return the longest run of days on which a counter grew, and the day that completed it."""
        since = _first_day(window, today)
        days = {each.at.date() for each in self._changes[student] if each.by > 0}
        days |= {at.date() for at in self._gained[student]}
        longest, on, run = 0, _NEVER, 0
        for day in sorted(day for day in days if since <= day <= today):
            run = run + 1 if day - timedelta(days=1) in days and day > since else 1
            if run > longest:
                longest, on = run, datetime(day.year, day.month, day.day, tzinfo=UTC)
        return longest, on

    def _read(self, folder: Path, last: datetime) -> int:
        """Collect the changes and scores of each student; return the number of updates to be sent."""
        happened: list[Happened] = []
        for row in _table(folder, "studentRegistration"):
            at = _noon_of(row["code_presentation"], int(row["date_registration"]))
            happened.append((at, row["id_student"], {"total_courses": 1, "active_courses": 1}, ""))
        assessments = {row["id_assessment"]: row for row in _table(folder, "assessments")}
        enrolled = len(happened)
        for row in _table(folder, "studentAssessment"):
            assessment = assessments[row["id_assessment"]]
            at = _noon_of(assessment["code_presentation"], int(row["date_submitted"]))
            if assessment["assessment_type"] == "TMA":
                happened.append((at, row["id_student"], {"homeworks_completed": 1}, row["score"]))
            elif row["score"]:
                passed = {"tests_passed": 1} if Fraction(row["score"]) >= 40 else {}
                happened.append((at, row["id_student"], passed, row["score"]))
        submitted = happened[enrolled:]
        length = {
            row["code_module"] + row["code_presentation"]: int(row["module_presentation_length"])
            for row in _table(folder, "courses")
        }
        for row in _table(folder, "studentInfo"):
            if row["final_result"] in {"Pass", "Distinction"}:
                at = _noon_of(row["code_presentation"], length[row["code_module"] + row["code_presentation"]])
                happened.append((at, row["id_student"], {"completed_courses": 1, "active_courses": -1}, ""))
        clicks, gained = _clicks(folder) if self._own == "clicks" else ([], _minutes(submitted))
        happened += clicks
        moved = last - max(at for at, *_ in happened)
        self._gained |= {student: {at + moved: gain for at, gain in days.items()} for student, days in gained.items()}
        for at, student, changes, score in happened:
            self._changes[student] += [Change(at + moved, counter, by) for counter, by in changes.items()]
            if score:
                self._scores[student].append(Fraction(score))
        return len(happened)


_NEVER = datetime.max.replace(tzinfo=UTC)


def _clicks(folder: Path) -> tuple[list[Happened], Gained]:
    """Return an update for each day of a course with clicks, and the clicks of each student's days in all courses."""
    happened, gained = set(), defaultdict[str, Counter[datetime]](Counter)
    for row in _table(folder, "studentVle"):
        at, student = _noon_of(row["code_presentation"], int(row["date"])), row["id_student"]
        happened.add((at, student, row["code_module"], row["code_presentation"]))
        gained[student][at] += int(row["sum_click"])
    return [(at, student, {}, "") for at, student, *_ in happened], gained


def _minutes(submitted: list[Happened]) -> Gained:
    """Return the minutes of each student's days: 10 for each submission, and 10 for each further day since the last day
    with one, but at most 1440 in one update."""
    gained = defaultdict[str, Counter[datetime]](Counter)
    for at, student, *_ in submitted:
        gained[student][at] += 10
    for days in gained.values():
        for before, at in pairwise(sorted(days)):
            days[at] += min(10 * (at - before).days, 1440) - 10
    return gained


def _table(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        yield from csv.DictReader(file)


def _noon_of(presentation: str, day: int) -> datetime:
    """2013J starts on 2013-10-01, 2013B on 2013-02-01."""
    month = 10 if presentation.endswith("J") else 2
    return datetime(int(presentation[:-1]), month, 1, 12, tzinfo=UTC) + timedelta(days=day)


def _first_day(window: str, today: date) -> date:
    if window == "week":
        return date.fromisocalendar(*today.isocalendar()[:2], 1)
    return today.replace(day=1) if window == "month" else date.min
