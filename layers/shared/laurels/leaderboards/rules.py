"""The scores that a standing competes with, the begin and end of windows, and percentiles. No I/O."""

from calendar import monthrange
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from laurels import clock
from laurels.days import longest
from laurels.leaderboards.models import WindowName
from laurels.standings import freezes, own_codec, zones
from laurels.standings.contests import Contest
from laurels.standings.definitions import Definition
from laurels.standings.models import HUNDREDTHS, SCORED, Board
from laurels.standings.rules import month_number, week_number

SEVEN_DAYS = 7
EPOCH, DAY_MS = date(1970, 1, 1).toordinal(), 86_400_000


@dataclass(frozen=True, slots=True)
class Today:
    """The windows that contain today, computed once and not for each user.

    `spans` are the first and the last day of each that count, as ordinals: a day counts when it has begun in UTC.
    Otherwise, a board would tell who lives where it begins earlier.
    """

    now: int  # epoch milliseconds
    week: int
    month: int
    spans: dict[WindowName, tuple[int, int]]

    @classmethod
    def of(cls, now: int) -> "Today":
        day = clock.utc_date(now)
        counted = {window: (first, day.toordinal()) for window, (first, _) in spans(day).items()}
        return cls(now, week_number(day), month_number(day), counted)

    @property
    def ordinal(self) -> int:
        return self.spans[WindowName.ALL_TIME][1]

    def number(self, window: WindowName) -> int | None:
        """Return the number of the present week or month; None for all time."""
        return {WindowName.WEEK: self.week, WindowName.MONTH: self.month}.get(window)


Entry = tuple[str, WindowName, int, int]  # board, window, score, and when it was reached (epoch milliseconds)


def entries(contest: Contest, today: Today, own: Container[str] | None = None) -> Iterator[Entry]:
    """Yield every board and window in which the user has a score above 0. `own` are the own metrics that have a board
    (None: as if all had one); the scores of values and bests are hundredths."""
    stored = {
        WindowName.ALL_TIME: (None, contest.scores),
        WindowName.MONTH: contest.month,
        WindowName.WEEK: contest.week,
    }
    for window, (number, scores) in stored.items():
        for board, (score, reached) in zip(SCORED, scores if number == today.number(window) else (), strict=False):
            if score:
                yield board, window, score, reached
    if own is None or own:
        yield from own_entries(contest, today, own)
    yield from streak_entries(contest, today)


def streak_entries(contest: Contest, today: Today) -> Iterator[Entry]:
    """Yield the entries of the board of streaks."""
    covered = covered_days(contest, today)
    for window, (first, last) in today.spans.items():
        if contest.activity_days.last < first:
            continue
        length, on = longest(contest.activity_days, first, last, covered)
        if length:
            yield Board.STREAK, window, length, ms_of(on)


def own_entries(contest: Contest, today: Today, own: Container[str] | None) -> Iterator[Entry]:
    """Yield the entries of own metrics; see `entries` for `own`."""
    for score in own_codec.scores(contest.item.get("om", b"")):
        if own is not None and score.name not in own:
            continue
        if score.number:
            yield score.name, WindowName.ALL_TIME, score.number, score.reached
        if score.month and contest.month[0] == today.month:
            yield score.name, WindowName.MONTH, score.month, score.reached
        if score.week and contest.week[0] == today.week:
            yield score.name, WindowName.WEEK, score.week, score.reached


def score_on(contest: Contest, board: str, window: WindowName, today: Today) -> tuple[int, int] | None:
    """Return the user's score on one board, and when it was reached (epoch milliseconds); None without a score."""
    scores = (each[2:] for each in entries(contest, today) if each[:2] == (board, window))
    return next(scores, None)


def covered_days(contest: Contest, today: Today) -> int:
    """Return the days that connect a streak without counting, as bits of both calendars; 0 for most users."""
    if contest.whole is None:
        return 0
    return freezes.covered_bits(contest.whole, freezes.cover(contest.whole, zones.over_until(contest.whole, today.now)))


def spans(today: date) -> dict[WindowName, tuple[int, int]]:
    """Return the first and the last day of each window that contains `today`, as ordinals."""
    month = today.replace(day=1)
    monday = today.toordinal() - today.weekday()
    return {
        WindowName.ALL_TIME: (0, date.max.toordinal()),
        WindowName.MONTH: (month.toordinal(), month.toordinal() + monthrange(today.year, today.month)[1] - 1),
        WindowName.WEEK: (monday, monday + 6),
    }


def next_reset(window: WindowName, now: int) -> datetime | None:
    """Return when the window that contains `now` (epoch milliseconds) ends, for clients; None for all time."""
    if window is WindowName.ALL_TIME:
        return None
    _, last = spans(clock.utc_date(now))[window]
    return clock.from_epoch_ms(ms_of(last + 1))


def ms_of(day: int) -> int:
    """Return the beginning of a UTC day (an ordinal) in epoch milliseconds."""
    return (day - EPOCH) * DAY_MS


def day_of(reached: int) -> int:
    """Return the beginning of the UTC day of a time, both in epoch milliseconds."""
    return reached - reached % DAY_MS


def windows(definition: Definition | None) -> list[WindowName]:
    """Return the windows of a board: of a built-in one (None) or that of an own metric."""
    return [*WindowName] if definition is None or definition.is_counter else [WindowName.ALL_TIME]


def shown(score: int, definition: Definition | None) -> int | float:
    """Return a score on a board as clients read it. Those of values and bests are stored in hundredths."""
    whole, rest = (score, 0) if definition is None or definition.is_counter else divmod(score, HUNDREDTHS)
    return score / HUNDREDTHS if rest else whole


def ranks(scores: Sequence[int]) -> list[int]:
    """Return the competition ranks (1, 2, 2, 4) of scores, of which none is higher than the one before it."""
    found: list[int] = []
    for position, (before, score) in enumerate(zip([None, *scores], scores, strict=False), start=1):
        found.append(found[-1] if score == before else position)
    return found


def percentile(rank: int, total: int) -> float:
    """Return the percentage of the other users on the board whose score is lower or equal.

    The first rank is 100, also with no other user; the last one alone is 0. Rounded down to hundredths, so that only
    the first rank has 100.
    """
    return (total - rank) * 10_000 // (total - 1) / 100 if total > 1 else 100.0
