"""Boards, gaps and streaks of random populations, compared with brute force."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels import clock
from laurels.leaderboards import encoding, files, ranking, rules
from laurels.leaderboards.files import Layout
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.ranking import Ranking
from laurels.leaderboards.tally import HOLDERS, STREAKS, Tally
from laurels.leaderboards.users import Users
from laurels.standings import contests
from laurels.standings.codec import encode
from laurels.standings.models import Board, Listing
from tests.sizes import sized
from tests.unit.leaderboards import population as brute

# A Friday; a Sunday evening when it is Monday in the east; the first and the last day of a month and year.
MOMENTS = [
    datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC),
    datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
    datetime(2026, 11, 30, 23, 30, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 30, tzinfo=UTC),
]
POPULATIONS = sized(100, 300)
KEY = b"a version"


def tallied(people: list[brute.Person], now: datetime, parts: int) -> Tally:
    today = rules.Today.of(clock.epoch_ms(now))
    tallies = [Tally(Listing.SHOWN, today) for _ in range(parts)]
    for number, person in enumerate(people):
        tallies[number % parts].add(contests.of(encode(person.standing(now))))
    whole = Tally(Listing.SHOWN, today)
    for tally in tallies:
        whole.absorb(tally)
    return whole


@cache
def populations() -> list[tuple[datetime, list[brute.Person], Tally, Users]]:
    found = []
    for seed in range(POPULATIONS):
        now = MOMENTS[seed % len(MOMENTS)]
        people = brute.population(seed, now)
        tally = tallied(people, now, parts=1 + seed % 3)
        found.append((now, people, tally, tally.users(KEY)))
    return found


def encoded(places: Ranking, users: Users) -> tuple[Layout, bytes]:
    layout, file = encoding.encode(places, users)
    return layout, bytes(file)


@given(st.lists(st.integers(0, 4), max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_the_gaps_of_a_ranking_are_those_of_the_ends_of_its_parts(scores: list[int], cuts: list[int]) -> None:
    places = by_score(*scores)
    limits = [0, *sorted(cuts), len(scores)]
    ends = [ranking.ends(places.take(slice(*limit))) for limit in pairwise(limits)]
    together = ranking.ranked(*(np.concatenate(parts) for parts in zip(*ends, strict=True)))
    for find in (ranking.largest_gap, ranking.smallest_gap):
        assert pair(together, find) == pair(places, find)


def pair(places: Ranking, find: Callable[[Ranking], list[int]]) -> list[tuple[int, int]]:
    chosen = places.take(find(places))
    return list(zip(chosen.numbers.tolist(), chosen.scores.tolist(), strict=True))


@pytest.mark.slow
def test_every_board_and_window_equals_brute_force() -> None:
    for now, people, tally, users in populations():
        for name, (board, window) in tally.boards().items():
            layout, raw = encoded(users.ranking(tally.column(name)), users)
            places = files.decode(raw[: layout.total * layout.width], layout.width)
            found = [(position, *place) for position, place in enumerate(places, start=1)]
            expected = [
                (each.position, each.rank, each.user_id, each.score, milliseconds(each.reached), each.anonymous)
                for each in brute.board_of(people, board, window, now)
            ]
            assert found == expected, (board, window, now)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.slow
def test_the_directory_finds_all_users_and_no_others() -> None:
    for now, people, tally, users in populations():
        for name, (board, window) in tally.boards().items():
            layout, raw = encoded(users.ranking(tally.column(name)), users)
            expected = {each.user_id: [each.position] for each in brute.board_of(people, board, window, now)}
            if not expected:
                assert raw == b""
                continue
            for person in people:
                hashed = files.hash_of(person.user_id.encode(), KEY)
                start, length = layout.bucket(hashed)
                assert files.positions(raw[start : start + length], hashed) == expected.get(person.user_id, [])


@pytest.mark.slow
def test_percentiles_equal_brute_force() -> None:
    for now, people, tally, _ in populations():
        for board, window in tally.boards().values():
            places = brute.board_of(people, board, window, now)
            for place in places:
                others = [other for other in places if other is not place]
                not_above = sum(other.score <= place.score for other in others)
                expected = 100 * not_above / len(others) if others else 100
                assert rules.percentile(place.rank, len(places)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("rank", "total", "percentile"),
    [(1, 1, 100), (1, 2, 100), (2, 2, 0), (1, 9, 100), (2, 4, 66.66), (2, 1_000_000, 99.99), (1_000_000, 1_000_000, 0)],
)
def test_only_the_first_rank_is_100_percent(rank: int, total: int, percentile: float) -> None:
    assert rules.percentile(rank, total) == percentile


@pytest.mark.slow
def test_gaps_equal_brute_force() -> None:
    for _, people, tally, users in populations():
        holders = users.ranking(tally.column(HOLDERS))
        for find, expected in (
            (ranking.largest_gap, brute.largest_gap(people)),
            (ranking.smallest_gap, brute.smallest_gap(people)),
        ):
            pair = users.named(holders.take(find(holders)))
            found = (pair[0].user_id, pair[1].user_id, pair[0].score - pair[1].score) if pair else None
            assert found == expected


def test_long_streaks_equal_brute_force() -> None:
    for now, people, tally, users in populations():
        found = [(each.user_id, each.score) for each in users.named(users.ranking(tally.column(STREAKS)))]
        assert found == brute.seven_day_streaks(people, now)


def test_hidden_users_are_not_counted() -> None:
    for _, people, tally, _ in populations():
        assert len(tally) == sum(person.listing != "hidden" for person in people)


def test_populations_contain_the_cases_that_matter() -> None:
    """Ties of scores, ties of scores and times, people without a score, anonymous people, pairs with equal points."""
    ties = ties_of_both = without = anonymous = same_points = streaks = 0
    for now, people, _, _ in populations():
        board = brute.board_of(people, Board.POINTS, WindowName.ALL_TIME, now)
        ties += len({each.score for each in board}) < len(board)
        ties_of_both += len({(each.score, each.reached) for each in board}) < len(board)
        without += len(board) < len(people)
        anonymous += any(each.anonymous for each in board)
        same_points += any(pair.gap == 0 for pair in brute.all_pairs(people))
        streaks += len(brute.seven_day_streaks(people, now)) > 1
    assert min(ties, ties_of_both, without, anonymous, same_points, streaks) > POPULATIONS / 10


def ranked(*contenders: tuple[str, int, int]) -> list[tuple[int, str]]:
    """Rank users with these ids, scores and times; return ranks and ids in the order of the board."""
    shuffled = list(contenders)
    random.Random(1).shuffle(shuffled)
    ids, scores, reached = zip(*shuffled, strict=True) if shuffled else ((), (), ())
    anonymous = np.arange(len(ids), dtype=np.uint8) % 2  # which must not change the order
    users = Users([np.array([each.encode() for each in ids], np.bytes_)], anonymous, KEY)
    layout, raw = encoded(users.ranking(ranking.column(scores, reached)), users)
    places = files.decode(raw[: layout.total * layout.width], layout.width)
    return [(place.rank, place.user_id) for place in places]


@pytest.mark.parametrize(
    ("scores", "ranks"),
    [
        ((), []),
        ((5,), [1]),
        ((9, 8, 8, 7), [1, 2, 2, 4]),
        ((5, 5, 5), [1, 1, 1]),
        ((9, 9, 8, 8, 8, 1), [1, 1, 3, 3, 3, 6]),
        ((2**32 - 1, 2**32 - 1, 2**32 - 2, 1), [1, 1, 3, 4]),
    ],
)
def test_equal_scores_share_a_rank_and_the_following_ranks_are_skipped(
    scores: tuple[int, ...], ranks: list[int]
) -> None:
    found = ranked(*((f"user-{number}", score, 0) for number, score in enumerate(scores)))
    assert [rank for rank, _ in found] == ranks


def test_ties_are_ordered_by_time_and_then_by_id() -> None:
    found = ranked(("c", 5, 2), ("b", 5, 1), ("a", 5, 2), ("a:1", 5, 2), ("Z", 5, 2**48 - 1), ("z", 6, 2**48 - 1))
    assert [user_id for _, user_id in found] == ["z", "b", "a", "a:1", "c", "Z"]


def by_score(*scores: int) -> Ranking:
    return ranking.ranked(*ranking.column(scores, [0] * len(scores)))


@pytest.mark.parametrize("places", [by_score(), by_score(5)], ids=["nobody", "one"])
def test_there_is_no_gap_without_a_pair(places: Ranking) -> None:
    assert ranking.largest_gap(places) == ranking.smallest_gap(places) == []


def test_a_pair_with_equal_scores_has_a_gap_of_0() -> None:
    assert ranking.largest_gap(by_score(5, 5)) == ranking.smallest_gap(by_score(5, 5)) == [0, 1]


@given(st.lists(st.integers(0, 4)), st.integers(0, 9))
def test_ranks_of_arrays_equal_those_of_lists(scores: list[int], cut: int) -> None:
    scores.sort(reverse=True)
    expected = rules.ranks(scores)
    arrays = np.array(scores, np.uint32)
    above = expected[cut] - 1 if cut < len(scores) else 0
    assert [*ranking.ranks(arrays[:cut]), *ranking.ranks(arrays[cut:], cut, above)] == expected
