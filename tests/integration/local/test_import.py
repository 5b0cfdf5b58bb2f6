"""Importing the former services' tables: exact, once however often it runs, resumed after a kill."""

import csv
import json
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from laurels import clock, keys, tombstones
from laurels import table as door
from laurels.callers import Caller, Grant
from laurels.days import longest
from laurels.documents import processings
from laurels.documents import service as documents
from laurels.documents.models import Kind, ProcessingFilter
from laurels.goals import service as goals
from laurels.goals.models import GoalFilter
from laurels.paging import PageQuery
from laurels.people import service as people
from laurels.preferences import service as preferences
from laurels.standings import service as standings
from laurels.standings.models import Board, Counter
from laurels.writes import Put
from local.migration import planning, reading, service
from tests.integration.conftest import Queues
from tests.sizes import sized

FORMER = Path(__file__).parent / "former_catalogue"
ROOT = Path(__file__).resolve().parents[3]
ADMIN = Caller("admin", frozenset({Grant.ADMIN}))
KILLED = """
import sys
from pathlib import Path
from local.migration import planning, reading, service
service.run(planning.plan(reading.read(Path(sys.argv[1]))), lambda done, total: print(done, flush=True))
"""


def load(folder: Path) -> service.Report:
    return service.run(planning.plan(reading.read(folder)))


def stored(name: str, client: Any) -> list[dict[str, Any]]:
    """All items of the table."""
    pages = client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))


