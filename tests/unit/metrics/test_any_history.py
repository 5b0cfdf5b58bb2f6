"""Any history of updates in the six built-in and in own metrics, compared with an oracle that keeps all updates and
recomputes each number."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from laurels import clock
from laurels.days import dates
from laurels.standings import own_metrics, zones
from laurels.standings.definitions import Definition, MetricKind
from laurels.standings.models import BOARD_OF, Counter, Standing
from laurels.stats import rules as stats_rules
from laurels.stats.models import StatUpdate, Value

CAP = 60
METRICS = {
    "free": Definition("free", MetricKind.COUNTER),
    "capped": Definition("capped", MetricKind.COUNTER, daily_cap=CAP),
    "latest": Definition("latest", MetricKind.VALUE),
    "best": Definition("best", MetricKind.BEST),
}
BUILT_IN = {*map(str, Counter), *map(str, Value)}
ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]
DATES_KEPT = 4
# A Friday; the end of a week; the end of a month and a week; the end of a year.
STARTS = [datetime(2026, month, day, 12, tzinfo=UTC) for month, day in ((11, 20), (11, 22), (5, 31), (12, 31))]
starts = st.sampled_from(STARTS)
waits = st.timedeltas(timedelta(), timedelta(hours=20)) | st.timedeltas(timedelta(), timedelta(days=9))
ages = st.timedeltas(timedelta(minutes=-4), timedelta(days=2)) | st.timedeltas(timedelta(), timedelta(days=30))
counted = st.sampled_from(["free", "capped"]) | st.sampled_from([*map(str, Counter)])
increments = st.dictionaries(counted, st.integers(-30, 90), max_size=3)
said = st.sampled_from(["latest", "best", "average_grade"])
values = st.dictionaries(said, st.sampled_from([0.0, 4.6, 70.25, 100.0]), max_size=2)


class Counted(NamedTuple):
    at: datetime
    local: int  # date, as an ordinal
    by: int
    is_old: bool  # of a date for which sums are no longer kept


class Oracle:
    """Every number from all updates that have counted. Only where a counter is clamped at 0 does it keep a result."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.counted: dict[str, list[Counted]] = defaultdict(list)
        self.said: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
        self.totals: dict[str, int] = defaultdict(int)
        self.until = 0
        self.active: set[int] = set()
        self.scored: list[datetime] = []  # when a score on any board changed

    def gain(self, metric: str, since: datetime | None = None) -> int:
        """What the updates come to, without clamping; since a moment, what they come to beyond those before it."""
        found = self.counted[metric]
        cap = CAP if metric == "capped" else 10**9
        old = sum(min(each.by, cap) for each in found if each.is_old and (since is None or each.at >= since))
        sums: dict[int, int] = defaultdict(int)
        before: dict[int, int] = defaultdict(int)
        for each in found:
            if not each.is_old:
                sums[each.local] += each.by
                before[each.local] += each.by if since and each.at < since else 0
        return old + sum(min(total, cap) - min(before[day], cap) for day, total in sums.items())

    def latest(self, metric: str) -> float | None:
        """What was said with the latest time; of several, what arrived last."""
        last = max((at for at, _ in self.said[metric]), default=None)
        return next((value for at, value in reversed(self.said[metric]) if at == last), None)

    def count(self, metric: str, by: int, at: datetime, local: int) -> None:
        if by > 0:
            self.active.add(local)
        if metric in BUILT_IN:
            was, self.totals[metric] = self.totals[metric], max(self.totals[metric] + by, 0)
            self.scored += [at] if was != self.totals[metric] and metric in BOARD_OF else []
            return
        if by == 0:
            return
        self.scored.append(at)
        self.until = max(self.until, local)
        before = self.gain(metric)
        is_old = metric == "capped" and self.until - local >= DATES_KEPT
        self.counted[metric].append(Counted(at, local, by, is_old))
        self.totals[metric] = max(self.totals[metric] + self.gain(metric) - before, 0)


