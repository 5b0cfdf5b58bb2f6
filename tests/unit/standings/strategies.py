"""Standings for tests: any that can be, and the largest that can be."""

from zoneinfo import available_timezones

from hypothesis import strategies as st

from laurels.days import DAYS_KEPT, Days
from laurels.standings.models import (
    EVENTS_KEPT,
    SCORED,
    Board,
    Counter,
    Listing,
    Score,
    Standing,
    Window,
)
from laurels.standings.rules import MAX_COUNT

MAX_TIME = 2**48 - 1  # milliseconds: the year 10889
MAX_DAY = 3_652_059  # the last day of the year 9999
ZONES = sorted(available_timezones())
USER_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@|:-"

counts = st.integers(0, MAX_COUNT)
times = st.integers(0, MAX_TIME)
ordinals = st.integers(0, MAX_DAY)
scores = st.fixed_dictionaries({board: st.builds(Score, counts, times) for board in SCORED})
windows = st.builds(Window, st.integers(0, 2**24 - 1), scores)
days = st.builds(Days, ordinals, st.integers(0, 2**DAYS_KEPT - 1), ordinals, ordinals, ordinals)
grades = st.one_of(st.none(), st.tuples(st.floats(0, 100), times))
user_ids = st.text(USER_ID_CHARACTERS, min_size=1, max_size=128)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    average, graded_at = draw(grades) or (None, 0)
    return Standing(
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
        events=draw(st.lists(st.binary(min_size=7, max_size=7), max_size=EVENTS_KEPT)),
        timezone=draw(st.sampled_from(ZONES)),
        listing=draw(st.sampled_from(Listing)),
        updated_at=draw(times),
    )


def fullest() -> Standing:
    """Every field at its largest: the user id, the time zone, numbers with all their digits."""

    def full_scores() -> dict[Board, Score]:
        return {board: Score(MAX_COUNT, MAX_TIME) for board in SCORED}

    def full_days() -> Days:
        return Days(MAX_DAY, 2**DAYS_KEPT - 1, MAX_DAY, MAX_DAY, MAX_DAY)

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
        events=[bytes([255 - number] * 7) for number in range(EVENTS_KEPT)],
        timezone=max(ZONES, key=len),
        listing=Listing.ANONYMOUS,
        updated_at=MAX_TIME,
    )
