"""A generated cohort in six CSV files of OULAD, with every irregularity of the real data."""

import csv
import random
from collections.abc import Iterable
from datetime import date
from pathlib import Path

_MODULES = ("AAA", "BBB", "CCC")
_PRESENTATIONS = ("2013B", "2013J", "2014B", "2014J")
_RESULTS = ("Pass", "Pass", "Distinction", "Fail", "Withdrawn")

Row = tuple[str | int, ...]


class _Files:
    """The rows of each file, collected student by student."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lengths = {(m, p): rng.choice((234, 240, 241, 262, 269)) for m in _MODULES for p in _PRESENTATIONS}
        self.assessments: dict[int, tuple[str, str, str]] = {}
        for module, presentation in self.lengths:
            for kind in ("TMA", "TMA", "TMA", "TMA", "TMA", "TMA", "TMA", "TMA", "CMA", "CMA", "CMA", "CMA"):
                self.assessments[1700 + len(self.assessments)] = (module, presentation, kind)
        self.registrations: list[Row] = []
        self.results: list[Row] = []
        self.submissions: list[Row] = []
        self.clicks: list[Row] = []

    def enrol(self, student: int, course: tuple[str, str], result: str, day: int) -> None:
        left: str | int = self.rng.randint(day, 200) if result == "Withdrawn" else ""
        self.registrations.append((*course, student, day, left))
        self.results.append((*course, student, "M", "Wales", "A Level", "10-20", "0-35", 0, 60, "N", result))

    def submit(self, student: int, assessment: int, day: int, score: int | str, banked: int = 0) -> None:
        self.submissions.append((assessment, student, day, banked, score))

    def click(self, student: int, course: tuple[str, str], day: int, *clicks: int) -> None:
        """Add the clicks of a day, each number on a page of its own."""
        self.clicks += [(*course, student, 546_000 + page, day, count) for page, count in enumerate(clicks)]

    def of(self, course: tuple[str, str], kind: str) -> list[int]:
        return [number for number, about in self.assessments.items() if about == (*course, kind)]


def write(folder: Path, seed: int, students: int = 150) -> None:
    """Write the six files. The same seed writes the same files."""
    rng = random.Random(seed)
    files = _Files(rng)
    ids = rng.sample(range(6_000, 2_700_000), students)
    for student in ids[4:]:
        _ordinary(files, student)
    _odd_ones(files, ids[:4])
    for rows in (files.registrations, files.results, files.submissions, files.clicks):
        rng.shuffle(rows)  # the real files are not in order of time either
    assessments = [(*about[:2], number, about[2], "", 10) for number, about in files.assessments.items()]
    _write(folder / "courses.csv", "code_module code_presentation module_presentation_length", (
        (*course, length) for course, length in files.lengths.items()
    ))  # fmt: skip
    _write(
        folder / "assessments.csv",
        "code_module code_presentation id_assessment assessment_type date weight",
        assessments,
    )
    _write(
        folder / "studentRegistration.csv",
        "code_module code_presentation id_student date_registration date_unregistration",
        files.registrations,
    )
    _write(
        folder / "studentInfo.csv",
        "code_module code_presentation id_student gender region highest_education imd_band age_band"
        " num_of_prev_attempts studied_credits disability final_result",
        files.results,
    )
    _write(
        folder / "studentAssessment.csv",
        "id_assessment id_student date_submitted is_banked score",
        files.submissions,
    )
    _write(folder / "studentVle.csv", "code_module code_presentation id_student id_site date sum_click", files.clicks)


def _ordinary(files: _Files, student: int) -> None:
    """Add one to three courses, some concurrent, with scores around the pass mark, some missing and some banked."""
    rng = files.rng
    for course in rng.sample(sorted(files.lengths), rng.choice((1, 1, 1, 2, 3))):
        files.enrol(student, course, rng.choice(_RESULTS), rng.randint(-160, 20))
        handed_in = rng.sample(files.of(course, "TMA"), rng.randint(0, 6))
        handed_in += rng.sample(files.of(course, "CMA"), rng.randint(0, 3))
        day = rng.randint(5, 120)
        for assessment in handed_in:
            day += rng.choice((0, 0, 1, 1, 17))  # several on one day, or on consecutive days
            banked = rng.random() < 0.05
            score = "" if rng.random() < 0.05 else rng.choice((0, 38, 39, 40, 41, rng.randint(0, 100), 100))
            files.submit(student, assessment, -rng.randint(1, 10) if banked else day, score, int(banked))
        for clicked in rng.sample(range(-20, 200), rng.choice((0, 1, 3))):
            files.click(student, course, clicked, *rng.choices((1, 7, 60, 250), k=rng.randint(1, 3)))


def _odd_ones(files: _Files, ids: list[int]) -> None:
    """Add students with irregularities that random data may not contain."""
    silent, daily, returning, unlucky = ids
    first, last = ("AAA", "2013B"), ("CCC", "2014J")
    files.enrol(silent, last, "Fail", -20)  # enrolled, with clicks, but without any submission
    files.click(silent, last, 7, 3)
    # Eight consecutive days up to the last one, across a change of week, and a run of the same length long before.
    files.enrol(daily, first, "Pass", -30)
    files.enrol(daily, last, "Distinction", -30)
    files.submit(daily, files.of(last, "CMA")[0], files.lengths[last], 100)
    end = max(files.lengths[course] for course in files.lengths if course[1] == "2014J")
    for course, day in ((first, 40), (last, end - 7)):
        for offset, assessment in enumerate(files.of(course, "TMA")):
            files.submit(daily, assessment, day + offset, 77)
    # Each day more clicks than the day before, from less than the daily cap (100) to more, up to the last day; the cap
    # itself; and two courses on one day, which exceed it together only.
    for offset in range(8):
        files.click(daily, last, end - 7 + offset, 20 * (offset + 1), 1)
    files.click(daily, first, 40, 60, 40)
    apart = (date(2014, 10, 1) - date(2013, 2, 1)).days
    for course, day in ((first, 10 + apart), (last, 10)):
        files.click(daily, course, day, 70)
    # Two days of activity, more than a year apart.
    files.enrol(returning, first, "Withdrawn", -100)
    files.enrol(returning, last, "Pass", 200)
    files.submit(returning, files.of(last, "TMA")[0], 230, 66)
    # A test without a score, which must not count, failed tests, and an average that is a fraction of three.
    files.enrol(unlucky, last, "Fail", 0)
    scores: tuple[str | int, ...] = ("", 39, 0, 1)
    for assessment, score in zip(files.of(last, "CMA"), scores, strict=True):
        files.submit(unlucky, assessment, 50, score)


def _write(path: Path, columns: str, rows: Iterable[Row]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split())
        writer.writerows(rows)
