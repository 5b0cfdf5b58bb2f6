"""The beginning and end of windows, around the ends of weeks, months and ISO years."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import clock
from laurels.days import Days, mark
from laurels.leaderboards import rules
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.tally import HOLDERS, STREAKS, Tally
from laurels.standings import contests, freezes
from laurels.standings.codec import encode
from laurels.standings.models import Board, Freezes, Listing, Score, Standing, Window
from laurels.standings.rules import month_number, week_number
from tests.unit.standings.strategies import MAX_DAY, standings

WEEK, MONTH, ALL_TIME = WindowName.WEEK, WindowName.MONTH, WindowName.ALL_TIME


@pytest.mark.parametrize(
    ("now", "week", "month"),
    [
        ("2026-11-20T18:22:05", "2026-11-23", "2026-12-01"),
        ("2026-11-22T23:59:59.999999", "2026-11-23", "2026-12-01"),
        ("2026-11-23T00:00:00", "2026-11-30", "2026-12-01"),
        ("2026-11-30T23:59:59", "2026-12-07", "2026-12-01"),
        ("2026-12-01T00:00:00", "2026-12-07", "2027-01-01"),
        ("2026-12-31T23:59:59", "2027-01-04", "2027-01-01"),
        ("2027-01-01T00:00:00", "2027-01-04", "2027-02-01"),
        ("2027-01-31T12:00:00", "2027-02-01", "2027-02-01"),
        ("2028-02-29T12:00:00", "2028-03-06", "2028-03-01"),
        ("2024-12-30T00:00:00", "2025-01-06", "2025-01-01"),
    ],
)
def test_windows_end_at_midnight_utc(now: str, week: str, month: str) -> None:
    moment = clock.epoch_ms(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert rules.next_reset(WEEK, moment) == datetime.fromisoformat(week).replace(tzinfo=UTC)
    assert rules.next_reset(MONTH, moment) == datetime.fromisoformat(month).replace(tzinfo=UTC)
    assert rules.next_reset(ALL_TIME, moment) is None


def test_each_day_lies_in_its_windows_and_they_reset_on_the_day_after_their_end() -> None:
    for number in range(1500):
        day = date(2026, 1, 1) + timedelta(number)
        noon = clock.epoch_ms(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        for window in (WEEK, MONTH):
            first, last = rules.spans(day)[window]
            reset = rules.next_reset(window, noon)
            assert first <= day.toordinal() <= last
            assert reset is not None
            assert reset.date().toordinal() == last + 1
        assert date.fromordinal(rules.spans(day)[WEEK][0]).isoweekday() == 1
        assert date.fromordinal(rules.spans(day)[MONTH][0]).day == 1


def at_noon(day: date) -> rules.Today:
    return rules.Today.of(clock.epoch_ms(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)))


def scores(standing: Standing, today: date) -> dict[tuple[str, WindowName], int]:
    contest = contests.of(encode(standing))
    return {(board, window): score for board, window, score, _ in rules.entries(contest, at_noon(today))}


def test_scores_of_past_windows_are_on_no_board() -> None:
    friday = date(2026, 11, 20)
    standing = Standing("42")
    standing.scores[Board.TESTS] = Score(9, 1)
    standing.week, standing.month = Window(week_number(friday)), Window(month_number(friday))
    standing.week.scores[Board.TESTS], standing.month.scores[Board.TESTS] = Score(2, 1), Score(3, 1)
    all_time, month, week = ((Board.TESTS, window) for window in (ALL_TIME, MONTH, WEEK))
    assert scores(standing, friday) == {all_time: 9, month: 3, week: 2}
    assert scores(standing, date(2026, 11, 22)) == {all_time: 9, month: 3, week: 2}
    assert scores(standing, date(2026, 11, 23)) == {all_time: 9, month: 3}
    assert scores(standing, date(2026, 12, 1)) == {all_time: 9}


def test_a_streak_in_a_window_is_the_longest_run_inside_it() -> None:
    standing = Standing("42")
    for day in range(25):  # 29 October to 22 November
        mark(standing.activity_days, date(2026, 10, 29) + timedelta(day))
    found = scores(standing, date(2026, 11, 22))
    assert found == {(Board.STREAK, ALL_TIME): 25, (Board.STREAK, MONTH): 22, (Board.STREAK, WEEK): 7}


def test_a_date_that_has_begun_only_in_the_east_belongs_to_the_next_window() -> None:
    standing = Standing("42", timezone="Pacific/Kiritimati")
    for day in range(16, 24):  # Monday to the next Monday
        mark(standing.activity_days, date(2026, 11, day))
    assert scores(standing, date(2026, 11, 22))[Board.STREAK, WEEK] == 7
    assert scores(standing, date(2026, 11, 23))[Board.STREAK, WEEK] == 1


@pytest.mark.parametrize("frozen", [False, True])  # the streaks of the two are found in different ways
@pytest.mark.parametrize(("day", "length"), [(20, 8), (21, 9), (22, 9)])
def test_a_date_counts_when_it_has_begun_in_utc(day: int, length: int, *, frozen: bool) -> None:
    """Otherwise a board would show a score of tomorrow, and so who lives in the east."""
    standing = Standing("42", timezone="Asia/Tokyo")
    if frozen:
        freezes.grant(standing, 1, clock.ms_of("2026-11-12T12:00:00.000Z"))
    for active in range(13, 22):
        mark(standing.activity_days, date(2026, 11, active))
        mark(standing.award_days, date(2026, 11, active))
    standing.scores[Board.ACHIEVEMENTS] = Score(9, 1)
    found = scores(standing, date(2026, 11, day))
    assert (found[Board.STREAK, ALL_TIME], found[Board.STREAK, MONTH]) == (length, length)
    tally = Tally(Listing.SHOWN, at_noon(date(2026, 11, day)))
    tally.add(contests.of(encode(standing)))
    assert tally.column(f"{Board.STREAK}-{ALL_TIME}").scores.tolist() == [length]
    assert tally.column(STREAKS).scores.tolist() == [length]


def test_hidden_users_are_on_no_board() -> None:
    today = date(2026, 11, 20)
    tally = Tally(Listing.SHOWN, at_noon(today))
    for listing in Listing:
        standing = Standing(listing, listing=listing, activity_days=Days(today.toordinal(), 1))
        standing.scores[Board.TESTS] = standing.scores[Board.ACHIEVEMENTS] = Score(9, 1)
        tally.add(contests.of(encode(standing)))
    users = tally.users(b"a version")
    assert dict(zip(users.ids.tolist(), users.anonymous.tolist(), strict=True)) == {b"shown": 0, b"anonymous": 1}
    assert {len(tally.column(name).users) for name in (*tally.boards(), HOLDERS)} == {0, 2}


def test_a_score_of_0_is_on_no_board() -> None:
    standing = Standing("42")
    standing.scores[Board.TESTS] = Score(0, 1)
    assert scores(standing, date(2026, 11, 20)) == {}


@given(standings(), st.integers(0, 23 * 60), st.integers(0, 23 * 60))
@settings(max_examples=60)
def test_scores_depend_on_the_date_and_not_on_the_time_of_day(standing: Standing, minute: int, another: int) -> None:
    """Runs that were written earlier on the same day are used again."""
    for days in (standing.activity_days, standing.award_days):  # not in the first and last days that Python knows
        days.last = min(max(days.last, 1000), MAX_DAY - 1000)
    if standing.freezes.horizon > MAX_DAY - 1000:
        standing.freezes = Freezes()
    midnight = clock.ms_of("2026-11-20T00:00:00.000Z")
    standing.moved_at = min(standing.moved_at, midnight)
    contest = contests.of(encode(standing))
    first, second = (rules.Today.of(midnight + each * 60_000) for each in (minute, another))
    assert list(rules.entries(contest, first)) == list(rules.entries(contest, second))
