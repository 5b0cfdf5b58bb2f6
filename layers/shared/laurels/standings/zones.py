"""Local dates: when they begin and end in a time zone, and for a user who moved from one zone to another. No I/O.

`day` is a proleptic ordinal; `at` and `now` are epoch milliseconds.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from laurels import clock
from laurels.standings.models import Standing

# Milliseconds after a move, when all dates that had begun by then have ended: zones differ by 26 hours.
_OVER_EVERYWHERE = 3 * 24 * 3600 * 1000
# Milliseconds by which the last place, at UTC-12, is behind UTC.
_LAST_PLACE = 12 * 3600 * 1000


def move(standing: Standing, timezone: str, now: int) -> None:
    """Set the user's time zone from now on. Raises ZoneInfoNotFoundError or ValueError for an unknown zone."""
    if timezone == standing.timezone:
        return
    ZoneInfo(timezone)
    if _is_first_choice(standing):
        standing.timezone = timezone  # it is where the user has been all the time
        return
    if not _is_on_a_journey(standing, now):
        standing.previous_timezone = standing.timezone
    standing.timezone, standing.moved_at = timezone, now


def local_date(standing: Standing, at: int) -> date:
    """Return the user's local date at a moment, in the zone of that time; of several moves only the last is known."""
    return _date(standing.timezone if at >= standing.moved_at else standing.previous_timezone, at)


def today(standing: Standing, now: int) -> date:
    """Return the user's local date now."""
    return local_date(standing, now)


def over_until(standing: Standing, now: int) -> int:
    """Return the first date that is not over for the user, as an ordinal."""
    day = today(standing, now).toordinal()
    while ends(standing, day - 1) > now:
        day -= 1
    return day


def over_everywhere_until(now: int) -> int:
    """Return the first date that is not over everywhere on Earth, as an ordinal."""
    return clock.utc_date(now - _LAST_PLACE).toordinal()


def ends(standing: Standing, day: int) -> int:
    """Return when a date ends for the user (epoch milliseconds).

    A date that had begun in either zone at the moment of a move ends with the later of its two midnights. Later dates
    end by the new zone alone, and no date ends before an earlier one.
    """
    end = _end(standing.timezone, day)
    return max(end, _end_where_they_left(standing, day)) if standing.previous_timezone else end


def kept_open(standing: Standing, day: int, at: int) -> list[int]:
    """Return the dates before `day` that had not ended in the zone the user had left when something was done `at`.

    It was done before their deadline, so they break no run, though it counts only for its own date.
    """
    found: list[int] = []
    if standing.previous_timezone and 0 <= at - standing.moved_at < _OVER_EVERYWHERE:
        while _end_where_they_left(standing, day - 1) > at:
            day -= 1
            found.append(day)
    return found


def happened(standing: Standing, day: int) -> bool:
    """False for a date that the user's zone skipped when it crossed the date line: Pacific/Apia had no 30 December
    2011."""
    zone = standing.timezone
    if standing.previous_timezone and _end(standing.previous_timezone, day) <= standing.moved_at:
        zone = standing.previous_timezone
    return zone == "UTC" or _end(zone, day) > _end(zone, day - 1)


def _is_first_choice(standing: Standing) -> bool:
    """True if the user still has the default zone, and nothing was counted in it."""
    counted = standing.events or standing.activity_days.last or standing.freezes
    return standing.timezone == "UTC" and not standing.moved_at and not counted


def _is_on_a_journey(standing: Standing, now: int) -> bool:
    """True if dates are still open because the user was further west before. Another move, or the correction of a zone,
    does not end them."""
    if not standing.previous_timezone or _end_where_they_left(standing, date.max.toordinal()) <= now:
        return False
    moment, zones = clock.from_epoch_ms(now), (standing.previous_timezone, standing.timezone)
    before, here = (moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones)
    return before < here


def _end_where_they_left(standing: Standing, day: int) -> int:
    begun = max(_date(zone, standing.moved_at) for zone in (standing.previous_timezone, standing.timezone))
    return _end(standing.previous_timezone, min(day, begun.toordinal()))


def _date(zone: str, at: int) -> date:
    return clock.from_epoch_ms(at).astimezone(ZoneInfo(zone)).date() if zone != "UTC" else clock.utc_date(at)


@lru_cache(4096)  # many users share few zones and days
def _end(zone: str, day: int) -> int:
    """Return when a date ends in a zone for the last time (epoch milliseconds)."""
    info = ZoneInfo(zone)
    midnight = datetime.combine(date.fromordinal(day + 1), datetime.min.time(), info)
    # If clocks skip midnight, the offset before the gap makes this the moment of the gap.
    first, second = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    # If clocks go back over midnight, the date resumes after its first end.
    again = second > first and (second - timedelta.resolution).astimezone(info).toordinal() == day
    return clock.epoch_ms(second if again else first)
