"""Any history of stat updates, compared with an oracle that keeps all updates and recomputes each result."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from laurels import clock
from laurels.days import runs
from laurels.standings.models import SCORED, Board, Counter, Score, Standing
from laurels.standings.rules import month_number, week_number
from laurels.stats import rules
from laurels.stats.models import StatUpdate, Value

ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Asia/Kathmandu", "Europe/Moscow"]
COUNTED_BY = {"homeworks": "homeworks_completed", "tests": "tests_passed", "courses": "completed_courses"}

# Mostly around the ends of weeks, months and years.
starts = st.sampled_from([datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 12, 31, 23, 58, tzinfo=UTC)])
waits = st.one_of(st.timedeltas(timedelta(), timedelta(minutes=10)), st.timedeltas(timedelta(), timedelta(days=9)))
ages = st.one_of(
    st.timedeltas(timedelta(minutes=-10), timedelta(minutes=10)), st.timedeltas(timedelta(), timedelta(days=30))
)
increments = st.dictionaries(st.sampled_from(Counter), st.integers(-3, 3), max_size=3)
grades = st.dictionaries(st.just(Value.AVERAGE_GRADE), st.sampled_from([0.0, 4.6, 100.0]))


class Arrival(NamedTuple):
    update: StatUpdate
    now: datetime
    zone: str


class Change(NamedTuple):
    counter: str
    by: int
    at: int
    utc: date
    local: date


class Oracle:
    """The results of a history of updates."""

    def __init__(self, arrivals: list[Arrival]):
        self.counted: list[Arrival] = []
        remembered: deque[str] = deque(maxlen=64)
        for arrival in arrivals:
            if arrival.update.event_id not in remembered:
                remembered.append(arrival.update.event_id)
                self.counted.append(arrival)
        self.totals: dict[str, int] = dict.fromkeys(Counter, 0)
        self.changes: list[Change] = []  # as applied, so that no counter is negative
        for arrival in self.counted:
            at = happened(arrival)
            moment = min(at, arrival.now)
            local = moment.astimezone(ZoneInfo(arrival.zone)).date()
            for counter, wanted in arrival.update.increments.items():
                by = max(wanted, -self.totals[counter])
                self.totals[counter] += by
                if by:
                    self.changes.append(Change(counter, by, milliseconds(at), moment.date(), local))

    def score(self, board: Board, number_of: Callable[[date], int] = lambda _: 0) -> Score:
        """The score of all time, or of the latest week or month in which a counter of any board changed."""
        changes = [change for change in self.changes if change.counter in COUNTED_BY.values()]
        latest = max((number_of(change.utc) for change in changes), default=0)
        changes = [
            change for change in changes if number_of(change.utc) == latest and change.counter == COUNTED_BY.get(board)
        ]
        score = 0
        for change in changes:
            score = max(score + change.by, 0)
        return Score(score, max((change.at for change in changes), default=0))

    def grade(self) -> float | None:
        graded = [
            (milliseconds(happened(arrival)), arrival.update) for arrival in self.counted if arrival.update.values
        ]
        latest = max((at for at, _ in graded), default=0)
        last = [update.values[Value.AVERAGE_GRADE] for at, update in graded if at == latest]
        return last[-1] if last else None

    def active_days(self) -> set[int]:
        return {change.local.toordinal() for change in self.changes if change.by > 0}


def happened(arrival: Arrival) -> datetime:
    occurred = arrival.update.occurred_at
    return arrival.now if occurred - arrival.now > timedelta(minutes=5) else occurred


def milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class History(RuleBasedStateMachine):
    sent = Bundle("sent")

    @initialize(start=starts)
    def begin(self, start: datetime) -> None:
        self.now = start
        self.standing = Standing("42")
        self.arrivals: list[Arrival] = []
        self.applied = 0

    @rule(by=waits)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(zone=st.sampled_from(ZONES))
    def the_user_moves(self, zone: str) -> None:
        self.standing.timezone = zone

    @rule(target=sent, age=ages, increments=increments, values=grades)
    def an_update_arrives(
        self, age: timedelta, increments: dict[Counter, int], values: dict[Value, float]
    ) -> StatUpdate:
        return self._arrives(age, increments or {Counter.ACTIVE_COURSES: 1}, values)

    @rule(update=sent)
    def an_update_arrives_again(self, update: StatUpdate) -> None:
        self._apply(update)

    @rule(counter=st.sampled_from(Counter), number=st.sampled_from([62, 63, 64, 65]))
    def many_updates_arrive(self, counter: Counter, number: int) -> None:
        for _ in range(number):
            self._arrives(timedelta(), {counter: 1}, {})

    def _arrives(self, age: timedelta, increments: dict[Counter, int], values: dict[Value, float]) -> StatUpdate:
        update = StatUpdate(
            event_id=f"event-{len(self.arrivals)}",
            user_id="42",
            source="test",
            occurred_at=self.now - age,
            increments={str(name): by for name, by in increments.items()},
            values={str(name): value for name, value in values.items()},
        )
        self._apply(update)
        return update

    def _apply(self, update: StatUpdate) -> None:
        self.arrivals.append(Arrival(update, self.now, self.standing.timezone))
        self.applied += rules.apply(self.standing, update, clock.epoch_ms(self.now))

    @invariant()
    def the_standing_equals_the_results_of_the_oracle(self) -> None:
        oracle = Oracle(self.arrivals)
        assert self.applied == len(oracle.counted)
        assert self.standing.counters == oracle.totals
        assert self.standing.average_grade == oracle.grade()
        for board in SCORED:
            assert self.standing.scores[board] == oracle.score(board)
            assert self.standing.week.scores[board] == oracle.score(board, week_number)
            assert self.standing.month.scores[board] == oracle.score(board, month_number)
        days = {day for last, length in runs(self.standing.activity_days) for day in range(last - length + 1, last + 1)}
        assert days == oracle.active_days()


TestAnyHistory = History.TestCase
TestAnyHistory.settings = settings(max_examples=40, stateful_step_count=25)
