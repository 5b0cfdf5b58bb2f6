"""Streaks computed slowly: the whole history, sets of dates, and a loop over every day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

DAY, QUARTER, MINUTE = timedelta(days=1), timedelta(minutes=15), timedelta(minutes=1)
HELD = 10


@cache
def midnight(zone: str, day: date) -> datetime:
    """The moment after which local clocks never show that date or an earlier one, found by reading them."""
    here, noon = ZoneInfo(zone), datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def is_not_over(moment: datetime) -> bool:
        return moment.astimezone(here).date() <= day

    last = next(filter(is_not_over, (noon - QUARTER * step for step in range(-2 * 96, 2 * 96))))
    return max(filter(is_not_over, (last + MINUTE * ahead for ahead in range(62)))) + MINUTE


def wall_clock(zone: str, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


class Move(NamedTuple):
    at: datetime
    zone: str
    before: str = ""


class Deed(NamedTuple):
    at: datetime
    award: bool
    day: date
    move: Move  # the last move before the deed


@dataclass
class Oracle:
    """A user's whole history: the zones they lived in, what they did, and the freezes they were given."""

    moves: list[Move]
    deeds: list[Deed] = field(default_factory=list)
    grants: list[tuple[date, int]] = field(default_factory=list)

    def lived(self, at: datetime) -> Move:
        return [move for move in self.moves if move.at <= at][-1]

    def local(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.lived(at).zone)).date()

    def do(self, at: datetime, award: bool) -> None:
        self.deeds.append(Deed(at, award, self.local(at), self.lived(at)))

    def freeze(self, count: int, now: datetime) -> bool:
        if self.left(now) + count > HELD:
            return False
        first = self.grants[0][0] if self.grants else date.min
        self.grants.append((max(self.local(now), first), count))
        return True

    def move(self, zone: str, now: datetime) -> None:
        last = self.moves[-1]
        if zone == last.zone:
            return
        if len(self.moves) == 1 and last.zone == "UTC" and not self.deeds and not self.grants:
            self.moves = [Move(last.at, zone)]  # the first choice of a zone, before any event, is not a move
            return
        # Of the zones that still keep a date open, the one where midnight is latest.
        still = last.before and self.old_midnight(last, date.max) > now
        before = min([last.before, last.zone] if still else [last.zone], key=lambda zone: wall_clock(zone, now))
        self.moves.append(Move(now, zone, before))

    @property
    def active(self) -> set[date]:
        return {deed.day for deed in self.deeds}

    @property
    def awards(self) -> set[date]:
        return {deed.day for deed in self.deeds if deed.award}

    def old_midnight(self, move: Move, day: date) -> datetime:
        """The end of a date in the previous zone. A date begun in neither zone ends with the last that had begun."""
        begun = max(move.at.astimezone(ZoneInfo(zone)).date() for zone in (move.before, move.zone))
        return midnight(move.before, min(day, begun))

    def over(self, day: date, now: datetime) -> bool:
        move = self.moves[-1]
        if move.before and self.old_midnight(move, day) > now:
            return False
        return midnight(move.zone, day) <= now

    def kept(self) -> set[date]:
        """Dates that were still open in the previous zone when the user did something on a later date."""
        found = set()
        for deed in self.deeds:
            for days in range(1, 5):
                day = deed.day - days * DAY
                if deed.move.before and self.old_midnight(deed.move, day) > deed.at:
                    found.add(day)
        return found

    def existed(self, day: date) -> bool:
        """False if no clock ever showed that date in the zone where the user lived."""
        for move, until in zip(self.moves, [*(move.at for move in self.moves[1:]), None], strict=True):
            if until is None or midnight(move.zone, day) <= until:
                noon, here = datetime(day.year, day.month, day.day, 12, tzinfo=UTC), ZoneInfo(move.zone)
                return any((noon + QUARTER * step).astimezone(here).date() == day for step in range(-192, 192))
        raise AssertionError("the last zone is lived in without end")

    def covered(self, now: datetime | None) -> tuple[set[date], int]:
        """The dates that are covered by freezes or were skipped by the zone, and the number of freezes left: at `now`,
        or, if it is None, after months in which the user does nothing more."""
        active, kept, found, left = self.active, self.kept(), set(), 0
        given = dict.fromkeys((day for day, _ in self.grants), 0)
        for day, count in self.grants:
            given[day] += count
        if not active:
            return set(), min(sum(given.values()), HELD)
        alive, day, end = False, min(*active, *given, *active), max(*active, *given, *active) + 90 * DAY
        while day < end and (now is None or day < max(active) or self.over(day, now)):
            left = min(left + given.pop(day, 0), HELD)
            if day in active or day in kept:
                alive = True
            elif alive and not self.existed(day):
                found.add(day)
            elif alive and left:
                found.add(day)
                left -= 1
            else:
                alive = False
            day += DAY
        return found, min(left + sum(given.values()), HELD)

    def left(self, now: datetime) -> int:
        return self.covered(now)[1]

    def runs(self, days: set[date], joining: set[date]) -> list[list[date]]:
        """Each run as the list of its days that count, the oldest run first."""
        found: list[list[date]] = []
        for day in sorted(days):
            before = day - DAY
            while before in joining and before not in days:
                before -= DAY
            if before in days:
                found[-1].append(day)
            else:
                found.append([day])
        return found

    def streak(self, days: set[date], now: datetime) -> dict[str, Any]:
        covered, left = self.covered(now)
        joining = covered | self.kept()
        runs = self.runs(days, joining)
        streak = {
            "length": 0,
            "longest": max(map(len, runs), default=0),
            "started_on": None,
            "last_day": max(days, default=None),
            "at_risk": False,
            "expires_at": None,
            "freezes": left,
        }
        if not runs:
            return streak
        day = runs[-1][-1] + DAY
        while day in joining:
            day += DAY
        if self.over(day, now):
            return streak
        joining = self.covered(None)[0] | self.kept()
        day = runs[-1][-1] + DAY
        while day in joining:
            day += DAY
        move = self.moves[-1]
        ends = [midnight(move.zone, day), *([self.old_midnight(move, day)] if move.before else [])]
        alive = {"length": len(runs[-1]), "started_on": runs[-1][0]}
        return streak | alive | {"at_risk": day <= self.local(now), "expires_at": max(ends)}

    def calendar(self, now: datetime) -> dict[str, Any]:
        last = max(self.local(now), *self.active, date.min)
        days = {last - number * DAY for number in range(365)}
        return {
            "first": last - 364 * DAY,
            "last": last,
            "active": sorted(days & self.active),
            "awards": sorted(days & self.awards),
            "frozen": sorted(days & (self.covered(now)[0] | self.kept()) - self.active),
        }

    def describe(self, now: datetime) -> dict[str, Any]:
        return {
            "today": self.local(now),
            "activity": self.streak(self.active, now),
            "awards": self.streak(self.awards, now),
            "calendar": self.calendar(now),
        }
