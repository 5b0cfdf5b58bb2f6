"""Standings for tests: any possible one, and the largest possible one."""

from zoneinfo import available_timezones

from hypothesis import strategies as st

from laurels.days import DAYS_KEPT, Days
from laurels.fields import METRIC
from laurels.standings.codec import EVENT_BYTES
from laurels.standings.models import (
    DATES_KEPT,
    EVENTS_KEPT,
    GRANT_DAYS,
    SCORED,
    Board,
    Counter,
    Freezes,
    Listing,
    OwnNumber,
    Score,
    Standing,
    Window,
)
from laurels.standings.own_codec import MAX_GAIN
from laurels.standings.rules import MAX_COUNT

MAX_TIME = 2**48 - 1  # milliseconds: the year 10889
LAST_MOVE = 253_402_300_799_999  # the end of the year 9999
MAX_DAY = 3_652_059  # the last day of the year 9999
MAX_COVERED = MAX_TARGETS = 2**16 - 1
ZONES = sorted(available_timezones())
USER_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@|:-"

counts = st.integers(0, MAX_COUNT)
times = st.integers(0, MAX_TIME)
ordinals = st.integers(0, MAX_DAY)
scores = st.fixed_dictionaries({board: st.builds(Score, counts, times) for board in SCORED})
windows = st.builds(Window, st.integers(0, 2**24 - 1), scores)
days = st.builds(Days, ordinals, st.integers(0, 2**DAYS_KEPT - 1), ordinals, ordinals, ordinals)
freezes = st.one_of(
    st.just(Freezes()),
    st.builds(Freezes, covered=st.integers(1, 2**DAYS_KEPT - 1)),  # a day that was covered without a freeze
    st.integers(1, MAX_DAY).flatmap(
        lambda horizon: st.builds(
            Freezes,
            st.just(horizon),
            st.integers(0, 10),
            st.dictionaries(st.integers(horizon, horizon + GRANT_DAYS - 1), st.integers(1, 10)),
            st.integers(0, 2**DAYS_KEPT - 1),
        )
    ),
)
grades = st.one_of(st.none(), st.tuples(st.floats(0, 100), times))
names = st.from_regex(METRIC, fullmatch=True)
own_gains = st.integers(-MAX_GAIN, MAX_GAIN)
own_counters = st.builds(
    OwnNumber,
    st.just(value=True),
    *(counts, times, counts, counts),
    st.lists(own_gains, min_size=DATES_KEPT, max_size=DATES_KEPT),
    *(own_gains, own_gains),
)
own_numbers = own_counters | st.builds(OwnNumber, st.just(value=False), counts, times)
user_ids = st.text(USER_ID_CHARACTERS, min_size=1, max_size=128)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    average, graded_at = draw(grades) or (None, 0)
    moved = draw(st.booleans())
    standing = Standing(
        user_id=draw(user_ids),
        revision=draw(st.integers(0, 2**40)),
        counters=draw(st.fixed_dictionaries(dict.fromkeys(Counter, counts))),
        average_grade=average,
        graded_at=graded_at,
        scores=draw(scores),
        week=draw(windows),
        month=draw(windows),
        activity_days=draw(days),
        award_days=draw(days),
        freezes=draw(freezes),
        events=draw(st.lists(st.binary(min_size=EVENT_BYTES, max_size=EVENT_BYTES), max_size=EVENTS_KEPT)),
        timezone=draw(st.sampled_from(ZONES)),
        previous_timezone=draw(st.sampled_from(ZONES)) if moved else "",
        moved_at=draw(st.integers(0, LAST_MOVE)) if moved else 0,
        open_targets=draw(st.integers(0, MAX_TARGETS)),
        listing=draw(st.sampled_from([None, *Listing])),
        updated_at=draw(times),
    )
    if own := draw(st.dictionaries(names, own_numbers, max_size=3)):
        standing.own, standing.gains_until = dict(sorted(own.items())), draw(ordinals)
    if standing.freezes:
        standing.activity_days.covered_before = draw(st.integers(0, MAX_COVERED))
        standing.award_days.covered_before = draw(st.integers(0, MAX_COVERED))
    return standing


def fullest_own(metrics: int) -> Standing:
    """The fullest standing with so many own counters, each with the longest name, full windows and gains."""
    standing = fullest()
    standing.gains_until = MAX_DAY
    for number in range(metrics):
        own = standing.own[f"{'z' * 30}{number:02}"] = OwnNumber(number=MAX_COUNT, reached=MAX_TIME)
        own.week = own.month = MAX_COUNT
        own.gains, own.gains_before_week, own.gains_before_month = [-MAX_GAIN] * DATES_KEPT, -MAX_GAIN, MAX_GAIN
    return standing


def fullest() -> Standing:
    """A standing in which every field has its largest size: user id, time zone, numbers with all digits."""

    def full_scores() -> dict[Board, Score]:
        return {board: Score(MAX_COUNT, MAX_TIME) for board in SCORED}

    def full_days() -> Days:
        return Days(MAX_DAY, 2**DAYS_KEPT - 1, MAX_DAY, MAX_DAY, MAX_DAY, MAX_COVERED)

    return Standing(
        user_id="|" * 128,
        revision=10**12 - 2,  # a write every millisecond for 30 years
        counters=dict.fromkeys(Counter, MAX_COUNT),
        average_grade=10.100000000000001,  # 17 digits
        graded_at=MAX_TIME,
        scores=full_scores(),
        week=Window(2**24 - 1, full_scores()),
        month=Window(2**24 - 1, full_scores()),
        activity_days=full_days(),
        award_days=full_days(),
        freezes=Freezes(MAX_DAY, 10, dict.fromkeys(range(MAX_DAY, MAX_DAY + GRANT_DAYS), 10), covered=2**DAYS_KEPT - 1),
        events=[bytes([255 - number] * EVENT_BYTES) for number in range(EVENTS_KEPT)],
        timezone=max(ZONES, key=len),
        previous_timezone=max(ZONES, key=len),
        moved_at=MAX_TIME,
        open_targets=MAX_TARGETS,
        listing=Listing.ANONYMOUS,
        updated_at=MAX_TIME,
    )
