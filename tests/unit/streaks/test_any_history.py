"""Any history of deeds, awards, freezes and moves, in any zone, compared with an oracle that loops over all days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import clock
from laurels.leaderboards import rules as leaderboards_rules
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.tally import STREAKS, Tally
from laurels.standings import contests, freezes, zones
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode, encode
from laurels.standings.models import Board, Counter, Listing, Standing
from laurels.streaks.rules import describe
from tests.sizes import sized
from tests.unit.streaks.oracle import DAY, Move, Oracle

ZONES = sorted(available_timezones())
# Zones far east and west, clock changes that skip or repeat midnight, offsets and changes that are not whole hours.
NOTABLE = [
    *("Pacific/Kiritimati", "Pacific/Apia", "Pacific/Pago_Pago", "Etc/GMT+12", "Etc/GMT-14", "Pacific/Chatham"),
    *("America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Havana", "America/St_Johns", "Asia/Tehran"),
    *("Australia/Lord_Howe", "Antarctica/Troll", "Africa/Casablanca", "America/New_York", "Europe/Moscow", "UTC"),
]
LATE, SECOND = timedelta(days=30), timedelta(seconds=1)
FIRST, SECONDS = datetime(2006, 1, 1, tzinfo=UTC), 31 * 365 * 24 * 3600

any_zone = st.one_of(st.sampled_from(NOTABLE), st.sampled_from(ZONES))
hour = timedelta(hours=1)


def between(least: timedelta, most: timedelta) -> st.SearchStrategy[timedelta]:
    return st.integers(least // SECOND, most // SECOND).map(SECOND.__mul__)


waits = st.one_of(
    between(0 * hour, 6 * hour),
    between(18 * hour, 30 * hour),
    between(18 * hour, 30 * hour),
    between(2 * DAY, 4 * DAY),
    between(5 * DAY, 45 * DAY),
)
lateness = st.one_of(st.just(0 * hour), st.just(0 * hour), between(0 * hour, 3 * DAY), between(0 * hour, LATE))
deeds = st.tuples(st.just("do"), lateness, st.booleans())
steps = st.one_of(
    st.tuples(st.just("wait"), waits),
    deeds,
    deeds,
    st.tuples(st.just("freeze"), st.sampled_from([1, 2, 3, 8])),
    st.tuples(st.just("move"), any_zone),
    st.tuples(st.just("settle")),
    st.tuples(st.just("every day"), st.integers(2, 40), st.booleans()),
)
histories = st.lists(steps, max_size=25)
starts = st.integers(0, SECONDS).map(lambda seconds: FIRST + seconds * SECOND)


class Pair:
    """Applies the same history to the rules and to the oracle. The standing is encoded and decoded after each step."""

    def __init__(self, zone: str, start: datetime):
        self.now = start
        self.standing = Standing("42", timezone=zone)
        self.oracle = Oracle([Move(datetime.min.replace(tzinfo=UTC), zone)])

    def step(self, what: str, *how: Any) -> None:
        match what:
            case "wait":
                self.now += how[0]
            case "do":
                self.do(self.possible(self.now - how[0]), award=how[1])
            case "every day":
                for _ in range(how[0]):
                    self.now += DAY
                    self.do(self.now, award=how[1])
            case "freeze":
                given = self.oracle.freeze(how[0], self.now)
                assert freezes.grant(self.standing, how[0], ms(self.now)) == given
            case "move":
                self.oracle.move(how[0], self.now)
                zones.move(self.standing, how[0], ms(self.now))
            case "settle":
                freezes.settle(self.standing, ms(self.now))
        self.standing = decode(encode(self.standing))

    def do(self, at: datetime, award: bool) -> None:
        self.oracle.do(at, award)
        if award:
            standings_rules.earn(self.standing, 10, ms(at), ms(self.now))
        else:
            standings_rules.count(self.standing, Counter.TESTS_PASSED, 1, ms(at), ms(self.now))

    def possible(self, at: datetime) -> datetime:
        """The moment, or the last move if the moment belongs to earlier ones: a standing keeps the last move only."""
        moves = self.oracle.moves
        if len(moves) > 2 and at < moves[-2].at + 4 * DAY:
            return max(at, moves[-1].at)
        return at

    def compare(self) -> None:
        found = describe(self.standing, ms(self.now))
        expected = self.oracle.describe(self.now)
        assert found.today == expected["today"]
        for part in ("activity", "awards", "calendar"):
            assert dict(getattr(found, part)) == expected[part], part
        self.compare_boards()

    def compare_boards(self) -> None:
        """Compare the streaks on boards and in the platform's summary."""
        item, today = encode(self.standing), leaderboards_rules.Today.of(ms(self.now))
        joining = self.oracle.covered(self.now)[0] | self.oracle.kept()

        def longest(days: set[date], window: WindowName) -> int:
            first, last = today.spans[window]
            inside = {day for day in days if first <= day.toordinal() <= last}
            return max(map(len, self.oracle.runs(inside, joining)), default=0)

        streaks = {
            window: score
            for board, window, score, _ in leaderboards_rules.entries(contests.of(item), today)
            if board is Board.STREAK
        }
        for window in WindowName:
            assert streaks.get(window, 0) == longest(self.oracle.active, window)
        tally = Tally(Listing.SHOWN, today)
        tally.add(contests.of(item))
        awarded = longest(self.oracle.awards, WindowName.ALL_TIME)
        assert tally.column(STREAKS).scores.tolist() == [awarded] * (awarded >= 7)


def ms(moment: datetime) -> int:
    return clock.epoch_ms(moment)


@settings(max_examples=sized(100, 300))
@given(any_zone, starts, histories, st.lists(st.integers(0, 25), max_size=2))
def test_streaks_equal_those_of_the_oracle(
    zone: str, start: datetime, history: list[tuple[Any, ...]], looks: list[int]
) -> None:
    pair = Pair(zone, start)
    for number, step in enumerate(history):
        pair.step(*step)
        if number in looks:
            pair.compare()
    pair.compare()
    pair.now += 12 * hour
    pair.compare()
