"""Who stands where: the order of a board, its ranks, the gaps between users. Pure thinking on what standings say."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from laurels import clock
from laurels.leaderboards.models import WindowName
from laurels.standings.models import SCORED, Board, Listing, Score, Standing
from laurels.standings.rules import longest, month_number, week_number

SEVEN_DAYS = 7


class Contender(NamedTuple):
    """A user on one board. In a sorted list of these the best comes first (see `ranked`)."""

    user_id: str
    score: int
    reached: int  # epoch milliseconds
    anonymous: bool


class Place(NamedTuple):
    rank: int
    contender: Contender


def contenders(standing: Standing, today: date) -> Iterable[tuple[Board, WindowName, Contender]]:
    """The places that a standing competes for: every board and window where its score is not 0."""
    if standing.listing is Listing.HIDDEN:
        return
    windows = {WindowName.ALL_TIME: standing.scores}
    if standing.month.number == month_number(today):
        windows[WindowName.MONTH] = standing.month.scores
    if standing.week.number == week_number(today):
        windows[WindowName.WEEK] = standing.week.scores
    anonymous = standing.listing is Listing.ANONYMOUS
    for window, scores in windows.items():
        for board in SCORED:
            if scores[board].score:
                yield board, window, Contender(standing.user_id, *_fields(scores[board]), anonymous)
    for window, (first, last) in spans(today).items():
        length, on = longest(standing.activity_days, first, last)
        if length:
            reached = clock.epoch_ms(datetime.combine(date.fromordinal(on), datetime.min.time(), UTC))
            yield Board.STREAK, window, Contender(standing.user_id, length, reached, anonymous)


def _fields(score: Score) -> tuple[int, int]:
    return score.score, score.reached


def spans(today: date) -> dict[WindowName, tuple[int, int]]:
    """The first and the last day of each window that holds `today`, as ordinals."""
    month = today.replace(day=1)
    monday = today.toordinal() - today.weekday()
    return {
        WindowName.ALL_TIME: (0, date.max.toordinal()),
        WindowName.MONTH: (month.toordinal(), month.toordinal() + monthrange(today.year, today.month)[1] - 1),
        WindowName.WEEK: (monday, monday + 6),
    }


def next_reset(window: WindowName, now: datetime) -> datetime | None:
    """When the window that holds `now` ends; None for all time."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match window:
        case WindowName.WEEK:
            return midnight + timedelta(days=7 - now.weekday())
        case WindowName.MONTH:
            return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return None


def ranked(entries: Iterable[Contender]) -> list[Place]:
    """Best first: by score, then who reached it earlier, then user id. Equal scores share a rank (1, 2, 2, 4)."""
    places: list[Place] = []
    for position, entry in enumerate(sorted(entries, key=lambda e: (-e.score, e.reached, e.user_id)), start=1):
        shares = bool(places) and places[-1].contender.score == entry.score
        places.append(Place(places[-1].rank if shares else position, entry))
    return places


@dataclass(frozen=True, slots=True)
class PointsGap:
    a: Contender
    b: Contender

    @property
    def gap(self) -> int:
        return self.a.score - self.b.score


def largest_gap(holders: Sequence[Contender]) -> PointsGap | None:
    """The pair of users whose points differ most. Among equal pairs the smaller ids win, `a`'s first."""
    if len(holders) < 2:
        return None
    a = min(holders, key=lambda holder: (-holder.score, holder.user_id))
    b = min((holder for holder in holders if holder is not a), key=lambda holder: (holder.score, holder.user_id))
    return PointsGap(a, b)


def smallest_gap(holders: Iterable[Contender]) -> PointsGap | None:
    """The pair of users whose points differ least: neighbours when sorted by points. Ties as in `largest_gap`."""
    # In a group of equal points the sorted ids make the pair with the smallest ids adjacent, and the first.
    pairs = pairwise(sorted(holders, key=lambda holder: (-holder.score, holder.user_id)))
    return min(
        (PointsGap(a, b) for a, b in pairs),
        key=lambda pair: (pair.gap, pair.a.user_id, pair.b.user_id),
        default=None,
    )
