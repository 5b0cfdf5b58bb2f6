"""The order of a board as whole numbers, so that a million places are sorted and kept without an object for each.

A place is one number made of three: the distance of the score from the highest possible one (32 bits), when it was
reached (48 bits, epoch milliseconds), and the user's number (32 bits), which follows the order of ids. So the best
place is the smallest number: by score, then by time, then by user id.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

MAX_SCORE = 2**32 - 1
_LOW_32, _LOW_48 = 2**32 - 1, 2**48 - 1

Ranking = Sequence[int]  # best first


def key(score: int, reached: int, number: int) -> int:
    return (MAX_SCORE - score) << 80 | reached << 32 | number


def ranked(scores: Iterable[int], reached: Iterable[int], numbers: Iterable[int]) -> Ranking:
    """Return the places with these parts, best first."""
    parts = zip(scores, reached, numbers, strict=True)
    return sorted([(MAX_SCORE - score) << 80 | at << 32 | number for score, at, number in parts])  # as `key`


def score(key: int) -> int:
    return MAX_SCORE - (key >> 80)


def reached(key: int) -> int:
    return key >> 32 & _LOW_48


def number(key: int) -> int:
    return key & _LOW_32


def ranks(ranking: Ranking, before: int = 0, above: int = 0) -> Iterator[int]:
    """Yield the competition rank of each place (1, 2, 2, 4): equal scores share one.

    For a part of a board, `before` is the number of places before it, and `above` that of places with a higher score
    than its first one.
    """
    if not ranking:
        return
    rank, last = above + 1, ranking[0] >> 80
    for position, place in enumerate(ranking, start=before + 1):
        if place >> 80 != last:
            rank, last = position, place >> 80
        yield rank


def largest_gap(ranking: Ranking) -> tuple[int, int] | None:
    """Return the pair whose scores differ most, the higher one first. Ties: the pair with the smaller ids.

    Places have no time here and in `smallest_gap`: they are ordered by score and id.
    """
    if len(ranking) < 2:
        return None
    first_of_the_lowest = bisect_left(ranking, ranking[-1] >> 80 << 80)
    return ranking[0], ranking[max(first_of_the_lowest, 1)]


def smallest_gap(ranking: Ranking) -> tuple[int, int] | None:
    """Return the pair whose scores differ least: two neighbours in the order of scores. Ties as in `largest_gap`."""
    # Ids of equal scores are sorted, so the pair with the smallest ids is adjacent and comes first.
    return min(pairwise(ranking), key=_gap_and_ids, default=None)


def ends(ranking: Ranking) -> Ranking:
    """Return the places that settle both gaps: the gaps of a ranking are those of the ends of all its parts."""
    found = {*ranking[:2], *ranking[-1:], *(largest_gap(ranking) or ()), *(smallest_gap(ranking) or ())}
    return sorted(found)


def _gap_and_ids(pair: tuple[int, int]) -> tuple[int, int, int]:
    a, b = pair
    return (b >> 80) - (a >> 80), a & _LOW_32, b & _LOW_32
