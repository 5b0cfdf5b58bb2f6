"""Boards, gaps and streaks of random populations against brute force."""

import random
from datetime import UTC, datetime
from functools import cache
from itertools import chain

import pytest

from laurels.leaderboards import rules
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.rules import Contender
from laurels.leaderboards.tally import Tally
from laurels.standings.models import Board
from tests.unit.leaderboards import population as brute

# A Friday; a Sunday evening when it is Monday in the east; the first and the last day of a month and year.
MOMENTS = [
    datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC),
    datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
    datetime(2026, 11, 30, 23, 30, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 30, tzinfo=UTC),
]
POPULATIONS = 300


def tallied(people: list[brute.Person], now: datetime, parts: int) -> list[Tally]:
    tallies = [Tally() for _ in range(parts)]
    for number, person in enumerate(people):
        tallies[number % parts].add(person.standing(now), now.date())
    return tallies


@cache
def populations() -> list[tuple[datetime, list[brute.Person], list[Tally]]]:
    found = []
    for seed in range(POPULATIONS):
        now = MOMENTS[seed % len(MOMENTS)]
        people = brute.population(seed, now)
        found.append((now, people, tallied(people, now, parts=1 + seed % 3)))
    return found


def test_every_board_and_window_equals_brute_force() -> None:
    for now, people, tallies in populations():
        for board in Board:
            for window in WindowName:
                places = rules.ranked(chain.from_iterable(tally.board(board, window) for tally in tallies))
                found = [(position, rank, *contender) for position, (rank, contender) in enumerate(places, start=1)]
                expected = [
                    (each.position, each.rank, each.user_id, each.score, milliseconds(each.reached), each.anonymous)
                    for each in brute.board_of(people, board, window, now)
                ]
                assert found == expected, (board, window, now)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_gaps_equal_brute_force() -> None:
    for _, people, tallies in populations():
        holders = [*chain.from_iterable(tally.holders() for tally in tallies)]
        for find, expected in (
            (rules.largest_gap, brute.largest_gap(people)),
            (rules.smallest_gap, brute.smallest_gap(people)),
        ):
            found = find(holders)
            assert (found and (found.a.user_id, found.b.user_id, found.gap)) == expected


def test_long_streaks_equal_brute_force() -> None:
    for _, people, tallies in populations():
        places = rules.ranked(chain.from_iterable(tally.streaks() for tally in tallies))
        assert [(one.user_id, one.score) for _, one in places] == brute.seven_day_streaks(people)


def test_the_hidden_are_counted_for_nobody() -> None:
    for _, people, tallies in populations():
        assert sum(tally.users for tally in tallies) == sum(person.listing != "hidden" for person in people)


def test_populations_hold_what_matters() -> None:
    """Ties of scores, and of scores and times; people without a score; the anonymous; pairs of the same points."""
    ties = ties_of_both = without = anonymous = same_points = streaks = 0
    for now, people, _ in populations():
        board = brute.board_of(people, Board.POINTS, WindowName.ALL_TIME, now)
        ties += len({each.score for each in board}) < len(board)
        ties_of_both += len({(each.score, each.reached) for each in board}) < len(board)
        without += len(board) < len(people)
        anonymous += any(each.anonymous for each in board)
        same_points += any(pair.gap == 0 for pair in brute.all_pairs(people))
        streaks += len(brute.seven_day_streaks(people)) > 1
    assert min(ties, ties_of_both, without, anonymous, same_points, streaks) > POPULATIONS / 10


def contenders(*scores: int) -> list[Contender]:
    return [Contender(f"user-{number}", score, 0, False) for number, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "ranks"),
    [
        ((), []),
        ((5,), [1]),
        ((9, 8, 8, 7), [1, 2, 2, 4]),
        ((5, 5, 5), [1, 1, 1]),
        ((9, 9, 8, 8, 8, 1), [1, 1, 3, 3, 3, 6]),
    ],
)
def test_equal_scores_share_a_rank_and_the_next_one_is_left_out(scores: tuple[int, ...], ranks: list[int]) -> None:
    shuffled = contenders(*scores)
    random.Random(1).shuffle(shuffled)
    assert [place.rank for place in rules.ranked(shuffled)] == ranks


def test_of_equal_scores_the_earlier_stands_higher_and_then_the_smaller_id() -> None:
    order = [Contender("b", 5, 1, False), Contender("a", 5, 2, False), Contender("c", 5, 2, False)]
    assert [place.contender for place in rules.ranked(reversed(order))] == order


def test_anonymity_does_not_change_the_order() -> None:
    order = [Contender("a", 5, 1, True), Contender("b", 5, 1, False)]
    assert [place.contender for place in rules.ranked(reversed(order))] == order


@pytest.mark.parametrize("holders", [contenders(), contenders(5)], ids=["nobody", "one"])
def test_there_is_no_gap_without_a_pair(holders: list[Contender]) -> None:
    assert rules.largest_gap(holders) is None
    assert rules.smallest_gap(holders) is None


def test_a_pair_of_equals_has_a_gap_of_0() -> None:
    pair = rules.PointsGap(*contenders(5, 5))
    assert (pair.gap, rules.largest_gap(contenders(5, 5)), rules.smallest_gap(contenders(5, 5))) == (0, pair, pair)
