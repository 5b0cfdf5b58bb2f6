"""POST /v1/achievements and /v1/achievements/import: how the catalogue is filled."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels import table as door
from laurels.achievements.catalogue_models import MAX_TRANSLATIONS_BYTES
from laurels.table import UnknownOutcome
from tests.contents import contents
from tests.events import AWARDER, together, user
from tests.integration.achievements.catalogue import create, draft, import_all
from tests.integration.recorder import Recorder


def stored(code: str = "early-bird") -> dict[str, Any]:
    item = table.get(keys.achievement(code), consistent=True)
    assert item
    return item


def test_a_definition_is_kept_and_answered_whole() -> None:
    sent = draft(
        icon_url="https://example.org/e.png", category="Habits", is_secret=True, is_active=False, by_teachers=True
    )
    answer = create(sent)
    assert answer.status == 201
    assert {name: answer.body[name] for name in sent} == sent
    assert answer.body.keys() - sent.keys() == {"criteria", "created_at", "updated_at"}
    assert answer.body["created_at"] == answer.body["updated_at"] == stored()["created_at"]


def test_absent_fields_get_their_defaults() -> None:
    body = create({"code": "x", "points": 1, "translations": {"ru": {"title": "Первый"}}}).body
    assert (body["icon_url"], body["category"], body["is_secret"], body["is_active"]) == (None, None, False, True)
    assert body["translations"] == {"ru": {"title": "Первый", "description": ""}}


def test_a_taken_code_is_409_and_the_definition_is_unchanged() -> None:
    assert create(draft()).status == 201
    before = stored()
    answer = create(draft(points=1))
    assert (answer.status, answer.body["code"], answer.fields) == (409, "conflict", ["code"])
    assert "early-bird" in answer.body["detail"]
    assert stored() == before


def test_of_twenty_creates_of_one_code_at_once_one_is_done() -> None:
    answers = together([partial(create, draft(points=n)) for n in range(1, 21)])
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    (done,) = (answer for answer in answers if answer.status == 201)
    assert stored()["points"] == done.body["points"]


@pytest.mark.parametrize("caller", [user("anna"), AWARDER, user("a-service", scope="admin")])
def test_only_an_admin_fills_the_catalogue(caller: dict[str, str], dynamodb_client: Any, table: str) -> None:
    for answer in (
        create(draft(), caller),
        create(draft(), caller, idempotency_key="k"),
        import_all(draft(), caller=caller),
    ):
        assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert contents(dynamodb_client, table) == []


TITLE = {"title": "x"}
WRONG: dict[str, list[Any]] = {
    "code": ["", "x" * 65, "Early", "early bird", "ранний", "a/b", "a#", "a\n", None, 5],
    "points": [0, -1, 1_000_001, True, 1.5, "5", None, 10**30, 1e30, 1_000_001.0],
    "translations": [
        {},
        None,
        [],
        {"en": {}},
        {"en": "Early bird"},
        {"en": TITLE | {"colour": "red"}},
        {"en": {"title": ""}},
        {"en": {"title": "two\nlines"}},
        {"en": {"title": "x" * 201}},
        {"en": TITLE | {"description": "x" * 2001}},
        {"en": TITLE | {"description": None}},
        {"en": TITLE | {"description": "\x00"}},
        {"english": TITLE},
        {"E": TITLE},
        {"EN": TITLE, "en": TITLE},
        {"pt-BR": TITLE, "PT-br": TITLE},
        {"en_US": TITLE},
        {"": TITLE},
        {f"{a}{b}": TITLE for a in "abcdefgh" for b in "abcdefgh"},
    ],
    "icon_url": ["javascript:alert(1)", "/e.png", "", 5],
    "category": ["", " ", "x" * 65, 5],
    "is_secret": [None, "no", 0],
    "is_active": [None, "yes", 1],
    "created_at": ["2026-11-20T18:22:05Z"],
    "criterion": [{}],
    "criteria": [
        {},
        [],
        "homeworks_completed >= 10",
        {"all": []},
        {"any": [{"metric": "points", "op": "gte", "value": 5}]},
        {"all": [{"metric": "karma", "op": "gte", "value": 5}]},
        {"all": [{"metric": "points", "op": "lte", "value": 5}]},
        {"all": [{"metric": "points", "op": "gte"}]},
        {"all": [{"metric": "points", "op": "gte", "value": 0}]},
        {"all": [{"metric": "points", "op": "gte", "value": -5}]},
        {"all": [{"metric": "points", "op": "gte", "value": 2**32}]},
        {"all": [{"metric": "points", "op": "gte", "value": 5.5}]},
        {"all": [{"metric": "points", "op": "gte", "value": "5"}]},
        {"all": [{"metric": "points", "op": "gte", "value": True}]},
        {"all": [{"metric": "average_grade", "op": "gte", "value": 100.5}]},
        {"all": [{"metric": "points", "op": "gte", "value": 5}] * 2},
        {"all": [{"metric": "points", "op": "gte", "value": 5 + n} for n in range(11)]},
    ],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_422_is_named_and_nothing_is_stored(field: str, dynamodb_client: Any, table: str) -> None:
    for value in WRONG[field]:
        answer = create(draft() | {field: value})
        assert answer.status == 422, value
        assert {name.partition(".")[0] for name in answer.fields} == {field}, value
    assert contents(dynamodb_client, table) == []


def test_the_largest_definition_fits_into_the_table_twice() -> None:
    tags = [f"{a}{b}" for a in "abcde" for b in "abcdefghij"]
    most = MAX_TRANSLATIONS_BYTES // len(tags) - 200
    # Quotation marks are the worst: in the JSON of the kept answer each takes two bytes.
    texts = {tag: {"title": "x" * 200, "description": '"' * most} for tag in tags}
    assert create(draft(translations=texts), idempotency_key="k").status == 201
    texts["aa"]["description"] += "я"
    answer = create(draft("larger", translations=texts))
    assert (answer.status, answer.fields) == (422, ["translations"])


def test_every_script_is_stored_as_it_was_sent() -> None:
    texts = {
        "ar": {"title": "الطائر المبكر", "description": "قبل السادسة\u200f!"},
        "he": {"title": "ציפור מוקדמת", "description": "לפני שש"},
        "ja": {"title": "早起き 🐦", "description": "六時前\n毎日"},
    }
    assert create(draft(translations=texts)).body["translations"] == texts
    assert stored()["translations"] == texts


def test_a_retried_write_does_not_conflict_with_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    once = door._call

    def twice(operation: str, **request: Any) -> Any:
        once(operation, **request)
        return once(operation, **request)

    # Private, to repeat each request below the retries, as a client that lost a response does.
    monkeypatch.setattr(door, "_call", twice)
    assert create(draft()).status == 201
    assert create(draft()).status == 409
    assert create(draft("another"), idempotency_key="k").status == 201


def test_an_import_reports_the_outcome_of_each_row() -> None:
    create(draft("old", points=1))
    answer = import_all(draft("new"), draft("old", points=2), draft("bad", points=0), draft("new"), {}, {"code": 5})
    assert answer.status == 200
    rows = [(row["index"], row["code"], row["status"]) for row in answer.body["items"]]
    assert rows == [
        (0, "new", "created"),
        (1, "old", "updated"),
        (2, "bad", "failed"),
        (3, "new", "failed"),
        (4, None, "failed"),
        (5, None, "failed"),
    ]
    errors = [row["errors"] for row in answer.body["items"]]
    assert errors[0] == errors[1] == []
    assert errors[2] == ["points: Input should be greater than or equal to 1"]
    assert errors[3] == ["code: is in an earlier row of this import"]
    assert [error.partition(":")[0] for error in errors[4]] == ["code", "translations", "points"]
    assert (answer.body["created"], answer.body["updated"], answer.body["failed"]) == (1, 1, 4)
    assert (stored("new")["points"], stored("old")["points"]) == (50, 2)
    assert table.get(keys.achievement("bad")) is None


def test_an_import_replaces_all_but_the_time_of_creation() -> None:
    before = create(draft(category="Habits", icon_url="https://example.org/e.png")).body
    import_all(draft(translations={"de": {"title": "Frühaufsteher"}}))
    after = stored()
    assert not {"category", "icon_url"} & after.keys()
    assert after["translations"] == {"de": {"title": "Frühaufsteher", "description": ""}}
    assert after["created_at"] == before["created_at"]
    assert datetime.fromisoformat(after["updated_at"]) >= datetime.fromisoformat(before["updated_at"])
    assert after["rev"] == 2


def test_a_repeated_import_writes_nothing(dynamodb_client: Any, table: str) -> None:
    rows = [draft(f"number-{number}") for number in range(100)]
    assert import_all(*rows).body["created"] == 100
    first = contents(dynamodb_client, table)
    assert import_all(*rows).body["updated"] == 100
    assert contents(dynamodb_client, table) == first
    assert len([item for item in first if item["PK"] == keys.achievement().PK]) == 100


@pytest.mark.parametrize("rows", [[], [draft(f"number-{number}") for number in range(101)]])
def test_an_import_has_1_to_100_rows(rows: list[Any], dynamodb_client: Any, table: str) -> None:
    answer = import_all(*rows)
    assert (answer.status, answer.fields) == (422, ["items"])
    assert contents(dynamodb_client, table) == []


@pytest.mark.parametrize("row", [None, 5, "x", [], [draft()]])
def test_a_row_is_an_object(row: Any, dynamodb_client: Any, table: str) -> None:
    answer = import_all(draft(), row)
    assert (answer.status, answer.fields) == (422, ["items.1"])
    assert contents(dynamodb_client, table) == []


def test_a_row_that_is_wrong_everywhere_gets_an_answer_that_can_be_sent() -> None:
    answer = import_all(draft(), {f"x{number}": 1 for number in range(50_000)})
    assert (answer.body["created"], answer.body["failed"]) == (1, 1)
    assert len(answer.body["items"][1]["errors"]) == 10


def test_an_import_continues_after_a_lost_response(calls: Recorder) -> None:
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    calls.fail("transact_write_items", UnknownOutcome())
    answer = import_all(draft("a"), draft("b"))
    assert (answer.status, answer.body["created"], answer.body["failed"]) == (200, 2, 0)
    assert (stored("a")["points"], stored("b")["points"]) == (50, 50)
    assert import_all(draft("a"), draft("c")).body["updated"] == 1


def test_twenty_imports_at_once_leave_whole_rows_of_one_of_them_each() -> None:
    answers = together(
        [partial(import_all, *(draft(code, points=n, category=f"c{n}") for code in "abc")) for n in range(1, 21)]
    )
    assert {answer.status for answer in answers} == {200}
    assert sum(answer.body["created"] for answer in answers) == 3
    found = {(stored(code)["points"], stored(code)["category"]) for code in "abc"}
    assert len(found) == 1, "an import is written whole"
    ((points, category),) = found
    assert category == f"c{points}"
    assert stored("a")["rev"] == 20
