"""All scores that a pass over the standings collects, packed so that a million users fit into a function's memory.

The scores of a standing stay as they are stored, 54 bytes for each user and window in which the user was active. The
column of a board is cut out of them when that board is ranked. Streaks and own metrics, which follow from other parts
of a standing, take 16 bytes an entry.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from laurels.days import longest
from laurels.leaderboards import calendars, ranking, rules
from laurels.leaderboards.collected import Entries, Packed
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.ranking import Column, Ids
from laurels.leaderboards.users import Users
from laurels.standings.codec import SCORES_BYTES, window_head
from laurels.standings.contests import Contest
from laurels.standings.definitions import Definitions
from laurels.standings.models import SCORED, Board, Listing

HOLDERS, STREAKS = "holders", "streaks"  # columns that are no boards
_SCORE = np.dtype(ranking.SCORE)
assert _SCORE.itemsize * len(SCORED) == SCORES_BYTES
_ACHIEVEMENTS = slice(start := SCORED.index(Board.ACHIEVEMENTS) * _SCORE.itemsize, start + 4)
_NONE = b"\0\0\0\0"
_AT_ONCE = 4096  # calendars, which take 2 KB each while their runs are found


class Tally:
    """The users that have been read, except hidden ones, with their scores on every board and window. `default` is the
    listing of users who never chose one, `own` the own metrics that have a board."""

    def __init__(self, default: Listing, today: rules.Today, own: Definitions | None = None) -> None:
        self._default, self._today, self._own = default, today, own or {}
        self._ids: list[bytes] = []  # of the users who were added
        self._absorbed: list[Ids] = []  # of those who came before them, with other tallies
        self._anonymous = bytearray()
        self._scores = {window: Packed() for window in WindowName}
        self._stored = [  # attribute, what it begins with in the present window, and where its scores belong
            ("sc", b"", self._scores[WindowName.ALL_TIME]),
            ("mo", window_head(today.month), self._scores[WindowName.MONTH]),
            ("wk", window_head(today.week), self._scores[WindowName.WEEK]),
        ]
        self._activity, self._award_days = Packed(), Packed()  # of users whose streaks are not found yet
        self._entries: dict[tuple[str, WindowName], Entries] = {
            (board, window): Entries()
            for board, definition in {Board.STREAK: None, **self._own}.items()
            for window in rules.windows(definition)
        }
        self._streaks = Entries()  # award streaks of at least seven days; reached on an ordinal

    def __len__(self) -> int:
        return len(self._anonymous)

    def add(self, contest: Contest) -> None:
        listing = contest.listing or self._default
        if listing is Listing.HIDDEN:
            return
        user = len(self)
        self._ids.append(contest.user_id.encode())
        self._anonymous.append(listing is Listing.ANONYMOUS)
        for name, head, scores in self._stored:
            packed = contest.packed(name)
            if packed.startswith(head):
                scores.append(user, packed[len(head) :])
        if self._own:
            self._append(user, rules.own_entries(contest, self._today, self._own))
        if contest.whole is None:
            self._activity.append(user, contest.packed("ad"))
            if _has_awards(contest):
                self._award_days.append(user, contest.packed("wd"))
            if len(self._activity) >= _AT_ONCE:
                self._find_streaks()
        else:
            self._append(user, rules.streak_entries(contest, self._today))
            covered = rules.covered_days(contest, self._today)
            length, on = longest(contest.award_days, until=self._today.ordinal, covered=covered)
            if length >= rules.SEVEN_DAYS and _has_awards(contest):
                self._streaks.append(user, length, on)

    def _append(self, user: int, entries: Iterable[rules.Entry]) -> None:
        for board, window, score, reached in entries:
            self._entries[board, window].append(user, score, reached)

    def _find_streaks(self) -> None:
        """Find the streaks of the calendars that are kept, and keep those instead."""
        activity, award_days = self._activity, self._award_days
        self._activity, self._award_days = Packed(), Packed()
        for window, (first, last) in self._today.spans.items():
            found = calendars.column(activity, first, last)
            times = (found.reached - np.uint64(rules.EPOCH)) * np.uint64(rules.DAY_MS)
            self._entries[Board.STREAK, window].extend(found._replace(reached=times))
        found = calendars.column(award_days, last=self._today.ordinal)
        self._streaks.extend(found.where(found.scores >= rules.SEVEN_DAYS))

    def absorb(self, other: "Tally") -> None:
        """Add the users of another tally, which must not be used afterwards."""
        offset = len(self)
        self._absorbed += [*self._own_ids(), *other._absorbed, *other._own_ids()]
        self._ids = []
        self._anonymous += other._anonymous
        for window, scores in other._scores.items():
            self._scores[window].absorb(scores, offset)
        for name, entries in other._entries.items():
            self._entries[name].absorb(entries, offset)
        self._streaks.absorb(other._streaks, offset)
        self._activity.absorb(other._activity, offset)
        self._award_days.absorb(other._award_days, offset)
        if len(self._activity) >= _AT_ONCE:
            self._find_streaks()

    def users(self, key: bytes) -> Users:
        """Return all users, whose ids are not kept here. `key` is the hash key of the version."""
        ids = [*self._absorbed, *self._own_ids()]
        self._ids, self._absorbed = [], []
        return Users(ids, np.frombuffer(self._anonymous, np.uint8), key)

    def boards(self) -> dict[str, tuple[str, WindowName]]:
        """Return all boards with their windows, by the name of the column, which is also that of the board's file."""
        scored = [(board, window) for board in SCORED for window in WindowName]
        return {f"{board}-{window}": (board, window) for board, window in [*scored, *self._entries]}

    def column(self, name: str) -> Column:
        """Return a column by its name. It is made anew each time, to keep no memory."""
        if len(self._activity):
            self._find_streaks()
        if name == STREAKS:
            return self._streaks.column()
        if name == HOLDERS:  # users with at least one award, and their points; without times
            holders = _column(self._scores[WindowName.ALL_TIME], Board.POINTS, among=Board.ACHIEVEMENTS)
            return holders._replace(reached=np.zeros_like(holders.reached))
        board, window = self.boards()[name]
        if (board, window) in self._entries:
            return self._entries[board, window].column()
        return _column(self._scores[window], Board(board))

    def _own_ids(self) -> Iterator[Ids]:
        if self._ids:
            yield np.array(self._ids)


def _column(scores: Packed, board: Board, among: Board | None = None) -> Column:
    """Return the users with a score above 0 on a board (with `among`: on that one), and their scores."""
    stored = np.frombuffer(scores.content, _SCORE).reshape(-1, len(SCORED))
    chosen = np.flatnonzero(stored["score"][:, SCORED.index(among or board)])
    found = stored[chosen, SCORED.index(board)]
    return Column(scores.users[chosen], found["score"].astype(np.uint32), ranking.times(found))


def _has_awards(contest: Contest) -> bool:
    return contest.packed("sc")[_ACHIEVEMENTS] != _NONE
