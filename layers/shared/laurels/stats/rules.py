"""How a stat update changes a standing, and how a standing is shown as stats. `now` is epoch milliseconds."""

from datetime import date, timedelta

from laurels import clock
from laurels.errors import Invalid
from laurels.people.figures import RANKED, Figure
from laurels.people.rules import EVERYTHING, View
from laurels.standings import rules as standings_rules
from laurels.standings.models import Standing, Window
from laurels.stats.models import Counters, Stats, StatUpdate, StatUpdateDraft, Value, Windows, WindowStats

_DAY = 24 * 3600 * 1000  # milliseconds


def check_age(update: StatUpdateDraft, now: int, max_age_days: int) -> None:
    """Raise Invalid if the update happened too long ago to be counted."""
    if clock.epoch_ms(update.occurred_at) < now - max_age_days * _DAY:
        raise Invalid.field("occurred_at", f"must not be more than {max_age_days} days ago", "too_old")


def apply(standing: Standing, update: StatUpdate, now: int) -> bool:
    """Apply an update to the standing. Returns False, and changes nothing, if its event has counted before."""
    if not standings_rules.remember(standing, update.event_id):
        return False
    at = moment(update, now)
    for counter, by in update.increments.items():
        standings_rules.count(standing, counter, by, at, now)
    if Value.AVERAGE_GRADE in update.values:
        standings_rules.grade(standing, update.values[Value.AVERAGE_GRADE], at)
    return True


def moment(update: StatUpdate, now: int) -> int:
    """Return when the update happened, in epoch milliseconds; `now` if its sender's clock is too far ahead."""
    at = clock.epoch_ms(update.occurred_at)
    return at if at <= now + clock.AHEAD else now


def describe(standing: Standing, now: int, view: View = EVERYTHING) -> Stats:
    """Return the stats as clients read them, without figures that the caller may not see. Weeks and months are those of
    UTC."""
    today = clock.utc_date(now)
    monday = today - timedelta(days=today.weekday())
    return Stats(
        user_id=standing.user_id,
        counters=Counters(**{str(counter): value for counter, value in standing.counters.items()}),
        average_grade=standing.average_grade,
        points=standing.points,
        achievements=standing.achievements if view.shows(Figure.ACHIEVEMENTS_COUNT) else None,
        windows=Windows(
            week=_window(standing.week, standings_rules.week_number(today), monday, view),
            month=_window(standing.month, standings_rules.month_number(today), today.replace(day=1), view),
        ),
        updated_at=clock.from_epoch_ms(standing.updated_at) if standing.updated_at else None,
    )


def _window(window: Window, current: int, starts_on: date, view: View) -> WindowStats:
    """Return the scores of a window; zeros if it is no longer the current one."""
    scores = window.scores if window.number == current else Window().scores
    shown = {str(board): score.score if view.shows(RANKED[board]) else None for board, score in scores.items()}
    return WindowStats.model_validate({"starts_on": starts_on, **shown})
