"""How a stat update changes a standing, and how a standing is shown as stats. `now` is epoch milliseconds."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from laurels import clock
from laurels.errors import FieldError, Invalid
from laurels.people.figures import Figure, ranked
from laurels.people.rules import EVERYTHING, View
from laurels.standings import own_metrics
from laurels.standings import rules as standings_rules
from laurels.standings.definitions import Definitions, fault
from laurels.standings.models import Counter, Standing, Window
from laurels.stats.models import Counters, Stats, StatUpdate, StatUpdateDraft, Value, Windows, WindowStats

_DAY = 24 * 3600 * 1000  # milliseconds
NO_METRICS: Definitions = MappingProxyType({})
_BUILT_IN = frozenset([*map(str, Counter), *map(str, Value)])
_COUNTERS = frozenset(map(str, Counter))


def check_age(update: StatUpdateDraft, now: int, max_age_days: int) -> None:
    """Raise Invalid if the update happened too long ago to be counted."""
    if clock.epoch_ms(update.occurred_at) < now - max_age_days * _DAY:
        raise Invalid.field("occurred_at", f"must not be more than {max_age_days} days ago", "too_old")


def apply(standing: Standing, update: StatUpdate, now: int, definitions: Definitions = NO_METRICS) -> bool:
    """Apply an update without `faults` to the standing. Returns False, and changes nothing, if its event has counted
    before."""
    if not standings_rules.remember(standing, update.event_id):
        return False
    at = moment(update, now)
    for metric, by in update.increments.items():
        if metric in _COUNTERS:
            standings_rules.count(standing, Counter(metric), by, at, now)
        else:
            own_metrics.count(standing, definitions[metric], by, at, now)
    for metric, value in update.values.items():
        if metric == Value.AVERAGE_GRADE:
            standings_rules.grade(standing, value, at)
        else:
            own_metrics.say(standing, definitions[metric], value, at)
    return True


def own_names(update: StatUpdateDraft) -> list[str]:
    """Return the own metrics that the update names."""
    return [name for name in (*update.increments, *update.values) if name not in _BUILT_IN]


def faults(update: StatUpdateDraft, definitions: Definitions) -> list[FieldError]:
    """Return why the update cannot be applied by these definitions of own metrics."""
    found: list[FieldError] = []
    if update.increments.keys() <= _BUILT_IN and update.values.keys() <= _BUILT_IN:
        return found
    parts: tuple[tuple[str, Mapping[str, float]], ...] = ("increments", update.increments), ("values", update.values)
    for part, name, number in ((part, name, number) for part, each in parts for name, number in each.items()):
        if name in _BUILT_IN:
            continue
        if detail := fault(name, definitions):
            found.append({"field": f"{part}.{name}", "detail": detail, "code": "unknown_metric"})
            continue
        definition = definitions[name]
        least, most = definition.limits
        if definition.is_counter != (part == "increments"):
            detail = f"is a {definition.kind}, and belongs into {'increments' if definition.is_counter else 'values'}"
            found.append({"field": f"{part}.{name}", "detail": detail, "code": "not_of_metric"})
        elif not least <= number <= most:
            detail = f"must be between {least:.12g} and {most:.12g}"
            found.append({"field": f"{part}.{name}", "detail": detail, "code": "not_of_metric"})
    return found


def moment(update: StatUpdate, now: int) -> int:
    """Return when the update happened, in epoch milliseconds; `now` if its sender's clock is too far ahead."""
    at = clock.epoch_ms(update.occurred_at)
    return at if at <= now + clock.AHEAD else now


def describe(standing: Standing, now: int, view: View = EVERYTHING) -> Stats:
    """Return the stats as clients read them, without figures that the caller may not see. Weeks and months are those of
    UTC."""
    today = clock.utc_date(now)
    monday = today - timedelta(days=today.weekday())
    counters = [(name, own) for name, own in sorted(standing.own.items()) if own.is_counter]
    weeks, months = {name: own.week for name, own in counters}, {name: own.month for name, own in counters}
    return Stats(
        user_id=standing.user_id,
        counters=Counters(**{str(counter): value for counter, value in standing.counters.items()}),
        average_grade=standing.average_grade,
        points=standing.points,
        achievements=standing.achievements if view.shows(Figure.ACHIEVEMENTS_COUNT) else None,
        metrics=standings_rules.own_values(standing),
        windows=Windows(
            week=_window(standing.week, weeks, standings_rules.week_number(today), monday, view),
            month=_window(standing.month, months, standings_rules.month_number(today), today.replace(day=1), view),
        ),
        updated_at=clock.from_epoch_ms(standing.updated_at) if standing.updated_at else None,
    )


def _window(window: Window, own: Mapping[str, int], current: int, starts_on: date, view: View) -> WindowStats:
    """Return the scores of a window, with those of own counters; zeros if it is no longer the current one."""
    is_current = window.number == current
    scores = window.scores if is_current else Window().scores
    metrics = {name: count for name, count in own.items() if count and is_current}
    shown = {str(board): score.score if view.shows(ranked(board)) else None for board, score in scores.items()}
    return WindowStats.model_validate({"starts_on": starts_on, **shown, "metrics": metrics})
