"""The size of all criteria is limited, because stat updates read them: an admin gets a clear error at the limit."""

from typing import Any

import pytest

from laurels import keys, table
from laurels.achievements import criteria
from laurels.writes import Update
from tests.contents import contents
from tests.events import Answer
from tests.integration.achievements.catalogue import archive, create, draft, import_all, patch, reach


@pytest.fixture
def _full(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for two achievements with criteria of one condition, and both are there."""
    import_all(*(draft(code, criteria=reach(points=5)) for code in ("a", "b")), draft("plain"))
    monkeypatch.setattr(criteria, "MAX_BYTES", criteria.size(stored()))


def stored() -> dict[str, Any]:
    return table.get(keys.criteria(), consistent=True) or {}


def refused(answer: Answer) -> bool:
    return (answer.status, answer.body["code"], answer.fields) == (409, "conflict", ["criteria"])


@pytest.mark.usefixtures("_full")
def test_without_room_for_criteria_it_is_409_and_nothing_is_stored(dynamodb_client: Any, table: str) -> None:
    before = contents(dynamodb_client, table)
    assert refused(create(draft("c", criteria=reach(points=5))))
    assert refused(patch({"criteria": reach(points=5)}, "plain"))
    assert refused(patch({"criteria": reach(points=5, tests_passed=1)}, "a"))
    assert refused(import_all(draft("d"), draft("c", criteria=reach(points=5))))
    assert contents(dynamodb_client, table) == before


@pytest.mark.usefixtures("_full")
def test_changes_that_do_not_enlarge_the_criteria_are_always_possible() -> None:
    assert create(draft("c")).status == 201
    assert patch({"points": 10, "criteria": reach(points=6)}, "a").status == 200
    assert import_all(draft("b"), draft("c", criteria=reach(points=5))).body["failed"] == 0
    archive("a")
    assert patch({"criteria": reach(points=5)}, "b").status == 200
    assert stored().keys() >= {"of:b", "of:c"}


@pytest.mark.usefixtures("_full")
def test_an_import_that_is_too_large_for_one_transaction_is_not_done_by_half(dynamodb_client: Any, table: str) -> None:
    before = contents(dynamodb_client, table)
    rows = [draft(f"n{n:02d}", criteria=reach(points=5) if n > 50 else None) for n in range(99)]
    assert refused(import_all(draft("a", criteria=reach(points=7)), *rows))
    assert contents(dynamodb_client, table) == before


def test_when_it_is_full_the_table_still_takes_it() -> None:
    """And what several, who all saw room, put there at the same moment: three times as much."""
    create(draft(criteria=reach(points=5)))
    longest = criteria.attribute("x" * 60)
    text = "[1000000," + " " * 400 + "]"
    most = 4 * criteria.MAX_BYTES // (len(longest) + 4 + len(text)) - 10
    for start in range(0, most, 100):
        names = [f"{longest}{number:04d}" for number in range(start, min(start + 100, most))]
        table.write(Update(keys.criteria(), set=dict.fromkeys(names, text)))
    assert criteria.size(stored()) > 3.8 * criteria.MAX_BYTES
    assert refused(create(draft("another", criteria=reach(points=5))))
    assert archive().status == 204
