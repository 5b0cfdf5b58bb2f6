"""Rows of the former tables become what the rooms take; each value without a home is named with its row and reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.migration import accounts, belongings, columns, planning, reading
from local.migration.reading import MigrationError, Row


def row(**cells: object) -> Row:
    return Row("file.csv", 3, cells)


def about(refused: list[reading.Refusal]) -> list[tuple[int, str | None]]:
    assert all(each.reason for each in refused)
    return [(each.row, each.column) for each in refused]


def test_texts_of_a_bilingual_achievement_become_translations() -> None:
    cells = {"id": "7", "points": "15", "name_ru": "Шаг", "name_en": "Step", "description_en": "The first"}
    former, definition, refused = belongings.definition(row(**cells))
    assert (former, refused) == ("7", [])
    assert definition is not None
    draft = definition.draft
    assert (draft.code, draft.points) == ("7", 15)
    assert draft.translations["ru"].title == "Шаг"
    assert draft.translations["en"].description == "The first"


@pytest.mark.parametrize("points", ["0", "1.5", "many"])
def test_an_achievement_without_good_points_is_refused(points: str) -> None:
    _, definition, refused = belongings.definition(row(id="7", points=points, name_en="Step"))
    assert definition is None
    assert about(refused) == [(3, "points"), (3, None)]


def test_an_award_finds_its_code_by_the_former_id() -> None:
    cells = {"user_id": 4, "achievement_id": 7, "awarded_at": "2026-03-02 10:11:12.345678+03"}
    user_id, award, _ = belongings.award(row(**cells), {"7": "step"})
    assert award is not None
    assert (user_id, award.draft.code) == ("4", "step")
    assert award.draft.awarded_at is not None
    assert award.draft.awarded_at.isoformat() == "2026-03-02T07:11:12.345000+00:00"


@pytest.mark.parametrize("change", [{"achievement_id": 8}, {"awarded_at": "yesterday"}, {"awarded_at": None}])
def test_an_award_without_code_or_time_is_refused(change: dict[str, Any]) -> None:
    cells = {"user_id": 4, "achievement_id": 7, "awarded_at": "2026-03-02T10:11:12Z", **change}
    cells = {name: value for name, value in cells.items() if value is not None}
    _, award, refused = belongings.award(row(**cells), {"7": "step"})
    assert award is None
    assert about(refused)[-1] == (3, None)


def test_a_wrong_value_of_a_profile_is_refused_and_the_rest_kept() -> None:
    cells = {"id": 4, "username": "Ada", "phone": "12", "email": "a@b.c", "tests_passed": -1, "shoe_size": 38}
    made, refused = accounts.accounts([row(**cells)], [])
    assert made["4"].fields == {"user_id": "4", "display_name": "Ada"}
    assert made["4"].counters == {}
    assert sorted(about(refused), key=str) == [
        (3, "email"),
        (3, "phone_number"),
        (3, "shoe_size"),
        (3, "tests_passed"),
    ]


def test_preferences_join_the_profile() -> None:
    chosen = {"user_id": "4", "timezone": "Europe/Berlin", "language": "de", "newsletter": "t", "theme": "pink"}
    made, refused = accounts.accounts([row(id="4")], [row(**chosen, visibility_stats="private")])
    assert made["4"].fields["language"] == "de"
    assert made["4"].preferences == {
        "timezone": "Europe/Berlin",
        "newsletter": True,
        "visibility": {"stats": "private"},
    }
    assert about(refused) == [(3, "theme")]


@pytest.mark.parametrize("user_id", ["me", "search", "a b", ".."])
def test_rows_of_impossible_users_are_refused(user_id: str) -> None:
    empty: dict[str, list[Row]] = {name: [] for name in reading.TABLES}
    tables = empty | {
        "profiles": [row(id=user_id)],
        "preferences": [row(user_id=user_id)],
        "badges": [row(id=1, user_id=user_id, name="A", date_achieved="2026-01-01")],
    }
    plan = planning.plan(tables)
    assert not plan.users
    assert sum(column is None for _, column in about(plan.refused)) == 3


def test_two_rows_about_one_user_or_code_are_refused() -> None:
    made, refused = accounts.accounts([row(id=4, name="A"), row(id=4, name="B")], [])
    assert made["4"].fields["display_name"] == "A"
    assert about(refused) == [(3, None)]


def test_a_streak_becomes_the_days_before_the_last_check_in() -> None:
    cells = {"id": 1, "user_id": "4", "title": "Read", "status": "active", "created_at": "2026-01-01T00:00:00Z"}
    _, goal, refused = belongings.goal(row(**cells, streak_count=3, last_check_in="2026-03-01"))
    assert not refused
    assert goal is not None
    assert list(map(str, goal.days)) == ["2026-02-27", "2026-02-28", "2026-03-01"]
    _, goal, refused = belongings.goal(row(**cells, streak_count=3))
    assert goal is not None
    assert (goal.days, about(refused)) == ([], [(3, "streak_count")])


def test_a_resume_finds_its_requirements_only_among_those_of_its_user() -> None:
    cells = {"id": 1, "user_id": "4", "text": "Me", "requirements_id": 9, "created_at": "2026-01-01T00:00:00Z"}
    _, resume, refused = belongings.resume(row(**cells), {("4", "9"): "a" * 32})
    assert resume is not None
    assert (resume.draft.requirements_id, refused) == ("a" * 32, [])
    _, resume, refused = belongings.resume(row(**cells), {("5", "9"): "a" * 32})
    assert resume is not None
    assert (resume.draft.requirements_id, about(refused)) == (None, [(3, "requirements_id")])


PROCESSING = {
    "id": 5,
    "user_id": 4,
    "resume_id": 1,
    "requirements_id": 9,
    "status": "succeeded",
    "score": "81.6",
    "matches": '["Python"]',
    "created_at": "2026-01-01T00:00:00Z",
    "finished_at": "2026-01-01T00:00:09Z",
}
Ids = dict[tuple[str | None, str], str]
NEW_IDS: tuple[Ids, Ids] = ({("4", "1"): "a" * 32}, {("4", "9"): "b" * 32})


def test_a_finished_processing_finds_its_documents() -> None:
    _, new, refused = belongings.processing(row(**PROCESSING), *NEW_IDS)
    assert new is not None
    assert (new.draft.resume_id, new.draft.requirements_id, refused) == ("a" * 32, "b" * 32, [])
    assert (new.result.success, new.result.score, new.result.matches) == (True, 82, ["Python"])
    assert new.finished_at == "2026-01-01T00:00:09.000Z"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "in_progress"}, "is not finished: start it again here"),
        ({"status": "lost"}, "has no good status"),
        ({"resume_id": 2}, "has no good resume_id"),
        ({"user_id": 5}, "has no good resume_id and no good requirements_id"),
    ],
)
def test_a_processing_without_result_or_documents_is_refused(change: dict[str, object], reason: str) -> None:
    _, new, refused = belongings.processing(row(**PROCESSING | change), *NEW_IDS)
    assert new is None
    assert refused == [reading.Refusal("file.csv", 3, None, reason)]


def test_values_that_do_not_go_with_the_status_are_refused() -> None:
    _, new, refused = belongings.processing(row(**PROCESSING | {"status": "failed", "error": "busy"}), *NEW_IDS)
    assert new is not None
    assert (new.result.message_error, new.result.score, new.result.matches) == ("busy", None, None)
    assert sorted(about(refused), key=str) == [(3, "matches"), (3, "score")]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-11-20 18:22:05", "2026-11-20T18:22:05.000Z"),
        ("2026-11-20T18:22:05.9999+02:00", "2026-11-20T16:22:05.999Z"),
    ],
)
def test_times_are_utc_to_the_millisecond(value: str, read: str) -> None:
    assert columns.time(value) == read


@pytest.mark.parametrize("value", ["2026-11-20", "0001-01-01T00:00:00+05:00", 5, ""])
def test_other_times_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a time"):
        columns.time(value)


def test_csv_and_json_give_the_same_rows(tmp_path: Path) -> None:
    for name in ("csv", "json"):
        (tmp_path / name).mkdir()
    (tmp_path / "csv/users.csv").write_text('\ufeffid,about\n4,"two\nlines\u2028"\n5,\n', encoding="utf-8")
    records = [{"id": "4", "about": "two\nlines\u2028"}, {"id": "5", "about": None}]
    (tmp_path / "json/users.json").write_text(json.dumps(records))
    found = [[each.cells for each in reading.read(tmp_path / name)["profiles"]] for name in ("csv", "json")]
    assert found[0] == found[1] == [{"id": "4", "about": "two\nlines\u2028"}, {"id": "5"}]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("sessions.csv", "id\n1\n", "users sign in again"),
        ("pets.csv", "id\n1\n", "not the name of a table"),
        ("users.csv", "id,name\n1\n", "row 1 has 1 cells"),
        ("users.csv", "id,id\n1,2\n", "names a column twice"),
        ("users.json", "{}", "a list of objects"),
        ("users.json", "[", "users.json"),
        ("notes.txt", "", "no .csv or .json file"),
    ],
)
def test_a_folder_that_cannot_be_imported_is_refused_as_a_whole(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(MigrationError, match=reason):
        reading.read(tmp_path)
