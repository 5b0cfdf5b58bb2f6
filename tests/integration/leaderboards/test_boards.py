"""Boards and summary of whole platforms, computed from the table into the bucket and read page by page."""

from datetime import UTC, datetime

import pytest

from laurels import table
from laurels.leaderboards import service
from laurels.leaderboards.models import BoardQuery, Entry, Summary, WindowName
from laurels.paging import PageQuery
from laurels.standings.models import Board, Listing, Score, Standing
from laurels.writes import Put
from leaderboards.compute_leaderboards import handler as compute
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.platform import READER, pages, profile, settle, store
from tests.unit.leaderboards import population as brute

pytestmark = pytest.mark.usefixtures("bucket")

POPULATIONS = [
    (1, 25, datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)),
    (2, 60, datetime(2027, 1, 3, 23, 59, tzinfo=UTC)),
    (3, 120, datetime(2026, 11, 30, 23, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("seed", "size", "now"), POPULATIONS)
def test_every_page_of_every_board_equals_brute_force(seed: int, size: int, now: datetime, calendar: Calendar) -> None:
    calendar.now = now
    people = brute.population(seed, now, size)
    settle(people, now)
    assert compute({}, None)["computed"]

    for board in Board:
        for window in WindowName:
            expected = brute.board_of(people, board, window, now)
            limit = 1 + (seed * 7 + len(board)) % 12
            found: list[Entry] = []
            for page in pages(board, window, limit):
                assert len(page.items) == min(limit, len(expected) - len(found))
                assert (page.board, page.window, page.total, page.as_of) == (board, window, len(expected), now)
                found += page.items
            assert [(item.position, item.rank, item.score, item.achieved_at) for item in found] == [
                (each.position, each.rank, each.score, brute.shown_time(each)) for each in expected
            ]
            assert [(item.user_id, item.display_name) for item in found] == [
                (None, None) if each.anonymous else (each.user_id, f"Learner {each.user_id[:60]}") for each in expected
            ]


@pytest.mark.parametrize(("seed", "size", "now"), POPULATIONS)
def test_the_summary_equals_brute_force(seed: int, size: int, now: datetime, calendar: Calendar) -> None:
    calendar.now = now
    people = brute.population(seed, now, size)
    settle(people, now)
    compute({}, None)
    anonymous = {person.user_id for person in people if person.listing is Listing.ANONYMOUS}

    def seen(user_id: str) -> str | None:
        return None if user_id in anonymous else user_id

    def first(board: Board) -> tuple[str | None, int]:
        best = brute.board_of(people, board, WindowName.ALL_TIME, now)[0]
        return seen(best.user_id), best.score

    found = service.summary(READER)
    assert found.most_achievements is not None
    assert found.most_points is not None
    assert (found.most_achievements.user_id, found.most_achievements.value) == first(Board.ACHIEVEMENTS)
    assert (found.most_points.user_id, found.most_points.value) == first(Board.POINTS)
    for gap, pair in (
        (found.max_points_gap, brute.largest_gap(people)),
        (found.min_points_gap, brute.smallest_gap(people)),
    ):
        assert gap is not None
        assert pair is not None
        assert (gap.a.user_id, gap.b.user_id, gap.gap) == (seen(pair.a), seen(pair.b), pair.gap)
    streaks = brute.seven_day_streaks(people, now)
    assert [(one.user_id, one.longest) for one in found.seven_day_streaks] == [
        (seen(user_id), length) for user_id, length in streaks
    ]
    assert found.seven_day_streaks_total == len(streaks)
    assert found.users == sum(person.listing is not Listing.HIDDEN for person in people)
    assert found.as_of == now


def test_before_the_first_run_boards_are_empty(calendar: Calendar) -> None:
    page = service.board("points", BoardQuery(), PageQuery(), READER)
    assert (page.items, page.total, page.as_of, page.next_cursor) == ([], 0, None, None)
    assert service.boards().as_of is None
    assert service.summary(READER) == EMPTY


def test_of_an_empty_platform_boards_are_empty_and_dated(calendar: Calendar) -> None:
    compute({}, None)
    for board in Board:
        for window in WindowName:
            page = service.board(board, BoardQuery(window=window), PageQuery(), READER)
            assert (page.items, page.total, page.as_of, page.next_cursor) == ([], 0, calendar.now, None)
    assert service.summary(READER) == EMPTY.model_copy(update={"as_of": calendar.now})


EMPTY = Summary(
    most_achievements=None,
    most_points=None,
    max_points_gap=None,
    min_points_gap=None,
    seven_day_streaks=[],
    seven_day_streaks_total=0,
    users=0,
    as_of=None,
)


def test_a_single_user_is_first_and_there_is_no_gap(calendar: Calendar) -> None:
    person = brute.Person("42", events=[brute.Event(calendar.now, None, 50)])
    settle([person], calendar.now)
    compute({}, None)
    (page,) = pages(Board.POINTS)
    assert [(item.rank, item.position, item.user_id, item.score) for item in page.items] == [(1, 1, "42", 50)]
    found = service.summary(READER)
    assert found.most_points is not None
    assert (found.most_points.user_id, found.most_points.value) == ("42", 50)
    assert (found.max_points_gap, found.min_points_gap, found.users) == (None, None, 1)


def test_a_user_without_a_profile_is_listed_by_the_default_name(calendar: Calendar) -> None:
    """Other services may count for somebody who has never called."""
    store([brute.Person("42", events=[brute.Event(calendar.now, None, 50)]).standing(calendar.now)])
    compute({}, None)
    (page,) = pages(Board.POINTS)
    assert [(item.user_id, item.display_name) for item in page.items] == [("42", "Learner")]


def test_the_largest_scores_and_ids_of_any_length_fit(calendar: Calendar) -> None:
    ids = ["7", "x" * 128, "auth0|5f7c8ec7c33c6c004bbafe82", "y" * 127]
    standings = [Standing(user_id) for user_id in ids]
    for number, standing in enumerate(standings):
        standing.scores[Board.POINTS] = Score(2**32 - 1 - number, 2**41)
    store(standings)
    compute({}, None)
    (page,) = pages(Board.POINTS)
    assert [(item.user_id, item.score) for item in page.items] == [
        (user_id, 2**32 - 1 - number) for number, user_id in enumerate(ids)
    ]


@pytest.mark.parametrize(
    "change",
    [{"listing": Listing.ANONYMOUS}, {"listing": Listing.HIDDEN}, {"is_active": False}],
    ids=["anonymous", "hidden", "inactive"],
)
def test_anonymous_hidden_and_inactive_users_lose_their_names_at_once(
    change: dict[str, object], calendar: Calendar
) -> None:
    people = [brute.Person(name, events=[brute.Event(calendar.now, None, 5)]) for name in ("1", "2")]
    settle(people, calendar.now)
    compute({}, None)
    table.write(Put(profile("1", **change)))  # type: ignore[arg-type]  # the changes are of several types

    (page,) = pages(Board.POINTS)
    assert [(item.user_id, item.display_name, item.avatar_url) for item in page.items] == [
        (None, None, None),
        ("2", "Learner 2", None),
    ]
    found = service.summary(READER)
    assert found.most_points is not None
    assert (found.most_points.user_id, found.most_points.display_name) == (None, None)
    assert found.min_points_gap is not None
    assert [found.min_points_gap.a.user_id, found.min_points_gap.b.user_id] == [None, "2"]


def test_a_user_anonymous_at_computation_stays_anonymous_in_that_version(calendar: Calendar) -> None:
    store(
        [
            brute.Person(name, Listing.ANONYMOUS, events=[brute.Event(calendar.now, None, 5)]).standing(calendar.now)
            for name in ("no profile", "shown since")
        ]
    )
    table.write(Put(profile("shown since")))
    compute({}, None)
    (page,) = pages(Board.POINTS)
    assert [(item.user_id, item.display_name) for item in page.items] == [(None, None), (None, None)]
    gap = service.summary(READER).min_points_gap
    assert gap is not None
    assert [gap.a.user_id, gap.b.user_id] == [None, None]


def test_a_hidden_user_is_gone_with_the_next_run(calendar: Calendar) -> None:
    people = [brute.Person(name, events=[brute.Event(calendar.now, None, 5)]) for name in ("1", "2")]
    settle(people, calendar.now)
    compute({}, None)
    people[0].listing = Listing.HIDDEN
    settle(people, calendar.now)
    compute({}, None)
    (page,) = pages(Board.POINTS)
    assert [(item.rank, item.user_id) for item in page.items] == [(1, "2")]
    assert service.summary(READER).users == 1


def test_a_new_name_and_picture_are_on_the_boards_at_once(calendar: Calendar) -> None:
    person = brute.Person("42", events=[brute.Event(calendar.now, None, 5)])
    settle([person], calendar.now)
    compute({}, None)
    table.write(Put(profile("42", display_name="Анна", avatar_url="https://example.com/a.webp")))
    (page,) = pages(Board.POINTS)
    assert [(item.display_name, item.avatar_url) for item in page.items] == [("Анна", "https://example.com/a.webp")]
