"""The users of a board, numbered in the order of their ids."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from laurels.leaderboards import files, ranking
from laurels.leaderboards.ranking import Column, Ids, Numbers, Ranking


class Named(NamedTuple):
    """One place with its user. `reached` is epoch milliseconds."""

    user_id: str
    score: int
    reached: int
    anonymous: bool


class Users:
    """A user's number is the index in the order of ids, so that numbers settle ties. Columns name users by their index
    in all `parts` of the ids. `key` is the hash key of the version (see `files.hash_of`)."""

    def __init__(self, parts: Sequence[Ids], anonymous: NDArray[np.uint8], key: bytes) -> None:
        ids = np.concatenate([np.array([], np.bytes_), *parts])
        order = np.argsort(ids, kind="stable")
        self.ids = ids[order]
        self.anonymous = anonymous[order]
        self.width = files.HEAD + (ids.dtype.itemsize if len(ids) else 0)  # of a record
        self._numbers: Numbers = np.empty(len(ids), np.uint32)
        self._numbers[order] = np.arange(len(ids), dtype=np.uint32)
        self._key = key

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """The hashes by number. Runs of the state machine need none."""
        return np.fromiter((files.hash_of(each, self._key) for each in self.ids), np.uint64, len(self.ids))

    def ranking(self, column: Column) -> Ranking:
        """Return the users of a column, best first."""
        return ranking.ranked(self._numbers[column.users], column.scores, column.reached)

    def scores(self, column: Column, wanted: Collection[int]) -> dict[int, int]:
        """Return the scores in a column of those of the wanted users (by number) who have one."""
        numbers = self._numbers[column.users]
        found = np.flatnonzero(np.isin(numbers, list(wanted)))
        return dict(zip(numbers[found].tolist(), column.scores[found].tolist(), strict=True))

    def named(self, places: Ranking) -> list[Named]:
        """Return the places with their users."""
        parts: Sequence[list[int]] = [places.numbers.tolist(), places.scores.tolist(), places.reached.tolist()]
        return [
            Named(self.ids[number].decode(), score, at, bool(self.anonymous[number]))
            for number, score, at in zip(*parts, strict=True)
        ]
