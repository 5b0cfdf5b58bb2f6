"""DELETE /v1/users/{user_id}/achievements/{code}: revokes an award and takes exactly its points back."""

from datetime import UTC, datetime

import pytest

from laurels import clock, keys, table
from laurels.standings.models import Board
from laurels.table import UnknownOutcome
from tests.events import ADMIN, AWARDER, together, user
from tests.integration.achievements.catalogue import (
    adhoc,
    award,
    awards,
    counted,
    counted_lately,
    create,
    draft,
    earned,
    earned_lately,
    patch,
    revoke,
    standing,
)
from tests.integration.recorder import LOST_RACE, PASSING, Recorder, for_each


def test_a_revoked_award_loses_its_points_and_can_be_awarded_again() -> None:
    create(draft())
    award(adhoc("other", 7))
    for points in (50, 60):
        assert award({"code": "early-bird"}).status == 201
        assert counted() == earned() == (points + 7, 2)
        answer = revoke()
        assert (answer.status, answer.text) == (204, "")
        assert counted() == earned() == (7, 1)
        assert [item["code"] for item in awards().body["items"]] == ["other"]
        patch({"points": 60})


def test_revoking_an_unknown_award_is_404() -> None:
    create(draft())
    assert revoke().status == 404
    assert revoke("unheard-of").status == 404
    award({"code": "early-bird"}, user_id="boris")
    assert revoke().status == 404
    assert revoke("Early bird").status == 404
    assert counted("boris") == (50, 1)


def test_it_takes_back_the_points_that_the_award_was_worth() -> None:
    create(draft())
    award({"code": "early-bird"})
    patch({"points": 999})
    revoke()
    assert counted() == (0, 0)


@pytest.mark.parametrize("caller", [user("anna"), user("x", scope="stats:write"), user("x", roles="awards:write")])
def test_it_takes_the_scope(caller: dict[str, str]) -> None:
    award(adhoc("olympiad"))
    assert revoke("olympiad", caller).status == 403
    assert counted() == (10, 1)
    assert revoke("olympiad", ADMIN).status == 204


def test_the_windows_of_its_time_lose_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))  # a Friday
    for code, points, day in (("now", 1, "2026-11-20"), ("month", 10, "2026-11-15"), ("long-ago", 100, "2024-02-29")):
        award(adhoc(code, points) | {"awarded_at": f"{day}T12:00:00Z"})

    def windows() -> list[tuple[int, int]]:
        found = standing()
        boards = (Board.POINTS, Board.ACHIEVEMENTS)
        return [
            (scores[boards[0]].score, scores[boards[1]].score)
            for scores in (found.scores, found.month.scores, found.week.scores)
        ]

    assert windows() == [(111, 3), (11, 2), (1, 1)]
    revoke("month")
    assert windows() == [(101, 2), (1, 1), (1, 1)]
    revoke("long-ago")
    revoke("now")
    assert windows() == [(0, 0)] * 3


def test_an_award_that_was_dated_ahead_is_taken_back_from_the_week_that_it_counted_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 29, 23, 58, tzinfo=UTC))  # a Sunday
    award(adhoc("ahead") | {"awarded_at": "2026-11-30T00:02:00Z"})
    assert counted_lately() == earned_lately() == [(10, 1), (10, 1)]
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 30, 12, tzinfo=UTC))
    award(adhoc("next-week", 50))
    assert counted_lately() == earned_lately() == [(50, 1), (60, 2)]
    revoke("ahead")
    assert counted_lately() == earned_lately() == [(50, 1), (50, 1)]


def test_of_twenty_at_once_one_takes_it_back() -> None:
    award(adhoc("olympiad"))
    award(adhoc("other", 7))
    answers = together([lambda: revoke("olympiad")] * 20)
    # Who saw it and was beaten may say that it is done; who came later, that there is none.
    assert {answer.status for answer in answers} <= {204, 404}
    assert 204 in {answer.status for answer in answers}
    assert counted() == earned() == (7, 1)


def test_awarding_and_revoking_at_once_never_lets_points_drift() -> None:
    for _ in range(3):
        together([lambda: award(adhoc("olympiad")), lambda: revoke("olympiad")] * 10)
        assert counted() == earned()
        assert counted() in ((0, 0), (10, 1))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items"])
@for_each(*PASSING, LOST_RACE)
def test_despite_failures_it_is_revoked_once(calls: Recorder, error: Exception, operation: str, after: bool) -> None:
    award(adhoc("olympiad"))
    award(adhoc("other", 7))
    calls.fail(operation, error, after=after, times=2)
    assert revoke("olympiad").status == 204
    assert counted() == earned() == (7, 1)


def test_an_award_that_was_made_since_our_answer_was_lost_is_not_ours_to_take(calls: Recorder) -> None:
    award(adhoc("olympiad"))
    first = table.get(keys.award("anna", "olympiad"), consistent=True)
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    calls.meanwhile("batch_get_item", lambda: None)
    calls.meanwhile("batch_get_item", lambda: award(adhoc("olympiad", 11), caller=AWARDER))
    assert revoke("olympiad").status == 204
    assert counted() == earned() == (11, 1)
    assert table.get(keys.award("anna", "olympiad"), consistent=True) != first
