"""All scores that a pass over the standings collects, packed so that a million users fit into a function's memory.

An object per user, board and window would take some 3 GB. Here an entry takes 16 bytes, and only the board that is
being ranked takes more.
"""

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field

from laurels.days import longest
from laurels.leaderboards import files, ranking, rules
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.ranking import Ranking
from laurels.standings.definitions import Definitions
from laurels.standings.models import Board, Contest, Listing

HOLDERS, STREAKS = "holders", "streaks"  # columns that are no boards


@dataclass(slots=True)
class Column:
    """One board and window: users (as indexes into the tally), their scores, and when those were reached (epoch
    milliseconds)."""

    users: "array[int]" = field(default_factory=lambda: array("I"))
    scores: "array[int]" = field(default_factory=lambda: array("I"))
    reached: "array[int]" = field(default_factory=lambda: array("Q"))

    def append(self, user: int, score: int, reached: int) -> None:
        self.users.append(user)
        self.scores.append(score)
        self.reached.append(reached)

    def absorb(self, other: "Column", offset: int) -> None:
        self.users.extend(map(offset.__add__, other.users))
        self.scores.extend(other.scores)
        self.reached.extend(other.reached)


def _columns() -> dict[tuple[str, WindowName], Column]:
    return {(board, window): Column() for board in Board for window in WindowName}


@dataclass(slots=True)
class Tally:
    """The users that have been read, except hidden ones, with their scores on every board and window. `default` is the
    listing of users who never chose one, `own` the own metrics that have a board."""

    default: Listing
    own: Definitions = field(default_factory=dict)
    ids: list[bytes] = field(default_factory=list)
    anonymous: bytearray = field(default_factory=bytearray)
    boards: dict[tuple[str, WindowName], Column] = field(default_factory=_columns)
    holders: Column = field(default_factory=Column)  # users with at least one award, and their points
    streaks: Column = field(default_factory=Column)  # award streaks of at least seven days; reached on an ordinal

    def __post_init__(self) -> None:
        for board, definition in self.own.items():
            self.boards |= {(board, window): Column() for window in rules.windows(definition)}

    def add(self, contest: Contest, today: rules.Today) -> None:
        listing = contest.listing or self.default
        if listing is Listing.HIDDEN:
            return
        user = len(self.ids)
        self.ids.append(contest.user_id.encode())
        self.anonymous.append(listing is Listing.ANONYMOUS)
        for board, window, score, reached in rules.entries(contest, today, self.own):
            self.boards[board, window].append(user, score, reached)
        if rules.has_award(contest):
            self.holders.append(user, rules.points(contest), 0)
            length, on = longest(contest.award_days, covered=rules.covered_days(contest, today))
            if length >= rules.SEVEN_DAYS:
                self.streaks.append(user, length, on)

    def columns(self) -> dict[str, Column]:
        """Return all columns by name; that of a board is the name of its file."""
        boards = {f"{board}-{window}": column for (board, window), column in self.boards.items()}
        return boards | {HOLDERS: self.holders, STREAKS: self.streaks}

    def absorb(self, other: "Tally") -> None:
        """Add the users of another tally, which must not be used afterwards."""
        offset = len(self.ids)
        self.ids += other.ids
        self.anonymous += other.anonymous
        for name, column in other.boards.items():
            self.boards[name].absorb(column, offset)
        self.holders.absorb(other.holders, offset)
        self.streaks.absorb(other.streaks, offset)


class NumberedUsers:
    """The users of a tally in the order of their ids. A user's number is the index in this order, so that numbers
    settle ties. `key` is the hash key of the version (see `files.hash_of`)."""

    def __init__(self, tally: Tally, key: bytes) -> None:
        order = sorted(range(len(tally.ids)), key=tally.ids.__getitem__)
        self.ids = [tally.ids[user] for user in order]
        self.anonymous = bytes(map(tally.anonymous.__getitem__, order))
        self.hashes = array("Q", (files.hash_of(user_id, key) for user_id in self.ids))
        self._numbers = array("I", bytes(4 * len(order)))
        for number, user in enumerate(order):
            self._numbers[user] = number

    def scores(self, column: Column, wanted: Collection[int]) -> dict[int, int]:
        """Return the scores in a column of those of the wanted users (by number) who have one."""
        numbers = map(self._numbers.__getitem__, column.users)
        return {number: score for number, score in zip(numbers, column.scores, strict=True) if number in wanted}

    def ranking(self, column: Column) -> Ranking:
        """Return the users of a column, best first."""
        numbers = map(self._numbers.__getitem__, column.users)
        return ranking.ranked(column.scores, column.reached, numbers)
