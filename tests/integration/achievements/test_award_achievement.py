"""POST /v1/users/{user_id}/achievements: one award and exact points, under retries, races and faults."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels.standings.models import Board
from laurels.table import Throttled, UnknownOutcome
from tests.contents import contents
from tests.events import ADMIN, Answer, together, user
from tests.integration.achievements.catalogue import (
    adhoc,
    award,
    counted,
    create,
    draft,
    earned,
    import_all,
    revoke,
    standing,
)
from tests.integration.recorder import LOST_RACE, PASSING, Recorder, for_each


def test_the_first_is_201_and_all_after_it_200_with_the_same_award() -> None:
    create(draft(category="Habits", icon_url="https://example.org/e.png"))
    first = award({"code": "early-bird"})
    assert first.status == 201
    assert first.body | {"awarded_at": ""} == {
        "code": "early-bird",
        "title": "early-bird (en)",
        "description": "In English",
        "language": "en",
        "points": 50,
        "icon_url": "https://example.org/e.png",
        "category": "Habits",
        "status": "earned",
        "awarded_at": "",
        "progress": None,
        "already_awarded": False,
        "rarity": None,
    }
    for caller in (None, ADMIN):
        options: dict[str, Any] = {"caller": caller} if caller else {}
        again = award({"code": "early-bird"}, **options)
        assert (again.status, again.body) == (200, first.body | {"already_awarded": True})
    assert counted() == earned() == (50, 1)


def test_the_answer_is_in_the_callers_language() -> None:
    create(draft())
    assert award({"code": "early-bird"}, lang="ru").body["title"] == "early-bird (ru)"


def test_an_achievement_outside_the_catalogue_brings_its_own_texts() -> None:
    body = adhoc("olympiad", 150) | {"description": "Третье место 🥉", "icon_url": "https://example.org/o.png"}
    answer = award(body)
    assert answer.status == 201
    assert {name: answer.body[name] for name in body} == body
    assert (answer.body["language"], answer.body["category"]) == (None, None)
    assert award(adhoc("olympiad", 7)).body["points"] == 150
    assert counted() == (150, 1)


def test_twenty_different_awards_at_once_are_twenty_awards_and_exactly_their_points() -> None:
    import_all(*(draft(f"n{number}", points=2**number) for number in range(10)))
    bodies = [{"code": f"n{number}"} for number in range(10)] + [adhoc(f"n{n}", 2**n) for n in range(10, 20)]
    answers = together([partial(award, body) for body in bodies])
    assert [answer.status for answer in answers] == [201] * 20
    assert counted() == earned() == (2**20 - 1, 20)


def test_one_award_twenty_times_at_once_is_one_award() -> None:
    create(draft())
    answers = together([lambda: award({"code": "early-bird"})] * 20)
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    (first,) = (answer for answer in answers if answer.status == 201)
    assert {answer.text for answer in answers if answer.status == 200} == {
        first.text.replace('"already_awarded":false', '"already_awarded":true')
    }
    assert counted() == earned() == (50, 1)


def test_awards_of_twenty_users_at_once_do_not_meet() -> None:
    create(draft())
    people = [f"user-{number}" for number in range(20)]
    answers = together([partial(award, {"code": "early-bird"}, user_id=one) for one in people])
    assert {answer.status for answer in answers} == {201}
    assert {counted(one) for one in people} == {(50, 1)}


def test_a_reserved_id_is_404_and_gets_no_award() -> None:
    for user_id in ("search", ".", ".."):
        assert award(adhoc("olympiad", 10), user_id=user_id).status == 404
        assert table.get_many([keys.award(user_id, "olympiad"), keys.standing(user_id)]) == [None, None]


def test_an_unknown_code_without_a_title_is_422() -> None:
    answer = award({"code": "unheard-of"})
    assert (answer.status, sorted(answer.fields)) == (422, ["code", "title"])


@pytest.mark.parametrize("points", [{}, {"points": 0}])
def test_an_award_without_points_counts_as_an_achievement_and_is_on_no_board_of_points(points: dict[str, int]) -> None:
    answer = award({"code": "olympiad", "title": "Olympiad"} | points)
    assert (answer.status, answer.body["points"]) == (201, 0)
    assert counted() == earned() == (0, 1)
    assert standing().scores[Board.POINTS].reached == 0
    assert award({"code": "olympiad", "title": "Olympiad"} | points).body["already_awarded"] is True
    assert revoke("olympiad").status == 204
    assert counted() == earned() == (0, 0)


def test_the_catalogues_own_fields_are_not_for_the_caller() -> None:
    create(draft())
    answer = award(adhoc("early-bird", 1_000_000) | {"description": "x"})
    assert (answer.status, answer.fields) == (422, ["description", "points", "title"])


def test_an_archived_achievement_cannot_be_earned_and_its_awards_stay() -> None:
    create(draft())
    assert award({"code": "early-bird"}, user_id="boris").status == 201
    import_all(draft(is_active=False))
    answer = award({"code": "early-bird"})
    assert (answer.status, answer.fields, answer.body["errors"][0]["code"]) == (422, ["code"], "archived")
    assert award({"code": "early-bird"}, user_id="boris").status == 200


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"code": "Olympiad"}, "code"),
        ({"code": "x" * 65}, "code"),
        ({"points": -5}, "points"),
        ({"points": 1_000_001}, "points"),
        ({"points": True}, "points"),
        ({"points": "5"}, "points"),
        ({"title": ""}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"description": "x" * 2001}, "description"),
        ({"icon_url": "javascript:alert(1)"}, "icon_url"),
        ({"awarded_at": "yesterday"}, "awarded_at"),
        ({"awarded_at": 1795198925}, "awarded_at"),
        ({"awarded_at": "2026-11-20"}, "awarded_at"),
        ({"awarded_at": "0001-01-01T00:00:00+14:00"}, "awarded_at"),
        ({"awarded_at": "1969-12-31T23:59:59Z"}, "awarded_at"),
        ({"awarded_at": "2999-01-01T00:00:00Z"}, "awarded_at"),
        ({"user_id": "boris"}, "user_id"),
        ({"category": "Habits"}, "category"),
    ],
)
def test_a_wrong_field_is_422_is_named_and_nothing_is_stored(
    fields: dict[str, Any], named: str, dynamodb_client: Any, table: str
) -> None:
    answer = award(adhoc("olympiad") | fields)
    assert (answer.status, answer.fields) == (422, [named])
    assert contents(dynamodb_client, table) == []


@pytest.mark.parametrize(
    "caller", [user("anna"), user("x", scope="stats:write users:write"), user("x", roles="awards:write"), user("x")]
)
def test_without_the_scope_it_is_403(caller: dict[str, str], dynamodb_client: Any, table: str) -> None:
    assert award(adhoc("olympiad"), caller=caller).status == 403
    assert contents(dynamodb_client, table) == []


def windows(board: Board = Board.POINTS) -> tuple[int, int, int]:
    """The score of all time, of the month and of the week that the standing holds."""
    found = standing()
    return tuple(scores[board].score for scores in (found.scores, found.month.scores, found.week.scores))  # type: ignore[return-value]  # there are three


def test_an_award_of_the_past_counts_for_the_windows_of_its_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
    monkeypatch.setattr(clock, "now", lambda: now)
    award(adhoc("now", 1))
    award(adhoc("this-month", 10) | {"awarded_at": "2026-11-15T23:59:59Z"})  # the Sunday before
    award(adhoc("long-ago", 100) | {"awarded_at": "2024-02-29T23:59:59+05:00"})
    assert windows() == (111, 11, 1)
    assert windows(Board.ACHIEVEMENTS) == (3, 2, 1)
    stored = table.get(keys.award("anna", "long-ago"))
    assert stored
    assert stored["awarded_at"] == "2024-02-29T18:59:59.000Z"


def test_a_clock_may_be_a_little_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 29, 23, 58, tzinfo=UTC)  # a Sunday
    monkeypatch.setattr(clock, "now", lambda: now)
    assert award(adhoc("ahead") | {"awarded_at": "2026-11-30T00:02:59Z"}).status == 201
    assert award(adhoc("too-far-ahead") | {"awarded_at": "2026-11-30T00:03:01Z"}).status == 422


def test_an_award_makes_its_day_active() -> None:
    award(adhoc("olympiad") | {"awarded_at": "2026-11-20T18:22:05Z"})
    day = datetime(2026, 11, 20, tzinfo=UTC).date().toordinal()
    assert (standing().award_days.last, standing().activity_days.last) == (day, day)


@for_each(*PASSING, LOST_RACE)
def test_a_throttled_transaction_is_retried(calls: Recorder, error: Exception) -> None:
    calls.fail("transact_write_items", error, times=3)
    calls.fail("batch_get_item", Throttled())
    answer = award(adhoc("olympiad"))
    assert (answer.status, answer.body["already_awarded"]) == (201, False)
    assert counted() == earned() == (10, 1)


def test_an_award_whose_answer_was_lost_is_known_as_ones_own(calls: Recorder) -> None:
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    answer = award(adhoc("olympiad"))
    assert (answer.status, answer.body["already_awarded"]) == (201, False)
    assert counted() == earned() == (10, 1)
    assert calls.operations().count("transact_write_items") == 1


def test_a_concurrent_award_is_counted_too(calls: Recorder) -> None:
    calls.meanwhile("transact_write_items", lambda: award(adhoc("another", 5), caller=ADMIN))
    assert award(adhoc("olympiad")).status == 201
    assert counted() == earned() == (15, 2)


def test_a_concurrent_identical_award_comes_first(calls: Recorder) -> None:
    made: list[Answer] = []
    calls.meanwhile("transact_write_items", lambda: made.append(award(adhoc("olympiad"), caller=ADMIN)))
    second = award(adhoc("olympiad", 7))
    assert [answer.status for answer in made] == [201]
    assert (second.status, second.body) == (200, made[0].body | {"already_awarded": True})
    assert counted() == earned() == (10, 1)


def test_a_table_that_stays_away_is_503_before_the_function_runs_out_of_time(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRY_SECONDS", "0.2")
    calls.fail("transact_write_items", Throttled(), times=1000)
    answer = award(adhoc("olympiad"))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert counted() == earned() == (0, 0)
