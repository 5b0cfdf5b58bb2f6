"""Random populations of learners, and their boards computed by comparing each with each."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from laurels import clock
from laurels.leaderboards.models import WindowName
from laurels.standings import rules as standings_rules
from laurels.standings.models import Board, Counter, Listing, Standing

COUNTED = {
    Board.HOMEWORKS: Counter.HOMEWORKS_COMPLETED,
    Board.TESTS: Counter.TESTS_PASSED,
    Board.COURSES: Counter.COMPLETED_COURSES,
}


class Event(NamedTuple):
    """An award of `amount` points, or an increment of a counter."""

    at: datetime
    what: Counter | None
    amount: int


@dataclass
class Person:
    user_id: str
    listing: Listing = Listing.SHOWN
    zone: str = "UTC"
    events: list[Event] = field(default_factory=list)

    def standing(self, now: datetime) -> Standing:
        standing = Standing(self.user_id, listing=self.listing, timezone=self.zone)
        for event in self.events:
            at = clock.epoch_ms(event.at)
            if event.what is None:
                standings_rules.earn(standing, event.amount, at, clock.epoch_ms(now))
            else:
                standings_rules.count(standing, event.what, event.amount, at, clock.epoch_ms(now))
        return standing

    def dates(self, events: Iterable[Event] | None = None) -> set[date]:
        return {event.at.astimezone(ZoneInfo(self.zone)).date() for event in (events or self.events)}

    def awards(self) -> list[Event]:
        return [event for event in self.events if event.what is None]

    def points(self) -> int:
        return sum(event.amount for event in self.awards())


def population(seed: int, now: datetime, size: int | None = None) -> list[Person]:
    """Make people with few different scores and times, so that ties are common. Some have no events, some hide."""
    draw = random.Random(seed)
    moments = [now - timedelta(minutes=draw.randrange(60 * 24 * 45)) for _ in range(8)]
    people = []
    for number in range(draw.randrange(0, 30) if size is None else size):
        events = [
            Event(draw.choice(moments), draw.choice([None, None, *COUNTED.values(), Counter.TOTAL_COURSES]), amount)
            for amount in draw.choices([1, 1, 2, 5], k=draw.choice([0, 1, 2, 3, 9]))
        ]
        if draw.random() < 0.3:  # an award on each of several days
            first = now - timedelta(days=draw.randrange(12, 60))
            events += [Event(first + timedelta(days=day), None, 1) for day in range(draw.randrange(5, 12))]
        draw.shuffle(events)
        people.append(
            Person(
                user_id=draw.choice(["", "auth0|", "x" * 100]) + f"{draw.randrange(10**6)}-{number}",
                listing=draw.choice([Listing.SHOWN, Listing.SHOWN, Listing.SHOWN, Listing.ANONYMOUS, Listing.HIDDEN]),
                zone=draw.choice(["UTC", "UTC", "Pacific/Kiritimati", "America/New_York"]),
                events=events,
            )
        )
    return people


class Standpoint(NamedTuple):
    """A place on a board."""

    position: int
    rank: int
    user_id: str
    score: int
    reached: datetime
    anonymous: bool


def shown_time(place: Standpoint) -> datetime:
    """When the score was reached, as boards show it: of anonymous users only the day."""
    return place.reached.replace(hour=0, minute=0, second=0, microsecond=0) if place.anonymous else place.reached


def board_of(people: Iterable[Person], board: str, window: WindowName, now: datetime) -> list[Standpoint]:
    """The board, best first: a rank counts the users with a higher score, a position counts the users before."""
    scores = {
        person.user_id: (*found, person.listing is Listing.ANONYMOUS)
        for person in people
        if person.listing is not Listing.HIDDEN and (found := _score(person, board, window, now))
    }

    def before(a: str, b: str) -> bool:
        (score, reached, _), (other, other_reached, _) = scores[a], scores[b]
        return (other, reached, a) < (score, other_reached, b) if score == other else score > other

    return sorted(
        Standpoint(
            position=1 + sum(before(other, user_id) for other in scores if other != user_id),
            rank=1 + sum(other > score for other, _, _ in scores.values()),
            user_id=user_id,
            score=score,
            reached=reached,
            anonymous=anonymous,
        )
        for user_id, (score, reached, anonymous) in scores.items()
    )


def _score(person: Person, board: str, window: WindowName, now: datetime) -> tuple[int, datetime] | None:
    inside = _inside(window, now)
    if board is Board.STREAK:
        length, on = longest_run({day for day in person.dates() if inside(day) and day <= now.date()})
        return (length, datetime.combine(on, time(), UTC)) if length else None
    if (counted := COUNTED.get(Board(board))) is not None:
        events = [event for event in person.events if event.what is counted and inside(event.at.date())]
        score = sum(event.amount for event in events)
    else:
        events = [event for event in person.awards() if inside(event.at.date())]
        score = len(events) if board is Board.ACHIEVEMENTS else sum(event.amount for event in events)
    return (score, max(event.at for event in events)) if score else None


def _inside(window: WindowName, now: datetime) -> Callable[[date], bool]:
    match window:
        case WindowName.WEEK:
            return lambda day: day.isocalendar()[:2] == now.isocalendar()[:2]
        case WindowName.MONTH:
            return lambda day: (day.year, day.month) == (now.year, now.month)
    return lambda day: True


def longest_run(days: set[date]) -> tuple[int, date]:
    """The length of the longest run of dates and its last day; the earliest wins a tie."""
    best, on = 0, date.min
    for first in sorted(days):
        length = 0
        while first + timedelta(length) in days:
            length += 1
        if length > best:
            best, on = length, first + timedelta(length - 1)
    return best, on


class Pair(NamedTuple):
    a: str
    b: str
    gap: int


def all_pairs(people: Iterable[Person]) -> list[Pair]:
    """All pairs of people with an award: first the one with more points, or the smaller id in a tie."""
    holders = [person for person in people if person.awards() and person.listing is not Listing.HIDDEN]
    return [
        Pair(person.user_id, other.user_id, person.points() - other.points())
        for person in holders
        for other in holders
        if (-person.points(), person.user_id) < (-other.points(), other.user_id)
    ]


def smallest_gap(people: Iterable[Person]) -> Pair | None:
    return min(all_pairs(people), key=lambda pair: (pair.gap, pair.a, pair.b), default=None)


def largest_gap(people: Iterable[Person]) -> Pair | None:
    return min(all_pairs(people), key=lambda pair: (-pair.gap, pair.a, pair.b), default=None)


def seven_day_streaks(people: Iterable[Person], now: datetime) -> list[tuple[str, int]]:
    """User ids and lengths, the longest first; in a tie, the one reached earlier. A day counts when it has begun in
    UTC."""
    found = []
    for person in people:
        if person.listing is not Listing.HIDDEN and person.awards():
            length, on = longest_run({day for day in person.dates(person.awards()) if day <= now.date()})
            if length >= 7:
                found.append((-length, on, person.user_id))
    return [(user_id, -length) for length, _, user_id in sorted(found)]
