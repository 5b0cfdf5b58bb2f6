"""A learner whose actions and streaks are given in local times."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from laurels import clock
from laurels.standings import freezes, zones
from laurels.standings import rules as standings_rules
from laurels.standings.models import Counter, Standing
from laurels.streaks.models import Streak, Streaks
from laurels.streaks.rules import describe


class Learner:
    """Times are local, such as `2026-11-20 18:22`. An event happens at `at`, and arrives at `now` if it is late."""

    def __init__(self, zone: str = "UTC"):
        self.standing = Standing("42", timezone=zone)

    def moment(self, local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(self.standing.timezone)).astimezone(UTC)

    def ms(self, local: str) -> int:
        return clock.epoch_ms(self.moment(local))

    def do(self, at: str, now: str = "") -> None:
        standings_rules.count(self.standing, Counter.TESTS_PASSED, 1, self.ms(at), self.ms(now or at))

    def earn(self, at: str, now: str = "") -> None:
        standings_rules.earn(self.standing, 10, self.ms(at), self.ms(now or at))

    def freeze(self, count: int, now: str) -> bool:
        return freezes.grant(self.standing, count, self.ms(now))

    def move(self, zone: str, now: str) -> None:
        """Move to another zone. `now` is the local time in the old zone."""
        zones.move(self.standing, zone, self.ms(now))

    def streaks(self, now: str) -> Streaks:
        return describe(self.standing, self.ms(now))

    def activity(self, now: str) -> Streak:
        return self.streaks(now).activity

    def length(self, now: str) -> int:
        return self.activity(now).length


def awards_of(found: Streaks) -> Streak:
    assert found.awards is not None
    return found.awards


def days(*ofs: str) -> list[date]:
    return [date.fromisoformat(each) for each in ofs]
