"""Reminders: streaks that end at midnight, found by the pass over all standings that computes the boards.

A user is reminded by the run in which 20:00 of their own clock comes: it lies after the moment up to which the run
before has reminded (`since`), and not after this one (`now`). A run that publishes and dies before its result counts is
followed by one with the same `since`, which publishes the same events under the same ids.

A run need not look at standings that have not changed before the next evening on which one of them may be at risk.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from laurels import bus, clock, days, settings, telemetry
from laurels.events import rules
from laurels.events.models import Channels, StreakAtRisk
from laurels.events.rules import Event
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.preferences import rules as preferences_rules
from laurels.standings.codec import decode
from laurels.standings.contests import Contest
from laurels.standings.models import Standing
from laurels.streaks import rules as streaks_rules
from laurels.writes import Item

EVENING = time(20)
_AT_ONCE = 1000  # users whose profiles are held at the same time
_ANY = -1  # instead of a date: with freezes and moves, an item does not say when a streak is at risk


class Evening(NamedTuple):
    """A date (an ordinal) in a time zone, and when its 20:00 comes (epoch milliseconds)."""

    day: int
    at: int


class Reminded(NamedTuple):
    """A user to remind, and the evening of which to remind them."""

    standing: Standing
    evening: Evening


class Watch:
    """What one run looks for. `since` and `now` are epoch milliseconds; several threads may share it."""

    def __init__(self, since: int, now: int) -> None:
        self._since = since
        self._now = now
        self._evenings: dict[str, Evening | None] = {}  # by time zone: many users share few
        self._days: dict[str, set[int]] = {}  # by time zone: the dates on which a streak may be at risk

    def look(self, contest: Contest) -> Reminded | None:
        """Return the user if they are to be reminded. For most users, whose evening is not now, this is a look-up."""
        zone = contest.item["tz"]
        if zone not in self._evenings:
            self._days.setdefault(zone, set())  # first: another thread that finds the evening looks for the days, too
            self._evenings[zone] = evening(zone, self._since, self._now)
        found, day = self._evenings[zone], _day_at_risk(contest)
        self._days[zone].add(day)
        if found is None or day not in (found.day, _ANY):
            return None
        standing = decode(contest.item)
        streak = streaks_rules.describe(standing, self._now).activity
        return Reminded(standing, found) if streak.at_risk else None

    def next_evening(self) -> int | None:
        """Return when the next evening comes on which the streak of a user that was looked at may be at risk (epoch
        milliseconds); None if that is not before the day after tomorrow."""
        found = (
            each.at
            for zone, days_at_risk in self._days.items()
            for each in _next_evenings(zone, self._now)
            if days_at_risk & {each.day, _ANY}
        )
        return min(found, default=None)


def evening(zone: str, since: int, now: int) -> Evening | None:
    """Return the evening of the zone's present date if it has come after `since`, and has come."""
    found = _evening(zone, _today(zone, now))
    return found if since < found.at <= now else None


def _next_evenings(zone: str, now: int) -> list[Evening]:
    """Return the evenings of today and tomorrow that have not come yet."""
    today = _today(zone, now)
    return [each for day in (today, today + 1) if (each := _evening(zone, day)).at > now]


def _evening(zone: str, day: int) -> Evening:
    return Evening(day, clock.epoch_ms(datetime.combine(date.fromordinal(day), EVENING, ZoneInfo(zone))))


def _today(zone: str, now: int) -> int:
    return clock.from_epoch_ms(now).astimezone(ZoneInfo(zone)).date().toordinal()


def _day_at_risk(contest: Contest) -> int:
    """Return the date on which the streak may be at risk, as an ordinal: without freezes and moves, the one after the
    last active day; 0 if the user never was active."""
    if contest.whole is not None or "pz" in contest.item:
        return _ANY if contest.activity_days.last else 0
    latest = days.latest(contest.activity_days)
    return latest + 1 if latest else 0


def publish(found: Sequence[Reminded], now: int) -> bool:
    """Publish an event for each of these users, unless they were erased or are inactive. Return whether all are
    published. Reads the profiles of these users alone.

    A failure is reported, and not raised: the boards do not depend on reminders.
    """
    complete = True
    for start in range(0, len(found), _AT_ONCE):
        chosen = found[start : start + _AT_ONCE]
        try:
            source = settings.text("EVENT_SOURCE")
            profiles = people.read_many([each.standing.user_id for each in chosen])
            made = [
                rules.cloud_event(_event(each, profile, now), source, _id(each), each.evening.at)
                for each in chosen
                if _is_reachable(profile := profiles[each.standing.user_id])
            ]
            refused = bus.publish(made)
        except Exception as error:
            telemetry.failed("Reminders were not published.", error)
            return False
        telemetry.count("RemindersPublished", len(made) - len(refused))
        complete = complete and not refused
    return complete


def _is_reachable(profile: Item | None) -> bool:
    return not people_rules.is_erased(profile) and (profile or {}).get("is_active", True) is True


def _id(found: Reminded) -> str:
    """Return one id for each user and date."""
    return f"streak.at_risk:{found.standing.user_id}:{date.fromordinal(found.evening.day)}"


def _event(found: Reminded, profile: Item | None, now: int) -> Event:
    wanted = preferences_rules.describe(profile or {}, people.default_visibility(), people.default_listing())
    streak = streaks_rules.describe(found.standing, now).activity
    allowed = Channels(email=wanted.email_notifications, push=wanted.push_notifications, sms=wanted.sms_notifications)
    assert streak.expires_at is not None  # the streak is alive
    return Event(
        found.standing.user_id,
        StreakAtRisk(
            user_id=found.standing.user_id,
            date=date.fromordinal(found.evening.day),
            length=streak.length,
            expires_at=clock.iso(streak.expires_at),
            timezone=found.standing.timezone,
            language=wanted.language,
            allowed=allowed,
        ),
    )
