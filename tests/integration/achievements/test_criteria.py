"""Automatic awards: when a change makes a standing meet criteria, they are given once, with exact points."""

from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from laurels import clock, keys, table
from laurels.standings.models import Counter
from tests.events import Answer, together
from tests.integration.achievements.catalogue import (
    adhoc,
    archive,
    award,
    awards,
    counted,
    create,
    draft,
    earned,
    import_all,
    patch,
    reach,
    revoke,
    standing,
)
from tests.integration.achievements.counting import count
from tests.integration.conftest import Queues
from tests.integration.recorder import LOST_RACE, PASSING, Recorder, for_each
from tests.integration.stats.deliveries import deliver, records, update

pytestmark = pytest.mark.usefixtures("queues")


def codes(user_id: str = "anna") -> list[str]:
    return [item["code"] for item in table.query_all(keys.award(user_id))]


def awarded_at(code: str, user_id: str = "anna") -> str:
    item = table.get(keys.award(user_id, code), consistent=True)
    assert item
    text: str = item["awarded_at"]
    return text


def test_meeting_criteria_awards_in_the_same_transaction(calls: Recorder) -> None:
    create(draft("ten", points=70, criteria=reach(homeworks_completed=10)))
    count(homeworks_completed=9)
    assert (codes(), counted()) == ([], (0, 0))
    calls.made.clear()
    count(homeworks_completed=1)
    assert calls.operations() == ["batch_get_item", "batch_get_item", "transact_write_items"]
    assert (codes(), counted(), earned()) == (["ten"], (70, 1), (70, 1))
    (item,) = awards(headers={"accept-language": "ru"}).body["items"]
    assert (item["title"], item["points"], item["status"]) == ("ten (ru)", 70, "earned")


@pytest.mark.parametrize(
    ("criteria", "increments", "meets"),
    [
        (reach(total_courses=3), {"total_courses": 3}, True),
        (reach(active_courses=3), {"active_courses": 2}, False),
        (reach(completed_courses=1), {"completed_courses": 5}, True),
        (reach(tests_passed=2), {"tests_passed": 2}, True),
        (reach(average_grade=90.5), {"grade": 90.5}, True),
        (reach(average_grade=90.5), {"grade": 90.4}, False),
        (reach(tests_passed=2, homeworks_completed=1), {"tests_passed": 2}, False),
        (reach(tests_passed=2, homeworks_completed=1), {"tests_passed": 2, "homeworks_completed": 1}, True),
        (reach(points=1), {"tests_passed": 2}, False),
        (reach(achievements=1), {"tests_passed": 2}, False),
    ],
)
def test_all_conditions_must_be_met(criteria: Any, increments: dict[str, Any], meets: bool) -> None:
    create(draft("x", criteria=criteria))
    count(**increments)
    assert codes() == (["x"] if meets else [])


def test_a_repeated_message_earns_its_awards_once_despite_direct_awards(
    queues: Queues,
) -> None:
    import_all(*(draft(f"n{n}", points=10**n, criteria=reach(homeworks_completed=1 + n)) for n in range(3)))
    batch = records([update("the-one", "anna", increments={"homeworks_completed": 3})])

    def redelivery() -> Answer:
        assert deliver(batch) == []
        return Answer(200, {}, "")

    def direct(number: int) -> Any:
        return lambda: award({"code": f"n{number % 3}"})

    answers = together([direct(number) for number in range(20)] + [redelivery] * 5)
    assert {answer.status for answer in answers} <= {200, 201}
    for _ in range(50):
        assert deliver(batch) == []
    assert (codes(), counted(), earned()) == (["n0", "n1", "n2"], (111, 3), (111, 3))
    assert standing().counters[Counter.HOMEWORKS_COMPLETED] == 3


