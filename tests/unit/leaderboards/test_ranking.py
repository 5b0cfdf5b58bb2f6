"""Boards, gaps and streaks of random populations, compared with brute force."""

import random
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels import clock
from laurels.leaderboards import files, ranking, rules
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.tally import Column, NumberedUsers, Tally
from laurels.standings.codec import decode_contest, encode
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
    tallies = [Tally(Listing.SHOWN) for _ in range(parts)]
    for number, person in enumerate(people):
        tallies[number % parts].add(decode_contest(encode(person.standing(now))), rules.Today.of(clock.epoch_ms(now)))
    whole = Tally(Listing.SHOWN)
    for tally in tallies:
        whole.absorb(tally)
    return whole


@cache
def populations() -> list[tuple[datetime, list[brute.Person], Tally, NumberedUsers]]:
    found = []
    for seed in range(POPULATIONS):
        now = MOMENTS[seed % len(MOMENTS)]
        people = brute.population(seed, now)
        tally = tallied(people, now, parts=1 + seed % 3)
        found.append((now, people, tally, NumberedUsers(tally, KEY)))
    return found


@given(st.lists(st.integers(0, 4), max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_the_gaps_of_a_ranking_are_those_of_the_ends_of_its_parts(scores: list[int], cuts: list[int]) -> None:
    places = sorted(ranking.key(score, 0, number) for number, score in enumerate(scores))
    limits = [0, *sorted(cuts), len(places)]
    ends = sorted(place for first, last in pairwise(limits) for place in ranking.ends(places[first:last]))
    assert ranking.largest_gap(ends) == ranking.largest_gap(places)
    assert ranking.smallest_gap(ends) == ranking.smallest_gap(places)


@pytest.mark.slow
def test_every_board_and_window_equals_brute_force() -> None:
    for now, people, tally, users in populations():
        for (board, window), column in tally.boards.items():
            layout, raw = files.encode(users.ranking(column), users.ids, users.anonymous, users.hashes)
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
        for (board, window), column in tally.boards.items():
            layout, raw = files.encode(users.ranking(column), users.ids, users.anonymous, users.hashes)
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
        for board, window in tally.boards:
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
        holders = users.ranking(tally.holders)
        for find, expected in (
            (ranking.largest_gap, brute.largest_gap(people)),
            (ranking.smallest_gap, brute.smallest_gap(people)),
        ):
            found = find(holders)
            assert (found and gap(found, users)) == expected


def gap(pair: tuple[int, int], users: NumberedUsers) -> tuple[str, str, int]:
    a, b = pair
    ids = (users.ids[ranking.number(place)].decode() for place in pair)
    return (*ids, ranking.score(a) - ranking.score(b))  # type: ignore[return-value]  # two ids


def test_long_streaks_equal_brute_force() -> None:
    for _, people, tally, users in populations():
        found = [
            (users.ids[ranking.number(each)].decode(), ranking.score(each)) for each in users.ranking(tally.streaks)
        ]
        assert found == brute.seven_day_streaks(people)


def test_hidden_users_are_not_counted() -> None:
    for _, people, tally, _ in populations():
        assert len(tally.ids) == sum(person.listing != "hidden" for person in people)


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
        streaks += len(brute.seven_day_streaks(people)) > 1
    assert min(ties, ties_of_both, without, anonymous, same_points, streaks) > POPULATIONS / 10


def ranked(*contenders: tuple[str, int, int]) -> list[tuple[int, str]]:
    """Rank users with these ids, scores and times; return ranks and ids in the order of the board."""
    shuffled = list(contenders)
    random.Random(1).shuffle(shuffled)
    tally, column = Tally(Listing.SHOWN), Column()
    for number, (user_id, score, reached) in enumerate(shuffled):
        tally.ids.append(user_id.encode())
        tally.anonymous.append(number % 2)  # which must not change the order
        column.append(number, score, reached)
    users = NumberedUsers(tally, KEY)
    layout, raw = files.encode(users.ranking(column), users.ids, users.anonymous, users.hashes)
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


def by_score(*scores: int) -> list[int]:
    return sorted(ranking.key(score, 0, number) for number, score in enumerate(scores))


@pytest.mark.parametrize("places", [[], by_score(5)], ids=["nobody", "one"])
def test_there_is_no_gap_without_a_pair(places: list[int]) -> None:
    assert ranking.largest_gap(places) is None
    assert ranking.smallest_gap(places) is None


def test_a_pair_with_equal_scores_has_a_gap_of_0() -> None:
    a, b = by_score(5, 5)
    assert ranking.largest_gap([a, b]) == ranking.smallest_gap([a, b]) == (a, b)
