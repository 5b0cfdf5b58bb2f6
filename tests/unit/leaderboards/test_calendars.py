"""The longest runs of many calendars at once, compared with those of each, and of the set of its dates."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from laurels import days
from laurels.days import DAYS_KEPT
from laurels.leaderboards.calendars import column
from laurels.leaderboards.collected import Packed
from laurels.standings.codec import pack_days
from tests.unit.test_days import FIRST, Oracle, calendar, dates, in_order


def longest(histories: list[list[date]], *window: int) -> dict[int, tuple[int, int]]:
    packed = Packed()
    for user, history in enumerate(histories):
        packed.append(user, pack_days(calendar(history)))
    found = column(packed, *window)
    lengths = zip(found.scores.tolist(), found.reached.tolist(), strict=True)
    return dict(zip(found.users.tolist(), lengths, strict=True))


@given(st.lists(dates | in_order, max_size=5))
@example([[], []])
def test_they_equal_those_of_the_sets_of_dates(histories: list[list[date]]) -> None:
    expected = {user: Oracle(history).longest() for user, history in enumerate(histories) if history}
    assert longest(histories) == expected


@given(st.lists(dates | in_order, min_size=1, max_size=5), st.integers(-400, 1700), st.integers(0, 31))
def test_windows_cut_runs(histories: list[list[date]], begin: int, more: int) -> None:
    """A window is shorter than a calendar, and may lie before, inside or after it."""
    first = FIRST.toordinal() + begin
    expected = {}
    for user, history in enumerate(histories):
        inside = days.dates(calendar(history))
        run = Oracle(date.fromordinal(day) for day in inside).longest(first, first + more)
        if run[0]:
            expected[user] = run
    assert longest(histories, first, first + more) == expected


@given(st.lists(dates | in_order, min_size=1, max_size=5), st.integers(0, DAYS_KEPT - 1))
def test_days_after_the_last_one_do_not_count(histories: list[list[date]], age: int) -> None:
    last = max(calendar(history).last for history in histories) - age
    on_calendar = [history for history in histories if calendar(history).last - DAYS_KEPT < last]
    runs = {user: Oracle(history).longest(until=last) for user, history in enumerate(on_calendar)}
    assert longest(on_calendar, 0, last) == {user: run for user, run in runs.items() if run[0]}


@pytest.mark.parametrize("gap", [0, 1])
def test_the_time_before_the_calendar_counts_outside_windows(gap: int) -> None:
    history = [date.fromordinal(FIRST.toordinal() + day) for day in range(1000) if day != 500 - gap]
    (found,) = longest([history]).values()
    assert found == days.longest(calendar(history)) == Oracle(history).longest()
    assert longest([history], FIRST.toordinal() + 990, FIRST.toordinal() + 2000)[0][0] == 10