def test_an_update_that_earns_nothing_is_one_read_and_one_write_of_one_unit(calls: Recorder) -> None:
    import_all(*(draft(f"n{n}", criteria=reach(homeworks_completed=100 + n)) for n in range(20)))
    count(homeworks_completed=1)
    calls.made.clear()
    count(homeworks_completed=1)
    assert Tally(calls.operations()) == {"batch_get_item": 1, "put_item": 1}
    assert (calls.read_units(), calls.write_units()) == (1.0, 1.0)


def test_criteria_that_were_met_before_are_not_checked(calls: Recorder) -> None:
    create(draft("one", criteria=reach(homeworks_completed=1)))
    count(homeworks_completed=1)
    calls.made.clear()
    count(homeworks_completed=1)
    assert calls.operations() == ["batch_get_item", "put_item"]


def test_a_revoked_award_returns_only_when_its_criteria_are_met_anew() -> None:
    create(draft("ten", criteria=reach(homeworks_completed=10)))
    count(homeworks_completed=10)
    assert revoke("ten").status == 204
    for _ in range(3):
        count(homeworks_completed=1)
    assert (codes(), counted()) == ([], (0, 0))
    count(homeworks_completed=-4)
    assert codes() == []
    count(homeworks_completed=1)
    assert (codes(), counted(), earned()) == (["ten"], (50, 1), (50, 1))


def test_a_redelivered_message_does_not_restore_a_revoked_award() -> None:
    create(draft("ten", criteria=reach(homeworks_completed=10)))
    batch = records([update("ten-at-once", "anna", increments={"homeworks_completed": 10})])
    deliver(batch)
    revoke("ten")
    assert deliver(batch) == []
    assert (codes(), counted()) == ([], (0, 0))


def test_points_and_achievements_bring_more_points_and_achievements() -> None:
    import_all(
        draft("first", points=60, criteria=reach(homeworks_completed=1)),
        draft("rich", points=40, criteria=reach(points=50)),
        draft("richer", points=7, criteria=reach(points=100, achievements=2)),
        draft("collector", points=3, criteria=reach(achievements=3)),
        draft("too-far", points=1, criteria=reach(points=111)),
    )
    count(homeworks_completed=1)
    assert codes() == ["collector", "first", "rich", "richer"]
    assert counted() == earned() == (110, 4)
    award(adhoc("more", 1))
    assert codes() == ["collector", "first", "more", "rich", "richer", "too-far"]
    assert counted() == earned() == (112, 6)


def test_a_direct_award_and_what_follows_are_one_transaction(calls: Recorder) -> None:
    import_all(draft("a", points=60), draft("rich", criteria=reach(points=50)))
    award({"code": "own", "title": "Own", "points": 1}, user_id="boris")  # this process holds the criteria now
    calls.made.clear()
    assert award({"code": "a"}).status == 201
    assert calls.operations() == ["batch_get_item", "batch_get_item", "transact_write_items"]
    assert codes() == ["a", "rich"]
    assert counted() == earned() == (110, 2)


def test_awards_do_not_depend_on_the_batches_of_messages() -> None:
    """Ten are reached in between and lost again: one by one or all in a batch, that is an award."""
    create(draft("ten", criteria=reach(homeworks_completed=10)))
    now = datetime.now(UTC)
    for user_id, together_ in (("anna", True), ("boris", False)):
        steps = [(4, 5), (6, 4), (-5, 3), (5, 2), (-1, 1)]
        messages = [
            update(
                f"{number}",
                user_id,
                increments={"homeworks_completed": by},
                occurred_at=clock.iso(now - timedelta(minutes=minutes)),
            )
            for number, (by, minutes) in enumerate(steps)
        ]
        for batch in [messages] if together_ else [[each] for each in messages]:
            assert deliver(records(batch)) == []
    assert codes("anna") == codes("boris") == ["ten"]
    when = clock.iso(now - timedelta(minutes=4))
    assert awarded_at("ten", "anna") == awarded_at("ten", "boris") == when
    assert counted("anna") == counted("boris") == (50, 1)


