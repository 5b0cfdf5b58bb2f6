"""The stored criteria follow the definitions, even when writes fail."""

from collections.abc import Callable
from typing import Any

import pytest

from laurels import keys, table
from laurels.achievements import criteria
from laurels.writes import Put
from tests.events import ADMIN, Answer, user
from tests.integration.achievements.catalogue import (
    archive,
    create,
    draft,
    import_all,
    one,
    patch,
    reach,
    stored_criteria,
)
from tests.integration.recorder import PASSING, Recorder, for_each

ANNA, BORIS = user("anna", lang="ru"), user("boris")


def test_the_item_of_all_criteria_follows_the_definitions() -> None:
    create(draft("a", points=5, criteria=reach(homeworks_completed=10)))
    create(draft("b"))
    create(draft("c", criteria=reach(points=1), is_active=False))
    import_all(draft("d", criteria=reach(average_grade=99.5, tests_passed=3)), draft("e"))
    assert stored_criteria() == {
        "a": '[5,[["homeworks_completed",10.0]]]',
        "d": '[50,[["average_grade",99.5],["tests_passed",3.0]]]',
    }
    patch({"points": 6}, "a")
    patch({"criteria": reach(points=7)}, "b")
    patch({"is_active": True}, "c")
    patch({"criteria": None}, "d")
    patch({"category": "x"}, "e")
    assert stored_criteria() == {
        "a": '[6,[["homeworks_completed",10.0]]]',
        "b": '[50,[["points",7.0]]]',
        "c": '[50,[["points",1.0]]]',
    }
    import_all(draft("a"), draft("b", is_active=False))
    archive("c")
    assert stored_criteria() == {}


def test_a_patch_without_criteria_does_not_write_them(calls: Recorder) -> None:
    create(draft(criteria=reach(homeworks_completed=10, average_grade=90.5)))
    calls.made.clear()
    assert patch({"category": "Habits"}).status == 200
    assert calls.operations() == ["get_item", "transact_write_items"]
    (definition, *versions) = calls.made[-1].request["TransactItems"]
    assert definition["Put"]["Item"]["SK"]["S"] == keys.achievement("early-bird").SK
    assert {each["Update"]["Key"]["SK"]["S"] for each in versions} == {keys.criteria_version("anna").SK}


def test_a_hundred_rows_with_criteria_can_be_imported() -> None:
    rows = [draft(f"n{number}", criteria=reach(points=1 + number)) for number in range(100)]
    assert import_all(*rows).body["created"] == 100
    assert len(stored_criteria()) == 100
    assert import_all(*(draft(f"n{number}") for number in range(100))).body["updated"] == 100
    assert stored_criteria() == {}


@pytest.mark.parametrize("code", ["pk", "v", "rev", "sk-1", "0", "_", "-"])
def test_a_code_may_equal_the_name_of_an_attribute(code: str) -> None:
    create(draft(code, criteria=reach(points=5)))
    assert stored_criteria().keys() == {code}
    archive(code)
    assert stored_criteria() == {}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@for_each(*PASSING)
def test_a_definition_and_its_criteria_are_written_together_despite_failures(
    calls: Recorder, error: Exception, after: bool
) -> None:
    requests: list[tuple[Callable[[], Answer], int]] = [
        (lambda: create(draft(criteria=reach(points=5))), 201),
        (lambda: patch({"points": 60}), 200),
        (lambda: archive(), 204),
        (lambda: patch({"is_active": True, "criteria": reach(points=6)}), 200),
        (lambda: import_all(draft(criteria=reach(points=7))), 200),
    ]
    for ask, status in requests:
        calls.fail("transact_write_items", error, after=after, times=2)
        assert ask().status == status
        assert stored_criteria() == ({"early-bird": text} if (text := criteria.text_of(stored())) else {})


def stored() -> dict[str, Any] | None:
    return table.get(keys.achievement("early-bird"), consistent=True)


def test_a_definition_stored_before_there_were_criteria_can_be_read_and_changed() -> None:
    item = draft() | {"v": 1, "rev": 1, "is_secret": False, "is_active": True}
    stamps = dict.fromkeys(("created_at", "updated_at"), "2026-11-20T18:22:05.000Z")
    table.write(Put({**keys.achievement("early-bird")._asdict(), **item, **stamps}))
    assert one(caller=ADMIN).body["criteria"] is None
    assert patch({"criteria": reach(points=5)}).status == 200
    assert stored_criteria().keys() == {"early-bird"}
