"""The calendar of 368 bits, compared with a plain set of all the dates that were marked on it."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels.days import ALL_DAYS, DAYS_KEPT, Days, Run, advance, joined, latest, longest, mark, runs
from laurels.days import dates as dates_of

FIRST = date(2023, 12, 1)
FAR = date.max.toordinal()

# Runs and single days over about four years, in any order, often repeated; some gaps are longer than the calendar.
stretches = st.tuples(st.integers(0, 1500), st.integers(1, 60)).map(lambda stretch: range(stretch[0], sum(stretch)))
offsets = st.lists(st.one_of(st.integers(0, 1500).map(lambda day: range(day, day + 1)), stretches), max_size=12)
dates = offsets.flatmap(lambda ranges: st.permutations([FIRST + timedelta(day) for days in ranges for day in days]))
in_order = offsets.map(lambda ranges: sorted(FIRST + timedelta(day) for days in ranges for day in days))


def calendar(days: Iterable[date]) -> Days:
    found = Days()
    for day in days:
        mark(found, day)
    return found


class Oracle:
    """All dates that counted: every date except those that were older than the calendar when they were marked."""

    def __init__(self, days: Iterable[date]):
        self.days: set[int] = set()
        for day in days:
            if day.toordinal() > max(self.days, default=0) - DAYS_KEPT:
                self.days.add(day.toordinal())

    def runs(self) -> list[tuple[int, int]]:
        found = []
        for last in sorted(day for day in self.days if day + 1 not in self.days):
            first = last
            while first - 1 in self.days:
                first -= 1
            found.append((last, last - first + 1))
        return found

    def runs_on_calendar(self) -> list[tuple[int, int]]:
        return [run for run in self.runs() if run[0] > max(self.days) - DAYS_KEPT]

    def longest(self, since: int = 0, until: int = FAR) -> tuple[int, int]:
        self.days = {day for day in self.days if since <= day <= until}
        last, length = min(self.runs(), key=lambda run: (-run[1], run[0]), default=(0, 0))
        return length, last


@given(st.one_of(dates, in_order))
def test_runs_equal_those_of_the_set_of_dates(days: list[date]) -> None:
    assert runs(calendar(days)) == Oracle(days).runs_on_calendar()


@given(st.one_of(dates, in_order))
def test_the_longest_run_equals_that_of_the_set_and_the_earliest_wins_a_tie(days: list[date]) -> None:
    assert longest(calendar(days)) == Oracle(days).longest()


@given(st.one_of(dates, in_order), st.integers(0, DAYS_KEPT - 1), st.integers(-3, 40))
def test_since_and_until_cut_runs(days: list[date], age: int, more: int) -> None:
    found = calendar(days)
    since = (found.last or FIRST.toordinal()) - age
    assert longest(found, since) == Oracle(days).longest(since)
    assert longest(found, since, since + more) == Oracle(days).longest(since, since + more)
    if days:
        assert longest(found, until=since) == Oracle(days).longest(until=since)


@given(st.one_of(dates, in_order), st.sets(st.integers(0, DAYS_KEPT - 1), max_size=DAYS_KEPT), st.data())
def test_covered_days_join_runs_and_do_not_count(days: list[date], ages: set[int], data: st.DataObject) -> None:
    """Covered days join runs as active days do, but do not add to the length."""
    found = calendar(days)
    bits = sum(1 << age for age in ages) & ~found.bits
    covered = {found.last - age for age in range(DAYS_KEPT) if bits >> age & 1}
    filled = Days(found.last, found.bits | bits, found.run_before, found.longest_before, found.longest_before_on)
    expected = []
    for last, length in runs(filled):
        inside = [day for day in range(max(last - length, found.last - DAYS_KEPT) + 1, last + 1) if day not in covered]
        if inside:
            before = max(length - (last - found.last + DAYS_KEPT), 0)
            first = last - length + 1 if before else inside[0]
            expected.append(Run(first, inside[-1], before + len(inside)))
    assert joined(found, bits) == expected
    best = max([(run.length, -run.last) for run in expected], default=(0, 0))
    assert longest(found, covered=bits)[0] == max(best[0], found.longest_before)
    since = found.last - data.draw(st.integers(0, DAYS_KEPT - 1))
    cut = [day for day in dates_of(found) if day >= since]
    assert longest(found, since, covered=bits) == slow_longest(cut, covered)
    if covered:
        until = since + data.draw(st.integers(-3, 40))
        assert longest(found, since, until, bits) == slow_longest([day for day in cut if day <= until], covered)


def slow_longest(days: list[int], covered: set[int]) -> tuple[int, int]:
    """The length of the longest run and its last day, computed day by day; the earliest run wins a tie."""
    lengths: dict[int, int] = {}
    for day in days:
        before = day - 1
        while before in covered:
            before -= 1
        lengths[day] = lengths.get(before, 0) + 1
    best = max(lengths.values(), default=0)
    return best, min((day for day, length in lengths.items() if length == best), default=0)


@given(st.one_of(dates, in_order), st.integers(0, 500), st.sets(st.integers(0, DAYS_KEPT - 1), max_size=40))
def test_covered_days_that_leave_the_calendar_still_join_the_run_that_goes_on(
    days: list[date], ahead: int, ages: set[int]
) -> None:
    """A calendar that has moved on reports the same runs as one that keeps all days."""
    found = calendar(days)
    if not found.last:
        return
    bits = sum(1 << age for age in ages) & ~found.bits
    before, (length, _) = joined(found, bits), longest(found, covered=bits)
    advance(found, found.last + ahead, bits << ahead)
    after = joined(found, bits << ahead & ALL_DAYS)
    assert longest(found, covered=bits << ahead & ALL_DAYS)[0] == length
    assert after == [run for run in before if run.last > found.last - DAYS_KEPT]


@given(dates, st.data())
def test_dates_within_the_calendar_may_be_marked_in_any_order_and_twice(days: list[date], data: st.DataObject) -> None:
    newest = max(days, default=FIRST)
    recent = [day for day in days if newest - day < timedelta(DAYS_KEPT)]
    assert calendar(recent) == calendar(data.draw(st.permutations(recent + recent[:5])))


def test_a_day_older_than_the_calendar_is_not_counted() -> None:
    days = calendar([FIRST + timedelta(DAYS_KEPT)])
    before = runs(days)
    mark(days, FIRST)
    assert runs(days) == before
    mark(days, FIRST + timedelta(1))
    assert runs(days) == [((FIRST + timedelta(1)).toordinal(), 1), *before]


@pytest.mark.parametrize("gap", [DAYS_KEPT - 1, DAYS_KEPT, DAYS_KEPT + 1, 2 * DAYS_KEPT, 4000])
def test_a_run_that_has_left_the_calendar_is_still_the_longest(gap: int) -> None:
    run = [FIRST + timedelta(day) for day in range(5)]
    days = calendar([*run, run[-1] + timedelta(gap)])
    assert longest(days) == (5, run[-1].toordinal())


def test_a_run_continues_beyond_the_old_end_of_the_calendar() -> None:
    days = calendar(FIRST + timedelta(day) for day in range(1000))
    last = (FIRST + timedelta(999)).toordinal()
    assert runs(days) == [(last, 1000)]
    assert longest(days) == (1000, last)
    assert longest(days, since=last - 6) == (7, last)
    assert longest(days, until=last - 6) == (994, last - 6)


@pytest.mark.parametrize(("gap", "length"), [(DAYS_KEPT, 6), (DAYS_KEPT + 1, 1)])
def test_a_late_day_joins_the_run_that_has_just_left_the_calendar(gap: int, length: int) -> None:
    run = [FIRST + timedelta(day) for day in range(5)]
    days = calendar([*run, run[-1] + timedelta(gap)])
    oldest = date.fromordinal(days.last - DAYS_KEPT + 1)
    mark(days, oldest)
    assert runs(days)[0] == (oldest.toordinal(), length)


@given(st.one_of(dates, in_order))
def test_dates_and_latest_equal_those_of_the_set(days: list[date]) -> None:
    found, kept = calendar(days), sorted(Oracle(days).days)
    assert dates_of(found) == [day for day in kept if day > found.last - DAYS_KEPT]
    assert latest(found) == max(kept, default=0)


def test_no_days_have_no_runs() -> None:
    assert runs(Days()) == []
    assert longest(Days()) == (0, 0)
    assert longest(Days(), since=FIRST.toordinal()) == (0, 0)
