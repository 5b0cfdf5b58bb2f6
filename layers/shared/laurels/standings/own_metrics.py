"""How a standing changes in own metrics: counting with a daily cap, values, bests. No I/O.

The daily cap: of the sum of all increments of one local date, no more than the cap counts. So the order in which
updates arrive changes nothing, and a correction counts as if the right number had been sent at once. Of a date that
lies in two weeks (or months) of UTC, what was gained in the earlier one counts first. Sums are kept for the latest date
that the user's own counters have seen and the DATES_KEPT - 1 before it: not for those before today, so that a history
that arrives late, but in order, counts as it would have in time. An increment of an older date counts up to the cap by
itself.

`now` and `at` are epoch milliseconds, as in `rules`.
"""

from collections.abc import Callable

from laurels import clock
from laurels.standings import freezes, rules
from laurels.standings.definitions import Definition, MetricKind
from laurels.standings.models import DATES_KEPT, HUNDREDTHS, OwnNumber, Standing
from laurels.standings.own_codec import MAX_GAIN


def count(standing: Standing, definition: Definition, by: int, at: int, now: int) -> None:
    """Add `by` to an own counter, which never falls below 0. If `by` is positive, the local day becomes active, also
    where the cap lets nothing more count."""
    if by == 0:
        return
    moment = min(at, now)
    day = rules.local_day(standing, moment)
    rules.begin_windows(standing, clock.utc_date(moment))
    _begin_dates(standing, day)
    own = standing.own.setdefault(definition.metric, OwnNumber())
    total, week, month = _effect(standing, own, definition.daily_cap, by, day, moment)
    own.number, own.week, own.month = _sum(own.number, total), _sum(own.week, week), _sum(own.month, month)
    own.reached = max(own.reached, at)  # also where nothing counts, so that the order of arrival changes nothing
    if by > 0:
        freezes.be_active(standing, day, moment, now)


def say(standing: Standing, definition: Definition, value: float, at: int) -> None:
    """Set an own value unless a later one is known, or an own best unless a larger one is. Both are kept to hundredths.

    Of two values with the same time, the later arrival wins. A best was reached when it was said first.
    """
    number = round(value * HUNDREDTHS)
    own = standing.own.get(definition.metric)
    if own is None:
        standing.own[definition.metric] = OwnNumber(is_counter=False, number=number, reached=at)
    elif definition.kind is MetricKind.BEST and number == own.number:
        own.reached = min(own.reached, at)
    elif number > own.number if definition.kind is MetricKind.BEST else at >= own.reached:
        own.number, own.reached = number, at


def _effect(
    standing: Standing, own: OwnNumber, cap: int | None, by: int, day: int, moment: int
) -> tuple[int, int, int]:
    """Return by how much the counter, its week and its month change, and record the gain of the date."""
    date = clock.utc_date(moment)
    in_week = rules.week_number(date) == standing.week.number
    in_month = rules.month_number(date) == standing.month.number
    age = standing.gains_until - day
    if cap is None or age >= DATES_KEPT:
        total = by if cap is None else min(by, cap)
        return total, total * in_week, total * in_month
    before = own.gains[age]
    after = own.gains[age] = _gain(before, by)
    total = min(after, cap) - min(before, cap)
    week, month = total * in_week, total * in_month
    if day == rules.local_day(standing, begins := rules.week_begins(standing.week.number)):
        earlier = own.gains_before_week
        own.gains_before_week = _gain(earlier, by if moment < begins else 0)
        week = total - (min(own.gains_before_week, cap) - min(earlier, cap))
    if day == rules.local_day(standing, begins := rules.month_begins(standing.month.number)):
        earlier = own.gains_before_month
        own.gains_before_month = _gain(earlier, by if moment < begins else 0)
        month = total - (min(own.gains_before_month, cap) - min(earlier, cap))
    return total, week, month


def _begin_dates(standing: Standing, until: int) -> None:
    """Keep gains of the dates up to this one, and forget those that no longer fit."""
    passed = until - standing.gains_until
    if passed <= 0:
        return
    standing.gains_until = until
    oldest = until - DATES_KEPT + 1
    begins: list[tuple[Callable[[int], int], int]] = [
        (rules.week_begins, standing.week.number),
        (rules.month_begins, standing.month.number),
    ]
    week_kept, month_kept = (rules.local_day(standing, begin(number)) >= oldest for begin, number in begins)
    for own in standing.own.values():
        own.gains = ([0] * min(passed, DATES_KEPT) + own.gains)[:DATES_KEPT]
        own.gains_before_week *= week_kept
        own.gains_before_month *= month_kept


def _sum(number: int, by: int) -> int:
    return min(max(number + by, 0), rules.MAX_COUNT)


def _gain(gain: int, by: int) -> int:
    return min(max(gain + by, -MAX_GAIN), MAX_GAIN)