def former_rows(folder: Path) -> dict[str, list[tuple[datetime, int]]]:
    """The former service's awards of each user, as times and points, read without the import's own code."""
    points = {str(each["id"]): each["points"] for each in json.loads((folder / "achievements.json").read_text())}
    found = defaultdict(list)
    with (folder / "user_achievements.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["user_id"]].append((datetime.fromisoformat(row["awarded_at"]), points[row["achievement_id"]]))
    return {user_id: sorted(rows) for user_id, rows in found.items()}


def former_streak(days: set[date]) -> int:
    """The most successive days, as the former service counts them."""
    lengths: dict[date, int] = {}
    for day in sorted(days):
        lengths[day] = lengths.get(day - timedelta(days=1), 0) + 1
    return max(lengths.values(), default=0)


def check_statistics(folder: Path) -> None:
    rows = former_rows(folder)
    for user_id, awards in rows.items():
        standing = standings.get(user_id)
        assert (standing.points, standing.achievements) == (sum(points for _, points in awards), len(awards))
        assert longest(standing.award_days)[0] == former_streak({at.date() for at, _ in awards})
        assert standing.scores[Board.POINTS].reached == clock.epoch_ms(awards[-1][0])
        times = sorted(item["awarded_at"] for item in door.query_all(keys.award(user_id), consistent=True))
        assert times == [clock.iso(at) for at, _ in awards]


def test_the_former_catalogue_has_equal_points_counts_and_streaks() -> None:
    report = load(FORMER)
    assert report.imported == {"achievements.json": 16, "users.csv": 8, "user_achievements.csv": 64}
    assert {each.column for each in report.refused} == {"id"}  # of the rows that join users and achievements
    check_statistics(FORMER)
    rows = former_rows(FORMER)
    sevens = {user for user, awards in rows.items() if former_streak({at.date() for at, _ in awards}) >= 7}
    assert sevens == {user for user in rows if longest(standings.get(user).award_days)[0] >= 7} != set()
    profile = door.get(keys.profile("1")) or {}
    assert (profile["display_name"], profile["language"]) == ("Анна", "ru")


def test_a_second_import_changes_nothing(table: str, dynamodb_client: Any, everything: Path) -> None:
    first = load(everything)
    before = stored(table, dynamodb_client)
    assert load(everything) == first
    assert stored(table, dynamodb_client) == before


@pytest.mark.timeout(sized(900, 7200))
def test_a_killed_import_is_resumed_and_a_third_one_changes_nothing(
    table: str, dynamodb_client: Any, tmp_path: Path
) -> None:
    folder = crowd(tmp_path, sized(100, 10_000))
    rows = sum(map(len, reading.read(folder).values()))
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= rows // 2:
                break
        child.kill()
    written = sum(standings.get(f"learner-{number}").achievements for number in range(sized(100, 10_000)))
    assert 0 < written < len(reading.read(folder)["awards"])
    report = load(folder)
    check_statistics(folder)
    before = stored(table, dynamodb_client)
    assert load(folder) == report
    assert stored(table, dynamodb_client) == before


def crowd(folder: Path, users: int) -> Path:
    """Users with 3 awards each, of the former catalogue."""
    (folder / "achievements.json").write_text((FORMER / "achievements.json").read_text())
    began = datetime.fromisoformat("2026-02-01T08:00:00+00:00")
    with (folder / "users.csv").open("w") as names, (folder / "user_achievements.csv").open("w") as awards:
        names.write("id,username\n")
        awards.write("user_id,achievement_id,awarded_at\n")
        for number in range(users):
            names.write(f"learner-{number},Learner {number}\n")
            for award in range(3):
                at = began + timedelta(days=award * (1 + number % 2), seconds=number)
                awards.write(f"learner-{number},{1 + (number + award) % 16},{at.isoformat()}\n")
    return folder


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """One user with something in each table."""
    tables: dict[str, list[dict[str, object]]] = {
        "achievements": [
            {"code": "old", "translations": {"en": {"title": "Old"}}, "points": 7, "is_active": False},
        ],
        "awards": [
            {"user_id": "ada", "code": "old", "awarded_at": "2026-01-05T10:00:00Z"},
            {"user_id": "ada", "code": "own", "title": "Own", "points": 3, "awarded_at": "2026-01-06T10:00:00Z"},
        ],
        "profiles": [
            {
                "user_id": "ada",
                "name": "Ada",
                "email": "ada@example.org",
                "created_at": "2025-05-01T10:20:30.123456Z",
                "tests_passed": 12,
                "average_grade": 81.5,
            }
        ],
        "preferences": [{"user_id": "ada", "timezone": "Asia/Tokyo", "visibility_goals": "private"}],
        "badges": [{"id": 1, "user_id": "ada", "name": "Speaker", "date_achieved": "2025-12-01"}],
        "goals": [
            {
                "id": 4,
                "user_id": "ada",
                "title": "Read",
                "due_date": "2025-12-31",
                "created_at": "2025-12-01T00:00:00Z",
                "streak_count": 3,
                "last_check_in": "2026-01-04",
            }
        ],
        "requirements": [{"id": 1, "user_id": "ada", "text": "Python", "created_at": "2026-01-01T00:00:00Z"}],
        "resumes": [
            {
                "id": 2,
                "user_id": "ada",
                "text": "I know Python",
                "requirements_id": 1,
                "created_at": "2026-01-02T00:00:00Z",
            }
        ],
        "processings": [
            {
                "id": 3,
                "user_id": "ada",
                "resume_id": 2,
                "requirements_id": 1,
                "status": "succeeded",
                "score": 70,
                "matches": ["Python"],
                "recommendation": "Say more.",
                "created_at": "2026-01-03T00:00:00Z",
                "finished_at": "2026-01-03T00:00:09Z",
            }
        ],
    }
    for name, rows in tables.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    return tmp_path


def test_everything_of_a_user_is_imported_with_its_times(everything: Path) -> None:
    report = load(everything)
    assert [(each.file, each.row, each.column) for each in report.refused] == [("profiles.json", 1, "email")]
    profile, standing, page = door.get(keys.profile("ada")) or {}, standings.get("ada"), PageQuery(limit=20)
    assert profile["created_at"] == "2025-05-01T10:20:30.123Z"
    assert (standing.points, standing.counters[Counter.TESTS_PASSED], standing.average_grade) == (10, 12, 81.5)
    assert standing.scores[Board.TESTS].score == 12
    assert (standing.timezone, standing.previous_timezone) == ("Asia/Tokyo", "")
    assert preferences.get("ada", ADMIN).content.visibility.goals == "private"
    (goal,) = goals.list_all("ada", ADMIN, page, GoalFilter()).items
    assert (goal.longest_streak, str(goal.due_date), clock.iso(goal.created_at)) == (
        3,
        "2025-12-31",
        "2025-12-01T00:00:00.000Z",
    )
    assert longest(standing.activity_days)[0] == 5  # check-ins until the 4th, awards on the 5th and 6th
    (resume,) = documents.list_resumes("ada", None, page).items
    (requirements,) = documents.list_requirements("ada", page).items
    assert resume.requirements_id == requirements.requirements_id
    (processing,) = processings.list_all("ada", ProcessingFilter(), page).items
    found = processings.get("ada", processing.processing_id)
    assert (found.resume_id, found.requirements_id) == (resume.resume_id, requirements.requirements_id)
    assert (found.status, found.score, found.matches, found.recommendation) == (
        "succeeded",
        70,
        ["Python"],
        "Say more.",
    )
    assert found.finished_at == "2026-01-03T00:00:09.000Z"
    assert (door.get(keys.achievement("old")) or {})["is_active"] is False


def test_a_processing_whose_documents_are_deleted_here_is_refused(
    everything: Path, queues: Queues, bucket: str
) -> None:
    load(everything)
    ids = [each.resume_id for each in documents.list_resumes("ada", None, PageQuery(limit=20)).items]
    documents.delete_many(Kind.RESUMES, "ada", ids)
    plan = planning.plan(reading.read(everything))
    plan.users["ada"].resumes.clear()
    refused = [each for each in service.run(plan).refused if each.column is None]
    assert [(each.file, each.row) for each in refused] == [("processings.json", 1)]


def test_imported_processings_count_towards_the_limit(everything: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = json.loads((everything / "processings.json").read_text())
    (everything / "processings.json").write_text(json.dumps([rows[0] | {"id": number} for number in range(4)]))
    monkeypatch.setattr(processings, "MAX_PROCESSINGS", 3)
    refused = [each for each in load(everything).refused if each.column is None]
    assert [(each.file, each.row) for each in refused] == [("processings.json", 4)]
    assert (door.get(keys.processing_starts("ada")) or {})["processings"] == 3


def test_awards_of_a_code_with_other_points_are_refused(everything: Path) -> None:
    load(everything)
    rows = json.loads((everything / "achievements.json").read_text())
    (everything / "achievements.json").write_text(json.dumps([rows[0] | {"points": 8}]))
    refused = {(each.file, each.row, each.reason) for each in load(everything).refused if each.column is None}
    assert ("awards.json", 1, "its definition is refused") in refused


def test_a_profile_that_users_have_made_here_stays_as_it_is(everything: Path) -> None:
    people.begin(people.fresh("ada", "Countess"))
    refused = [each for each in load(everything).refused if each.column is None]
    assert [each.file for each in refused] == ["profiles.json"]
    assert (door.get(keys.profile("ada")) or {})["display_name"] == "Countess"
    assert standings.get("ada").counters[Counter.TESTS_PASSED] == 0


def test_nothing_of_an_erased_user_is_imported(everything: Path) -> None:
    door.write(Put({**tombstones.key("ada")._asdict(), "v": 1}))
    report = load(everything)
    assert report.imported == {"achievements.json": 1}


def test_an_import_that_loses_the_table_stops_and_says_how_to_go_on(
    everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE_NAME", "missing")
    with pytest.raises(service.ImportStopped, match="run the import again"):
        load(everything)
