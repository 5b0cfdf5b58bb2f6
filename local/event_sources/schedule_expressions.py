"""When a schedule is due: `rate(…)`, `cron(…)` and `at(…)` as EventBridge reads them.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(rate|cron|at)\((.*)\)")
_RATE = re.compile(r"(\d+) (minute|hour|day)s?")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_HORIZON = 366 * 10  # days looked ahead for a cron expression that matches seldom

Next = Callable[[datetime], datetime | None]


class ScheduleError(ValueError):
    """An expression EventBridge would refuse."""


def parse(expression: str, timezone: str = "UTC") -> Next:
    """A function from a moment to the next one at which the schedule is due; None when there is none.

    A rate counts from the moment given, since EventBridge counts from when the rule was made.
    """
    match = _FORM.fullmatch(expression.strip())
    if not match:
        raise ScheduleError(f"not a schedule: {expression}")
    kind, body = match.groups()
    if kind == "rate":
        period = _rate(body, expression)
        return lambda after: after + period
    zone = ZoneInfo(timezone)
    if kind == "at":
        moment = datetime.fromisoformat(body).replace(tzinfo=zone).astimezone(UTC)
        return lambda after: moment if moment > after else None
    fields = body.split()
    if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
        raise ScheduleError(f"cron needs six fields, one of the two for days being '?': {expression}")
    return _cron(fields, zone, expression)


def _rate(body: str, expression: str) -> timedelta:
    match = _RATE.fullmatch(body)
    if not match or int(match.group(1)) < 1 or (match.group(1) == "1") == body.endswith("s"):
        raise ScheduleError(f"not a rate: {expression}")
    return timedelta(**{f"{match.group(2)}s": int(match.group(1))})


def _cron(fields: list[str], zone: ZoneInfo, expression: str) -> Next:
    try:
        minutes = sorted(_numbers(fields[0], 0, 59))
        hours = sorted(_numbers(fields[1], 0, 23))
        months = _numbers(fields[3], 1, 12, _MONTHS)
        years = _numbers(fields[5], 1970, 2199)
        in_month, in_week = _day_of_month(fields[2]), _day_of_week(fields[4])
    except ValueError:
        raise ScheduleError(f"not a cron expression: {expression}") from None

    def following(after: datetime) -> datetime | None:
        first = after.astimezone(zone).date()
        for offset in range(_HORIZON):
            day = first + timedelta(days=offset)
            if day.year in years and day.month in months and in_month(day) and in_week(day):
                for hour in hours:
                    for minute in minutes:
                        moment = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
                        if moment > after:
                            return moment
        return None

    return following


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    """The numbers a field stands for: `*`, `1,2`, `1-5`, `*/10`, `5/15`, with names for some."""

    def number(text: str) -> int:
        value = (names or {}).get(text.upper()) or int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            start, end = low, high
        elif "-" in span:
            start, end = (number(text) for text in span.split("-"))
        else:
            start = number(span)
            end = high if step else start
        found.update(range(start, end + 1, int(step) if step else 1))
    return found


def _day_of_month(field: str) -> Callable[[date], bool]:
    if field == "L":
        return lambda day: day.day == _last(day)
    if field.endswith("W"):
        return lambda day: day.day == _nearest_weekday(day, int(field[:-1]))
    days = _numbers(field, 1, 31)
    return lambda day: day.day in days


def _day_of_week(field: str) -> Callable[[date], bool]:
    def weekday(day: date) -> int:
        return day.isoweekday() % 7 + 1  # 1 is Sunday

    if field == "L":
        return lambda day: weekday(day) == 7
    if field.endswith("L"):
        (wanted,) = _numbers(field[:-1], 1, 7, _WEEKDAYS)
        return lambda day: weekday(day) == wanted and day.day > _last(day) - 7
    if "#" in field:
        name, _, which = field.partition("#")
        (wanted,) = _numbers(name, 1, 7, _WEEKDAYS)
        return lambda day: weekday(day) == wanted and (day.day - 1) // 7 + 1 == int(which)
    days = _numbers(field, 1, 7, _WEEKDAYS)
    return lambda day: weekday(day) in days


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    """The weekday of that month nearest to the wanted day, without leaving the month."""
    target = day.replace(day=min(wanted, _last(day)))
    if target.isoweekday() == 6:
        return target.day - 1 if target.day > 1 else target.day + 2
    if target.isoweekday() == 7:
        return target.day + 1 if target.day < _last(day) else target.day - 2
    return target.day
