"""The order of a board, in arrays: a million places need no object for each.

A board is ordered by score, the highest first, then by the time at which that was reached, then by user id.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.uint32]
Times = NDArray[np.uint64]  # epoch milliseconds
Ids = NDArray[np.bytes_]
# A score and when it was reached, as standings and boards store them: the time's 6 bytes as 2 and 4.
SCORE = [("score", ">u4"), ("high", ">u2"), ("low", ">u4")]


class Column(NamedTuple):
    """The entries of one board in one window, in any order: users (as indexes), their scores, and when those were
    reached."""

    users: Numbers
    scores: Numbers
    reached: Times

    def where(self, chosen: NDArray[np.bool_]) -> "Column":
        """Return the entries for which `chosen` is true."""
        return Column(self.users[chosen], self.scores[chosen], self.reached[chosen])


class Ranking(NamedTuple):
    """Places, best first. `numbers` are those of the users, which follow the order of ids and so settle ties."""

    numbers: Numbers
    scores: Numbers
    reached: Times

    @property
    def total(self) -> int:
        return len(self.numbers)

    def best(self, count: int) -> "Ranking":
        """Return the first places, which keep no memory of the others."""
        return self.take([*range(min(count, self.total))])

    def take(self, chosen: "slice | list[int]") -> "Ranking":
        """Return these places, by indexes in the order of the board."""
        return Ranking(self.numbers[chosen], self.scores[chosen], self.reached[chosen])


def times(stored: NDArray[np.void]) -> Times:
    """Return when stored scores were reached. `stored` has the fields of SCORE."""
    found: Times = stored["high"].astype(np.uint64) << np.uint64(32) | stored["low"]
    return found


def column(scores: ArrayLike, reached: ArrayLike, first: int = 0) -> Column:
    """Return the column of users who have one entry each. `first` is the index of the first of them."""
    numbers = np.asarray(scores, np.uint32)
    users = np.arange(first, first + len(numbers), dtype=np.uint32)
    return Column(users, numbers, np.asarray(reached, np.uint64))


def ranked(numbers: Numbers, scores: Numbers, reached: Times) -> Ranking:
    """Return the places with these parts, best first."""
    order = np.lexsort((numbers, reached, ~scores))  # the last key counts first
    return Ranking(numbers[order], scores[order], reached[order])


def ranks(scores: Numbers, before: int = 0, above: int = 0) -> Numbers:
    """Return the competition rank of each place (1, 2, 2, 4): equal scores share one.

    For a part of a board, `before` is the number of places before it, and `above` that of places with a higher score
    than its first one.
    """
    found = np.arange(before + 1, before + 1 + len(scores), dtype=np.uint32)
    found[1:][scores[1:] == scores[:-1]] = 0
    found[:1] = above + 1
    return np.maximum.accumulate(found)


def largest_gap(ranking: Ranking) -> list[int]:
    """Return the two places whose scores differ most, the higher one first; none without two. Ties: the pair with the
    smaller ids.

    Places have no time here and in `smallest_gap`: they are ordered by score and id.
    """
    if ranking.total < 2:
        return []
    first_of_the_lowest = int(np.argmax(ranking.scores == ranking.scores[-1]))
    return [0, max(first_of_the_lowest, 1)]


def smallest_gap(ranking: Ranking) -> list[int]:
    """Return the two places whose scores differ least: two neighbours in the order of scores. Ties and return value as
    of `largest_gap`."""
    if ranking.total < 2:
        return []
    gaps = ranking.scores[:-1] - ranking.scores[1:]
    # Ids of equal scores are sorted, so the pair with the smallest ids is adjacent.
    pairs = np.flatnonzero(gaps == gaps.min())
    first = int(pairs[np.lexsort((ranking.numbers[pairs + 1], ranking.numbers[pairs]))[0]])
    return [first, first + 1]


def ends(ranking: Ranking) -> Ranking:
    """Return the places that settle both gaps: the gaps of a ranking are those of the ends of all its parts."""
    last = range(max(ranking.total - 1, 0), ranking.total)
    found = {*range(min(ranking.total, 2)), *last, *largest_gap(ranking), *smallest_gap(ranking)}
    return ranking.take(sorted(found))
