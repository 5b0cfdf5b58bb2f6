"""GET /v1/groups/{group_id}/report: over HTTP, as JSON and as CSV."""

import csv
import io
from datetime import timedelta

import pytest

from laurels.people import service as people
from tests.integration.achievements.counting import count
from tests.integration.groups import school
from tests.integration.metrics.calling import create, draft
from tests.integration.recorder import Recorder

NAMES = {"anna": "=cmd|' /C calc'!A0", "boris": 'Борис, "Боря"', "clara": "🦉"}


@pytest.fixture
def group_id(queues: object) -> str:
    for user_id, name in NAMES.items():
        people.begin(people.fresh(user_id, name))
    count("anna", ago=timedelta(days=9), tests_passed=2)
    create(draft())
    count("boris", homeworks_completed=1, minutes_read=25)
    return school.a_class(*NAMES, "-never")


def test_the_csv_holds_the_same_cells_as_the_json(group_id: str) -> None:
    rows = school.report(group_id, sort="name").body["items"]
    answer = school.report(group_id, accept="text/csv", sort="name")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="report.csv"'
    read = list(csv.DictReader(io.StringIO(answer.text.encode("latin-1").decode("utf-8-sig"), newline="")))
    assert len(read) == len(rows) == 4
    for cells, row in zip(read, rows, strict=True):
        for window in ("week", "month"):
            scores = row.pop(window)
            scores |= {"minutes_read": 0} | scores.pop("metrics")
            row |= {f"{window}_{name}": value for name, value in scores.items() if name != "starts_on"}
        row["name"] = row.pop("display_name")
        for name in ("name", "user_id"):
            row[name] = f"'{row[name]}" if row[name][0] in "=-" else row[name]
        row["at_risk"] = str(row["at_risk"]).lower()
        assert cells == {name: "" if value is None else str(value) for name, value in row.items()}
    assert [row["week_minutes_read"] for row in read if row["user_id"] == "boris"] == ["25"]
    assert [row["name"] for row in read if row["name"].startswith("'")] == [f"'{NAMES['anna']}"]


def test_learners_who_are_away_the_longest_come_first(group_id: str) -> None:
    found = school.report(group_id).body["items"]
    assert [(row["user_id"], row["days_since"]) for row in found] == [
        ("clara", None),
        ("-never", None),
        ("anna", 9),
        ("boris", 0),
    ]
    assert school.report(group_id, sort="age").status == 422


def test_a_report_takes_a_request_for_each_learner_and_few_others(group_id: str, calls: Recorder) -> None:
    assert school.report(group_id).status == 200
    assert calls.operations().count("query") == 1 + 4
    assert calls.operations().count("batch_get_item") == 3, "standings, profiles, tombstones of those without"
