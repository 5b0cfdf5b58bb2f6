"""GET /v1/groups/{group_id}/report: over HTTP, as JSON and as CSV."""

import csv
import io
from datetime import timedelta

import pytest

from laurels.people import service as people
from tests.integration.achievements.counting import count
from tests.integration.groups import school
from tests.integration.metrics.calling import create, draft, forget
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records, update

NAMES = {"anna": "=cmd|' /C calc'!A0", "boris": 'Борис, "Боря"', "clara": "🦉"}


@pytest.fixture
def group_id(queues: object) -> str:
    forget()
    for body in (draft("minutes_read"), draft("speed", kind="value"), draft("nobody_did")):
        create(body)
    for user_id, name in NAMES.items():
        people.begin(people.fresh(user_id, name))
    count("anna", ago=timedelta(days=9), tests_passed=2)
    count("boris", homeworks_completed=1, minutes_read=40)
    assert deliver(records([update("a", "clara", increments={}, values={"speed": 1.5})])) == []
    return school.a_class(*NAMES, "-never")


def test_the_csv_holds_the_same_cells_as_the_json(group_id: str) -> None:
    rows = school.report(group_id, sort="name").body["items"]
    answer = school.report(group_id, accept="text/csv", sort="name")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="report.csv"'
    read = list(csv.DictReader(io.StringIO(answer.text.encode("latin-1").decode("utf-8-sig"), newline="")))
    assert len(read) == len(rows) == 4
    own = {"metrics_minutes_read", "metrics_speed", "week_metrics_minutes_read", "month_metrics_minutes_read"}
    for cells, row in zip(read, rows, strict=True):
        for window in ("week", "month"):
            row |= {f"{window}_{name}": value for name, value in row.pop(window).items() if name != "starts_on"}
        for metrics in ("metrics", "week_metrics", "month_metrics"):
            row |= {f"{metrics}_{name}": value for name, value in row.pop(metrics).items()}
        row |= dict.fromkeys(own - row.keys())
        row["name"] = row.pop("display_name")
        for name in ("name", "user_id"):
            row[name] = f"'{row[name]}" if row[name][0] in "=-" else row[name]
        row["at_risk"] = str(row["at_risk"]).lower()
        assert cells == {name: "" if value is None else str(value) for name, value in row.items()}
    assert [row["name"] for row in read if row["name"].startswith("'")] == [f"'{NAMES['anna']}"]


def test_own_metrics_are_in_the_report_and_their_columns_in_the_csv(group_id: str) -> None:
    rows = {row["user_id"]: row for row in school.report(group_id).body["items"]}
    assert {user_id: row["metrics"] for user_id, row in rows.items()} == {
        "anna": {},
        "boris": {"minutes_read": 40},
        "clara": {"speed": 1.5},
        "-never": {},
    }
    assert rows["boris"]["week"]["metrics"] == rows["boris"]["month"]["metrics"] == {"minutes_read": 40}
    header, *lines = school.report(group_id, accept="text/csv", sort="name").text.split("\r\n")
    own = ["metrics_minutes_read", "metrics_speed", "month_metrics_minutes_read", "week_metrics_minutes_read"]
    assert header.split(",")[-4:] == own
    assert sorted(line.rsplit(",", 4)[1:] for line in lines if line) == sorted(
        [["40", "", "40", "40"], ["", "1.5", "", ""], [""] * 4, [""] * 4]
    )


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
