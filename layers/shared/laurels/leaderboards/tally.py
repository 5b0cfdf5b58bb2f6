"""What a pass over the standings collects, packed so that a million users fit into a function's memory.

An object per user, board and window would take some 3 GB. Here it is 16 bytes, and objects are made of one board at a
time, when it is ranked.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from laurels.leaderboards.models import WindowName
from laurels.leaderboards.rules import SEVEN_DAYS, Contender, contenders
from laurels.standings.models import Board, Listing, Standing
from laurels.standings.rules import longest


@dataclass(slots=True)
class _Column:
    """Users (by their number in the tally), their scores, and when those were reached."""

    users: "array[int]" = field(default_factory=lambda: array("I"))
    scores: "array[int]" = field(default_factory=lambda: array("I"))
    reached: "array[int]" = field(default_factory=lambda: array("Q"))

    def append(self, user: int, score: int, reached: int) -> None:
        self.users.append(user)
        self.scores.append(score)
        self.reached.append(reached)


@dataclass(slots=True)
class Tally:
    """The users of one partition, but the hidden ones, and what they compete with."""

    _ids: list[str] = field(default_factory=list)
    _anonymous: bytearray = field(default_factory=bytearray)
    _boards: dict[tuple[Board, WindowName], _Column] = field(default_factory=lambda: defaultdict(_Column))
    _holders: _Column = field(default_factory=_Column)
    _streaks: _Column = field(default_factory=_Column)

    def add(self, standing: Standing, today: date) -> None:
        if standing.listing is Listing.HIDDEN:
            return
        user = len(self._ids)
        self._ids.append(standing.user_id)
        self._anonymous.append(standing.listing is Listing.ANONYMOUS)
        for board, window, contender in contenders(standing, today):
            self._boards[board, window].append(user, contender.score, contender.reached)
        if standing.achievements:
            self._holders.append(user, standing.points, 0)
        length, on = longest(standing.award_days)
        if length >= SEVEN_DAYS:
            self._streaks.append(user, length, on)

    @property
    def users(self) -> int:
        return len(self._ids)

    def board(self, board: Board, window: WindowName) -> Iterator[Contender]:
        return self._contenders(self._boards[board, window])

    def holders(self) -> Iterator[Contender]:
        """The users with at least one award, by their points."""
        return self._contenders(self._holders)

    def streaks(self) -> Iterator[Contender]:
        """The users whose longest `awards` streak has at least seven days, by its length; reached on an ordinal."""
        return self._contenders(self._streaks)

    def _contenders(self, column: _Column) -> Iterator[Contender]:
        for user, score, reached in zip(column.users, column.scores, column.reached, strict=True):
            yield Contender(self._ids[user], score, reached, bool(self._anonymous[user]))
