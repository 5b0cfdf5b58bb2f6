"""Which users a run looks at: those for whom 20:00 has come since the run before."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import clock
from laurels.events import at_risk
from laurels.standings import contests, freezes
from laurels.standings import rules as standings_rules
from laurels.standings.codec import encode
from laurels.standings.models import Counter, Standing

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "Asia/Tokyo",
]
MINUTE = 60 * 1000


@pytest.mark.parametrize(
    ("zone", "now", "minutes", "day"),
    [
        ("UTC", "2026-11-20T20:00:00.000Z", 15, "2026-11-20"),
        ("UTC", "2026-11-20T20:14:59.999Z", 15, "2026-11-20"),
        ("UTC", "2026-11-20T20:15:00.000Z", 15, None),
        ("UTC", "2026-11-20T19:59:59.999Z", 15, None),
        ("UTC", "2026-11-20T23:59:59.000Z", 300, "2026-11-20"),  # the runs before have failed
        ("UTC", "2026-11-21T00:10:00.000Z", 300, None),  # too late: the date is over
        ("UTC", "2026-11-23T20:10:00.000Z", 5000, "2026-11-23"),
        ("Europe/Berlin", "2026-11-20T19:05:00.000Z", 15, "2026-11-20"),
        ("Europe/Berlin", "2026-07-20T18:05:00.000Z", 15, "2026-07-20"),
        ("America/New_York", "2026-11-21T01:05:00.000Z", 15, "2026-11-20"),
        ("Pacific/Kiritimati", "2026-11-20T06:05:00.000Z", 15, "2026-11-20"),
        ("Asia/Kathmandu", "2026-11-20T14:16:00.000Z", 15, "2026-11-20"),
    ],
)
def test_an_evening_belongs_to_one_run(zone: str, now: str, minutes: int, day: str | None) -> None:
    at = clock.ms_of(now)
    found = at_risk.evening(zone, at - minutes * MINUTE, at)
    assert (found and str(datetime.fromordinal(found.day).date())) == day


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - UTC
    st.lists(st.integers(1, 200), min_size=1, max_size=300),
)
def test_runs_at_any_times_see_each_evening_once_unless_none_runs_until_midnight(
    zone: str, start: datetime, steps: list[int]
) -> None:
    moments = [start.replace(tzinfo=UTC)]
    for step in steps:
        moments.append(moments[-1] + timedelta(minutes=step))
    seen = []
    for before, now in itertools.pairwise(moments):
        found = at_risk.evening(zone, clock.epoch_ms(before), clock.epoch_ms(now))
        if found:
            assert clock.epoch_ms(before) < found.at <= clock.epoch_ms(now)
            seen.append(found.day)
    wanted = set()
    for moment in moments[1:]:
        local = moment.astimezone(ZoneInfo(zone))
        evening = datetime.combine(local.date(), at_risk.EVENING, ZoneInfo(zone))
        if moments[0] < evening <= moment:
            wanted.add(local.date().toordinal())
    assert seen == sorted(wanted)


def test_two_threads_may_see_the_first_user_of_a_zone_at_once() -> None:
    class Switching(dict[str, at_risk.Evening | None]):
        """Another thread looks as soon as the evening is known."""

        def __setitem__(self, zone: str, found: at_risk.Evening | None) -> None:
            super().__setitem__(zone, found)
            watch.look(contest)

    watch, contest = at_risk.Watch(0, 0), contests.of(encode(Standing("ada", timezone="Asia/Tokyo")))
    watch._evenings = Switching()
    assert watch.look(contest) is None


@given(
    st.lists(st.tuples(st.sampled_from(ZONES), st.integers(0, 3), st.booleans()), min_size=1, max_size=5),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - UTC
    st.integers(1, 24 * 60),
)
@settings(max_examples=60)
def test_before_the_next_evening_nobody_is_reminded(
    users: list[tuple[str, int, bool]], start: datetime, minutes: int
) -> None:
    """Users as (zone, days since they were active, whether they hold a freeze)."""
    first = clock.epoch_ms(start.replace(tzinfo=UTC))
    later = first + minutes * MINUTE
    found = []
    for zone, days, has_freeze in users:
        standing = Standing("ada", timezone=zone)
        standings_rules.count(standing, Counter.TESTS_PASSED, 1, first - days * 24 * 60 * MINUTE, first)
        if has_freeze:
            freezes.grant(standing, 1, first)
        found.append(contests.of(encode(standing)))
    watch, next_watch = at_risk.Watch(first, first), at_risk.Watch(first, later)
    assert not [contest for contest in found if watch.look(contest)]
    evening = watch.next_evening()
    if [contest for contest in found if next_watch.look(contest)]:
        assert evening is not None
        assert first < evening <= later
