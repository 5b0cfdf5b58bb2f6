"""POST /v1/achievements/{code}/backfill: users who meet the criteria already are awarded, through a queue."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laurels import clock
from tests.events import AWARDER, user
from tests.integration.achievements.backfills import PEOPLE, awarded, batches, finish
from tests.integration.achievements.catalogue import (
    archive,
    award,
    backfill,
    counted,
    create,
    draft,
    earned,
    import_all,
    patch,
    reach,
    revoke,
)
from tests.integration.achievements.counting import count
from tests.integration.conftest import Queues

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def _homeworks(queues: Queues) -> None:
    """Each of twelve people has done as many homeworks as their number says."""
    for number, user_id in enumerate(PEOPLE[1:], start=1):
        count(user_id, homeworks_completed=number)


@pytest.mark.usefixtures("_homeworks")
def test_users_who_meet_the_criteria_already_are_awarded(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    assert awarded("five") == {}
    answer = backfill("five")
    assert (answer.status, answer.body["dry_run"], answer.body["count"]) == (202, False, None)
    finish(queues)
    assert list(awarded("five")) == PEOPLE[5:]
    assert {counted(user_id) for user_id in PEOPLE[5:]} == {(50, 1)}
    assert {earned(user_id) for user_id in PEOPLE[:5]} == {(0, 0)}


@pytest.mark.usefixtures("_homeworks")
def test_a_dry_run_counts_users_and_awards_none(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    award({"code": "five"}, user_id=PEOPLE[7])
    answer = backfill("five", dry_run=True)
    assert (answer.status, answer.body) == (
        200,
        {"code": "five", "dry_run": True, "backfill_id": None, "count": 6, "complete": True},
    )
    assert list(batches(queues)) == []
    assert list(awarded("five")) == [PEOPLE[7]]


@pytest.mark.usefixtures("_homeworks")
def test_a_dry_run_out_of_time_is_not_complete(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    monkeypatch.setenv("DRY_RUN_SECONDS", "0")
    assert backfill("five", dry_run=True).body == {
        "code": "five",
        "dry_run": True,
        "backfill_id": None,
        "count": 0,
        "complete": False,
    }


@pytest.mark.usefixtures("_homeworks")
def test_a_repeated_backfill_awards_only_revoked_awards_again(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    backfill("five")
    finish(queues)
    first = awarded("five")
    revoke("five", user_id=PEOPLE[8])
    backfill("five")
    finish(queues)
    assert awarded("five").keys() == first.keys()
    assert {counted(user_id) for user_id in first} == {(50, 1)}


def test_it_is_dated_when_that_is_known_and_else_now(queues: Queues) -> None:
    count(PEOPLE[0], timedelta(days=3), homeworks_completed=5)  # five, and no more since
    count(PEOPLE[1], timedelta(days=3), homeworks_completed=5)
    count(PEOPLE[1], timedelta(days=1), homeworks_completed=1)  # when it was five is not known any more
    count(PEOPLE[2], timedelta(days=3), homeworks_completed=5)
    count(PEOPLE[2], timedelta(days=2), grade=80)
    count(PEOPLE[3], timedelta(days=3), homeworks_completed=5, total_courses=1)  # no time is kept of that one
    import_all(
        draft("five", criteria=reach(homeworks_completed=5)),
        draft("graded", criteria=reach(homeworks_completed=5, average_grade=80)),
        draft("enrolled", criteria=reach(homeworks_completed=5, total_courses=1)),
    )
    for code in ("five", "graded", "enrolled"):
        backfill(code)
    finish(queues)
    ages = {
        code: {user_id: (NOW - clock.moment(at) + timedelta(hours=12)).days for user_id, at in awarded(code).items()}
        for code in ("five", "graded", "enrolled")
    }
    assert ages == {
        "five": {PEOPLE[0]: 3, PEOPLE[1]: 0, PEOPLE[2]: 3, PEOPLE[3]: 3},
        "graded": {PEOPLE[2]: 2},
        "enrolled": {PEOPLE[3]: 0},
    }


@pytest.mark.usefixtures("_homeworks")
def test_an_award_may_lead_to_further_awards(queues: Queues) -> None:
    import_all(
        draft("five", points=60, criteria=reach(homeworks_completed=5)),
        draft("rich", points=1, criteria=reach(points=60)),
    )
    backfill("five")
    finish(queues)
    assert list(awarded("rich")) == PEOPLE[5:]
    assert {counted(user_id) for user_id in PEOPLE[5:]} == {earned(user_id) for user_id in PEOPLE[5:]} == {(61, 2)}


def test_an_unknown_archived_or_plain_achievement_cannot_be_backfilled(queues: Queues) -> None:
    import_all(draft("plain"), draft("gone", criteria=reach(points=5)))
    archive("gone")
    bodies: list[dict[str, Any]] = [{}, {"dry_run": True}]
    for body in bodies:
        assert backfill("unheard-of", **body).status == 404
        assert [backfill(code, **body).status for code in ("plain", "gone")] == [409, 409]
    assert list(batches(queues)) == []
    assert backfill("plain", dry_run="yes").fields == ["dry_run"]
    assert backfill("plain", mode="dry").fields == ["mode"]


def test_only_an_admin_backfills(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    for caller in (user("anna"), AWARDER):
        assert backfill("five", caller, dry_run=True).status == backfill("five", caller).status == 403
    assert list(batches(queues)) == []


@pytest.mark.usefixtures("_homeworks")
def test_an_achievement_archived_meanwhile_is_not_awarded(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    backfill("five")
    archive("five")
    finish(queues)
    assert awarded("five") == {}


@pytest.mark.usefixtures("_homeworks")
def test_criteria_that_change_meanwhile_are_those_of_now(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    backfill("five")
    patch({"criteria": reach(homeworks_completed=9), "points": 7}, "five")
    finish(queues)
    assert list(awarded("five")) == PEOPLE[9:]
    assert counted(PEOPLE[9]) == (7, 1)


def test_a_repeated_request_is_the_same_backfill(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    named = {"idempotency-key": "k"}
    first, again = backfill("five", headers=named), backfill("five", headers=named)
    assert (again.status, again.body) == (202, first.body)
    assert finish(queues) <= 64