def test_it_is_dated_when_the_last_of_its_conditions_came_to_be_met() -> None:
    import_all(
        draft("two", criteria=reach(homeworks_completed=2)),
        draft("graded", criteria=reach(average_grade=90, homeworks_completed=2)),
        draft("rich", criteria=reach(points=50)),
    )
    now = datetime.now(UTC)
    count(ago=timedelta(days=2), homeworks_completed=1)
    count(ago=timedelta(days=5), homeworks_completed=1)  # comes late: two were reached two days ago
    for code in ("two", "rich"):
        assert clock.moment(awarded_at(code)) == pytest.approx(now - timedelta(days=2), abs=timedelta(hours=1))
    count(ago=timedelta(days=1), grade=90)
    assert clock.moment(awarded_at("graded")) == pytest.approx(now - timedelta(days=1), abs=timedelta(hours=1))


def test_only_active_criteria_count_and_only_from_now_on() -> None:
    import_all(draft("a", criteria=reach(tests_passed=1)), draft("b", criteria=reach(tests_passed=1), is_active=False))
    archive("a")
    count(tests_passed=1)
    assert codes() == []
    patch({"is_active": True}, "a")
    patch({"is_active": True}, "b")
    count(tests_passed=1)
    assert codes() == []  # that is for a backfill
    count("boris", tests_passed=1)
    assert codes("boris") == ["a", "b"]


def test_a_secret_one_is_earned_too() -> None:
    create(draft("hidden", is_secret=True, criteria=reach(tests_passed=1)))
    count(tests_passed=1)
    assert codes() == ["hidden"]


def test_an_award_outside_the_catalogue_with_the_same_code_is_unchanged() -> None:
    award(adhoc("ten", 3))
    create(draft("ten", points=70, criteria=reach(homeworks_completed=10)))
    count(homeworks_completed=10)
    (item,) = awards().body["items"]
    assert (item["title"], item["points"]) == ("Title of ten", 3)
    assert counted() == earned() == (3, 1)
    assert award({"code": "ten"}).body["already_awarded"] is True
    assert award(adhoc("ten", 3), user_id="boris").fields == ["points", "title"]


def test_points_that_were_changed_are_worth_to_later_ones_only() -> None:
    create(draft("one", points=5, criteria=reach(tests_passed=1)))
    count(tests_passed=1)
    patch({"points": 9}, "one")
    count("boris", tests_passed=1)
    assert (counted("anna"), counted("boris")) == ((5, 1), (9, 1))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items"])
@for_each(*PASSING, LOST_RACE)
def test_failures_between_read_and_write_count_once(
    calls: Recorder, error: Exception, operation: str, after: bool
) -> None:
    import_all(*(draft(f"n{n}", points=10**n, criteria=reach(homeworks_completed=1)) for n in range(3)))
    calls.fail(operation, error, after=after, times=3)
    count(homeworks_completed=1)
    assert (counted(), earned(), len(codes())) == ((111, 3), (111, 3), 3)
    assert standing().counters[Counter.HOMEWORKS_COMPLETED] == 1


def test_a_concurrent_award_to_another_user_is_counted_too(calls: Recorder) -> None:
    import_all(*(draft(f"n{n}", points=10**n, criteria=reach(homeworks_completed=1)) for n in range(3)))
    calls.meanwhile("transact_write_items", lambda: award({"code": "n1"}))
    count(homeworks_completed=1)
    assert (counted(), earned(), codes()) == ((111, 3), (111, 3), ["n0", "n1", "n2"])


def test_many_users_at_the_same_moment_do_not_meet() -> None:
    create(draft("one", points=5, criteria=reach(homeworks_completed=1)))
    people = [f"user-{number}" for number in range(12)]

    def work(user_id: str) -> Answer:
        assert deliver(records([update(uuid4().hex, user_id)])) == []
        return Answer(200, {}, "")

    together([partial(work, one) for one in people])
    assert {counted(one) for one in people} == {(5, 1)}
