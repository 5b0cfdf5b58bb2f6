"""Changes to a standing: counters, grades, awards, windows, active days, remembered events."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from laurels import clock
from laurels.days import runs
from laurels.standings import rules
from laurels.standings.models import BOARD_OF, EVENTS_KEPT, Board, Counter, Metric, Score, Standing
from laurels.standings.rules import MAX_COUNT, month_number, week_number

NOW = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)  # a Friday
HOMEWORKS = Counter.HOMEWORKS_COMPLETED


def ms(moment: datetime) -> int:
    return clock.epoch_ms(moment)


def count(standing: Standing, by: int, at: datetime = NOW, now: datetime = NOW, counter: Counter = HOMEWORKS) -> None:
    rules.count(standing, counter, by, ms(at), ms(now))


def active_days(standing: Standing) -> list[date]:
    ends = runs(standing.activity_days)
    return [date.fromordinal(day) for last, length in ends for day in range(last - length + 1, last + 1)]


def homeworks(standing: Standing) -> tuple[int, int, int]:
    """The scores of all time, of the month and of the week."""
    windows = (standing.scores, standing.month.scores, standing.week.scores)
    all_time, month, week = (scores[Board.HOMEWORKS].score for scores in windows)
    return all_time, month, week


def test_a_counter_never_falls_below_0() -> None:
    standing = Standing("42")
    count(standing, 2)
    count(standing, -5)
    assert standing.counters[HOMEWORKS] == 0
    count(standing, 1)
    assert standing.counters[HOMEWORKS] == 1
    assert homeworks(standing) == (1, 1, 1)


def test_order_matters_at_the_floor() -> None:
    standing = Standing("42")
    for by in (-1, 3):
        count(standing, by)
    assert standing.counters[HOMEWORKS] == 3


def test_a_counter_stops_at_the_largest_number_of_four_bytes() -> None:
    standing = Standing("42")
    standing.counters[HOMEWORKS] = standing.scores[Board.HOMEWORKS].score = MAX_COUNT - 1
    count(standing, 5)
    assert standing.counters[HOMEWORKS] == standing.scores[Board.HOMEWORKS].score == MAX_COUNT


@pytest.mark.parametrize("counter", Counter)
def test_a_counter_changes_the_score_of_its_own_board_only(counter: Counter) -> None:
    standing = Standing("42")
    count(standing, 3, counter=counter)
    expected = {BOARD_OF[counter]: Score(3, ms(NOW))} if counter in BOARD_OF else {}
    found = {board: score for board, score in standing.scores.items() if score != Score()}
    assert found == expected
    assert standing.counters == dict.fromkeys(Counter, 0) | {counter: 3}


@pytest.mark.parametrize(("by", "days"), [(1, [NOW.date()]), (-1, [])], ids=["one that grows", "one that shrinks"])
def test_only_an_increment_makes_a_day_active(by: int, days: list[date]) -> None:
    standing = Standing("42")
    standing.counters[HOMEWORKS] = 5
    count(standing, by)
    assert active_days(standing) == days


def test_the_active_day_is_the_date_in_the_users_time_zone() -> None:
    at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    found = {}
    for zone in ("UTC", "Europe/Moscow", "America/New_York", "Pacific/Kiritimati"):
        standing = Standing("42", timezone=zone)
        count(standing, 1, at, at)
        found[zone] = active_days(standing)[0].day
    assert found == {"UTC": 20, "Europe/Moscow": 21, "America/New_York": 20, "Pacific/Kiritimati": 21}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        # Summer time ends on 1 November 2026 at 06:00 UTC: that Sunday has 25 hours.
        ("2026-11-01T03:59:59+00:00", 31),
        ("2026-11-01T04:00:00+00:00", 1),
        ("2026-11-02T04:59:59+00:00", 1),
        ("2026-11-02T05:00:00+00:00", 2),
    ],
)
def test_a_day_of_25_hours_is_one_day(at: str, day: int) -> None:
    standing = Standing("42", timezone="America/New_York")
    count(standing, 1, datetime.fromisoformat(at), NOW)
    assert [each.day for each in active_days(standing)] == [day]


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [(0, (1, 1, 1)), (4, (1, 1, 1)), (5, (1, 1, 0)), (19, (1, 1, 0)), (20, (1, 0, 0)), (30, (1, 0, 0))],
    ids=["today", "Monday", "Sunday before", "1 November", "31 October", "October"],
)
def test_a_late_event_counts_for_the_windows_of_its_own_time(days_ago: int, expected: tuple[int, int, int]) -> None:
    standing = Standing("42")
    count(standing, 1)
    count(standing, 1, NOW - timedelta(days=days_ago))
    assert homeworks(standing) == tuple(1 + more for more in expected)


@pytest.mark.parametrize(
    ("first", "then", "same_week", "same_month"),
    [
        ("2026-11-22T23:59:59.999", "2026-11-23T00:00:00", False, True),
        ("2026-11-30T23:59:59.999", "2026-12-01T00:00:00", True, False),
        ("2026-12-31T23:59:59.999", "2027-01-01T00:00:00", True, False),  # ISO week 53 of 2026
        ("2027-01-03T23:59:59.999", "2027-01-04T00:00:00", False, True),
        ("2024-12-29T23:59:59.999", "2024-12-30T00:00:00", False, True),  # ISO year 2025 begins
    ],
)
def test_windows_reset_at_midnight_utc(first: str, then: str, same_week: bool, same_month: bool) -> None:
    standing = Standing("42")
    for moment in (first, then):
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        count(standing, 1, at, at)
    assert homeworks(standing) == (2, 1 + same_month, 1 + same_week)


def test_week_and_month_numbers_follow_the_calendar() -> None:
    for number in range(4000):
        day, next_day = date(2020, 1, 1) + timedelta(number), date(2020, 1, 1) + timedelta(number + 1)
        new_week = day.isocalendar()[:2] != next_day.isocalendar()[:2]
        assert week_number(next_day) == week_number(day) + new_week
        assert month_number(next_day) == month_number(day) + (day.month != next_day.month)


def test_an_event_ahead_of_the_clock_keeps_its_time_and_counts_for_today() -> None:
    sunday = datetime(2026, 11, 22, 23, 58, tzinfo=UTC)
    ahead = sunday + timedelta(minutes=4)
    standing = Standing("42")
    count(standing, 1, ahead, sunday)
    assert standing.scores[Board.HOMEWORKS] == Score(1, ms(ahead))
    assert standing.week.number == week_number(sunday.date())
    assert active_days(standing) == [sunday.date()]


def test_a_score_has_the_time_of_its_latest_event_in_any_order_of_arrival() -> None:
    moments = [NOW - timedelta(days=days) for days in (0, 1, 9, 25)]
    for order in permutations(moments):
        standing = Standing("42")
        for at in order:
            count(standing, 1, at)
        assert standing.scores[Board.HOMEWORKS] == Score(4, ms(NOW))
        assert standing.week.scores[Board.HOMEWORKS] == Score(2, ms(NOW))
        assert standing.month.scores[Board.HOMEWORKS] == Score(3, ms(NOW))


def test_a_change_without_effect_leaves_the_standing_unchanged() -> None:
    standing = Standing("42")
    count(standing, -1)
    assert standing == Standing("42")


def test_the_grade_with_the_latest_time_is_kept() -> None:
    grades = [(4.0, 10), (4.5, 30), (4.6, 20)]
    for order in permutations(grades):
        standing = Standing("42")
        for average, at in order:
            rules.grade(standing, average, at)
        assert (standing.average_grade, standing.graded_at) == (4.5, 30)


def test_the_later_arrival_of_two_grades_with_the_same_time_is_kept() -> None:
    standing = Standing("42")
    rules.grade(standing, 4.0, 10)
    rules.grade(standing, 5.0, 10)
    assert standing.average_grade == 5.0


def test_a_grade_of_0_is_not_a_missing_grade() -> None:
    standing = Standing("42")
    rules.grade(standing, 0.0, 10)
    rules.grade(standing, 5.0, 9)
    assert standing.average_grade == 0.0


def test_an_award_adds_points_an_active_day_and_an_award_day() -> None:
    standing = Standing("42")
    rules.earn(standing, 50, ms(NOW), ms(NOW))
    rules.earn(standing, 20, ms(NOW - timedelta(days=40)), ms(NOW))
    assert (standing.points, standing.achievements) == (70, 2)
    assert standing.month.scores[Board.POINTS] == Score(50, ms(NOW))
    days = [(NOW - timedelta(days=40)).date(), NOW.date()]
    assert active_days(standing) == days
    assert [last for last, _ in runs(standing.award_days)] == [day.toordinal() for day in days]


def test_a_revoked_award_takes_back_its_points_but_not_the_day() -> None:
    standing = Standing("42")
    rules.earn(standing, 50, ms(NOW), ms(NOW))
    rules.earn(standing, 20, ms(NOW - timedelta(hours=1)), ms(NOW))
    before = active_days(standing)
    rules.lose(standing, 50, ms(NOW), ms(NOW + timedelta(hours=3)))
    assert (standing.points, standing.achievements) == (20, 1)
    for scores in (standing.scores, standing.week.scores, standing.month.scores):
        assert scores[Board.POINTS] == Score(20, ms(NOW))
        assert scores[Board.ACHIEVEMENTS] == Score(1, ms(NOW))
    assert active_days(standing) == before == [NOW.date()]


def test_revoking_an_award_of_an_earlier_window_changes_the_all_time_score_only() -> None:
    standing = Standing("42")
    long_ago = NOW - timedelta(days=40)
    rules.earn(standing, 20, ms(long_ago), ms(NOW))
    rules.earn(standing, 50, ms(NOW), ms(NOW))
    rules.lose(standing, 20, ms(long_ago), ms(NOW))
    assert standing.points == 50
    assert [window.scores[Board.POINTS].score for window in (standing.week, standing.month)] == [50, 50]


def test_revoking_an_award_never_makes_a_score_negative() -> None:
    standing = Standing("42")
    rules.lose(standing, 20, ms(NOW), ms(NOW))
    assert (standing.points, standing.achievements) == (0, 0)


def test_metrics_are_read_from_counters_grade_and_scores() -> None:
    standing = Standing("42")
    assert {rules.metric(standing, name) for name in Metric} == {0}
    for number, counter in enumerate(Counter, start=1):
        count(standing, number, counter=counter)
    rules.grade(standing, 4.6, ms(NOW))
    rules.earn(standing, 50, ms(NOW), ms(NOW))
    expected = {
        "total_courses": 1,
        "completed_courses": 2,
        "active_courses": 3,
        "homeworks_completed": 4,
        "tests_passed": 5,
        "average_grade": 4.6,
        "points": 50,
        "achievements": 1,
    }
    found = {name.value: rules.metric(standing, name) for name in Metric}
    assert found == expected, f"add a new metric to this test, too: {found.keys() ^ expected.keys()}"


def test_a_day_can_be_made_active_without_counting_anything() -> None:
    standing = Standing("42")
    rules.be_active(standing, NOW.date() - timedelta(days=3), ms(NOW))
    assert active_days(standing) == [NOW.date() - timedelta(days=3)]
    assert homeworks(standing) == (0, 0, 0)


def test_the_last_64_events_are_remembered_and_older_ones_forgotten() -> None:
    standing = Standing("42")
    events = [f"event-{number}" for number in range(EVENTS_KEPT + 1)]
    for event in events[:EVENTS_KEPT]:
        assert rules.remember(standing, event)
    assert not any(rules.remember(standing, event) for event in events[:EVENTS_KEPT])
    assert rules.remember(standing, events[-1])
    assert not any(rules.remember(standing, event) for event in events[1:])
    assert rules.remember(standing, events[0])


def test_a_duplicate_does_not_extend_the_time_that_an_event_is_remembered() -> None:
    """The 64 remembered events are the last ones that counted; duplicates do not count."""
    standing = Standing("42")
    for number in range(EVENTS_KEPT):
        rules.remember(standing, f"event-{number}")
        rules.remember(standing, "event-0")
    rules.remember(standing, "one more")
    assert rules.remember(standing, "event-0")


def test_event_ids_differ_by_every_character() -> None:
    standing = Standing("42")
    assert all(rules.remember(standing, event) for event in ("a", "A", "a ", "aa", "a|", "б", "x" * 128, "x" * 127))