class History(RuleBasedStateMachine):
    sent = Bundle("sent")

    @initialize(start=starts)
    def begin(self, start: datetime) -> None:
        self.now, self.numbers = start, count()
        self.standing, self.oracle, self.active = Standing("42"), Oracle(), set(METRICS)
        self.zones: list[tuple[datetime, str]] = [(datetime.min.replace(tzinfo=UTC), "UTC")]

    @rule(by=waits)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(zone=st.sampled_from(ZONES))
    def the_user_moves_for_good(self, zone: str) -> None:
        """Not within a journey, and not before anything was counted: what is known of these, other tests say."""
        if self.oracle.seen and len(self.zones) == 1 and zone != "UTC":
            zones.move(self.standing, zone, clock.epoch_ms(self.now))
            self.zones.append((self.now, zone))

    @rule(metric=st.sampled_from(sorted(METRICS)))
    def a_metric_is_archived_or_restored(self, metric: str) -> None:
        self.active ^= {metric}

    @rule(target=sent, age=ages, increments=increments, values=values)
    def an_update_arrives(self, age: timedelta, increments: dict[str, int], values: dict[str, float]) -> StatUpdate:
        update = StatUpdate(
            event_id=f"event-{next(self.numbers)}",
            user_id="42",
            source="test",
            occurred_at=self.now - age,
            increments=increments if increments or values else {"free": 1},
            values=values,
        )
        self.an_update_arrives_again(update)
        return update

    @rule(update=sent)
    def an_update_arrives_again(self, update: StatUpdate) -> None:
        defined = {name: each._replace(is_active=name in self.active) for name, each in METRICS.items()}
        is_refused = not {*update.increments, *update.values} <= self.active | BUILT_IN
        assert bool(stats_rules.faults(update, defined)) == is_refused
        if is_refused:
            return
        is_new = update.event_id not in self.oracle.seen[-64:]
        assert stats_rules.apply(self.standing, update, clock.epoch_ms(self.now), defined) == is_new
        if is_new:
            self._count(update)

    def _count(self, update: StatUpdate) -> None:
        self.oracle.seen.append(update.event_id)
        at = update.occurred_at
        moment = min(at, self.now)
        for metric, by in update.increments.items():
            self.oracle.count(metric, by, moment, self._date(moment))
        for metric, value in update.values.items():
            self.oracle.said[metric].append((at, value))

    def _date(self, moment: datetime) -> int:
        zone = [zone for since, zone in self.zones if moment >= since][-1]
        return moment.astimezone(ZoneInfo(zone)).date().toordinal()

    @invariant()
    def the_standing_holds_what_the_oracle_says(self) -> None:
        own, oracle = self.standing.own, self.oracle
        assert own.keys() == {name for name in METRICS if oracle.counted[name] or oracle.said[name]}
        for name in own.keys() & {"free", "capped"}:
            assert own[name].number == oracle.totals[name]
            unclamped = all(each.by > 0 for each in oracle.counted[name])
            if unclamped and len(self.zones) == 1:
                assert own[name].number == oracle.gain(name)
                assert own[name].week == oracle.gain(name, self._begin(weekly=True))
                assert own[name].month == oracle.gain(name, self._begin(weekly=False))
        assert self.standing.counters == {counter: oracle.totals[counter] for counter in Counter}
        assert self.standing.average_grade == oracle.latest("average_grade")
        if oracle.said["latest"]:
            assert own["latest"].value == oracle.latest("latest")
        if oracle.said["best"]:
            best = max(value for _, value in oracle.said["best"])
            first = min(at for at, value in oracle.said["best"] if value == best)
            assert (own["best"].value, own["best"].reached) == (best, clock.epoch_ms(first))
        assert {day for day in dates(self.standing.activity_days) if day} == oracle.active

    def _begin(self, *, weekly: bool) -> datetime:
        """When the latest week or month began in which a score changed."""
        day = max(self.oracle.scored).replace(hour=0, minute=0, second=0, microsecond=0)
        return day - timedelta(days=day.weekday()) if weekly else day.replace(day=1)


TestAnyHistory = History.TestCase
TestAnyHistory.settings = settings(max_examples=25, stateful_step_count=15)


@given(
    start=starts,
    zone=st.sampled_from(ZONES),
    arrivals=st.lists(st.tuples(st.integers(0, 36 * 60 - 1), st.integers(-20, 90)), min_size=2, max_size=8),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=60)
def test_the_order_within_today_and_yesterday_changes_nothing(
    start: datetime, zone: str, arrivals: list[tuple[int, int]], random: Random
) -> None:
    """A day and a half around noon, with enough counted before it that nothing is clamped."""

    def counted(order: list[tuple[int, int]]) -> object:
        standing, now = Standing("42", timezone=zone), clock.epoch_ms(start)
        definition = METRICS["capped"]
        for day in range(20, 10, -1):
            own_metrics.count(standing, definition, CAP, now - day * 86_400_000, now)
        for minutes, by in order:
            own_metrics.count(standing, definition, by, now - minutes * 60_000, now)
        own = standing.own["capped"]
        return own.number, own.reached, own.gains

    shuffled = sorted(arrivals, key=lambda _: random.random())
    assert counted(arrivals) == counted(shuffled)


@given(
    zone=st.sampled_from(ZONES),
    arrivals=st.lists(st.tuples(st.integers(0, 36 * 60 - 1), st.integers(1, 90)), min_size=2, max_size=8),
    start=starts,
)
@settings(max_examples=60)
def test_windows_do_not_depend_on_the_order_either_and_add_up(
    start: datetime, zone: str, arrivals: list[tuple[int, int]]
) -> None:
    found = []
    for order in (arrivals, arrivals[::-1], sorted(arrivals)):
        standing, now = Standing("42", timezone=zone), clock.epoch_ms(start)
        for minutes, by in order:
            own_metrics.count(standing, METRICS["capped"], by, now - minutes * 60_000, now)
        own = standing.own["capped"]
        assert own.number >= max(own.week, own.month)
        found.append((own.number, own.week, own.month, own.reached))
    assert len(set(found)) == 1


def test_a_history_that_arrives_late_but_in_order_counts_up_to_the_cap_of_each_date() -> None:
    standing, now = Standing("42"), clock.epoch_ms(STARTS[0])
    for age in range(20, 9, -1):
        for _ in range(3):
            own_metrics.count(standing, METRICS["capped"], 25, now - age * 86_400_000, now)
    assert standing.own["capped"].number == 11 * CAP
    # Of a date for which sums are no longer kept, an increment counts up to the cap by itself.
    own_metrics.count(standing, METRICS["capped"], 25, now - 20 * 86_400_000, now)
    assert standing.own["capped"].number == 11 * CAP + 25
