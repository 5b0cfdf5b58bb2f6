"""Converting the rows of OULAD's CSV files to stat updates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.demo import oulad

LAST = datetime(2026, 11, 20, 12, tzinfo=UTC)

FILES = {
    "courses.csv": """code_module,code_presentation,module_presentation_length
AAA,2013B,240
AAA,2013J,268
""",
    "assessments.csv": """code_module,code_presentation,id_assessment,assessment_type,date,weight
AAA,2013B,1,TMA,19,10
AAA,2013B,2,CMA,19,10
AAA,2013J,3,TMA,,10
AAA,2013J,4,CMA,54,10
""",
    "studentRegistration.csv": """code_module,code_presentation,id_student,date_registration,date_unregistration
AAA,2013J,9,-159,
AAA,2013B,10,0,12
AAA,2013J,10,-3,
""",
    "studentInfo.csv": """code_module,code_presentation,id_student,gender,final_result
AAA,2013J,9,F,Distinction
AAA,2013B,10,M,Withdrawn
AAA,2013J,10,M,Pass
""",
    "studentAssessment.csv": """id_assessment,id_student,date_submitted,is_banked,score
3,10,20,0,41
1,10,8,0,
2,10,8,0,39
4,10,20,1,40
4,9,21,0,
3,9,20,0,70
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def updates_of(folder: Path, student: str) -> list[tuple[str, int, dict[str, int], float | None]]:
    """The student's updates as (event, days before LAST, increments, average grade)."""
    return [
        (
            update["event_id"].removeprefix("oulad:"),
            (LAST - datetime.fromisoformat(update["occurred_at"])).days,
            update.get("increments", {}),
            update.get("values", {}).get("average_grade"),
        )
        for update in oulad.updates(folder, LAST)
        if update["user_id"] == student
    ]


def test_registrations_submissions_and_completions_become_updates_shifted_by_one_constant(folder: Path) -> None:
    assert updates_of(folder, "9") == [
        ("registration:AAA:2013J:9", 268 + 159, {"total_courses": 1, "active_courses": 1}, None),
        ("submission:3:9", 248, {"homeworks_completed": 1}, 70.0),
        ("completion:AAA:2013J:9", 0, {"completed_courses": 1, "active_courses": -1}, None),
    ]


def test_a_test_is_passed_from_40_and_the_average_covers_the_scores_so_far(folder: Path) -> None:
    apart = (datetime(2013, 10, 1, tzinfo=UTC) - datetime(2013, 2, 1, tzinfo=UTC)).days
    assert updates_of(folder, "10") == [
        ("registration:AAA:2013B:10", 268 + apart, {"total_courses": 1, "active_courses": 1}, None),
        ("submission:1:10", 260 + apart, {"homeworks_completed": 1}, None),
        ("submission:2:10", 260 + apart, {}, 39.0),
        ("registration:AAA:2013J:10", 271, {"total_courses": 1, "active_courses": 1}, None),
        ("submission:3:10", 248, {"homeworks_completed": 1}, (39 + 41) / 2),
        ("submission:4:10", 248, {"tests_passed": 1}, (39 + 41 + 40) / 3),
        ("completion:AAA:2013J:10", 0, {"completed_courses": 1, "active_courses": -1}, None),
    ]


def test_a_test_without_a_score_gives_no_update(folder: Path) -> None:
    assert not [update for update in oulad.updates(folder, LAST) if update["event_id"] == "oulad:submission:4:9"]


def test_updates_have_unique_ids_one_source_and_ascending_times(folder: Path) -> None:
    updates = oulad.updates(folder, LAST)
    assert len({update["event_id"] for update in updates}) == len(updates) == 10
    assert {update["source"] for update in updates} == {"oulad"}
    times = [update["occurred_at"] for update in updates]
    assert times == sorted(times)
    assert times[-1] == "2026-11-20T12:00:00Z"


def test_a_sample_holds_the_first_students_by_number_and_ends_at_the_same_moment(folder: Path) -> None:
    sample = oulad.updates(folder, LAST, students=1)
    assert {update["user_id"] for update in sample} == {"9"}
    assert sample[-1]["occurred_at"] == "2026-11-20T12:00:00Z"


@pytest.mark.parametrize(("hour", "expected"), [(0, 0), (11, 0), (12, 12), (23, 12)])
def test_the_last_moment_is_today_and_not_in_the_future(hour: int, expected: int) -> None:
    now = datetime(2026, 11, 20, hour, 0, 30, tzinfo=UTC)
    assert oulad.last_moment(now) == datetime(2026, 11, 20, expected, tzinfo=UTC)
    assert now - oulad.last_moment(now) >= timedelta()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("courses.csv", None, "courses.csv"),
        ("studentAssessment.csv", "id_assessment,id_student,date_submitted,is_banked,score\n7,9,1,0,1\n", "line 2"),
        ("studentAssessment.csv", "id_assessment,id_student,date_submitted,is_banked,score\n1,9,soon,0,1\n", "soon"),
        ("studentRegistration.csv", "id_student\n9\n", "code_module"),
        ("studentRegistration.csv", FILES["studentRegistration.csv"] + "AAA,2013X,9,1,\n", "line 5"),
    ],
)
def test_unreadable_files_and_rows_are_named_in_the_error(folder: Path, name: str, text: Any, complaint: str) -> None:
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    with pytest.raises(oulad.Unreadable, match=complaint):
        oulad.updates(folder, LAST)
