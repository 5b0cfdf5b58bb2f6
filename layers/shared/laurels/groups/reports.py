"""A group's report for teachers: how each learner is doing, computed when it is read."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from laurels import clock, keys, table
from laurels.callers import Caller
from laurels.goals import rules as goals_rules
from laurels.groups import rules, service
from laurels.groups.models import GroupReport, ReportOrder, ReportQuery, ReportRow
from laurels.groups.rules import Act
from laurels.people import names
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.people.figures import OPEN_TO_TEACHERS
from laurels.people.rules import View
from laurels.spreadsheets import Cell, CsvFile, csv_file
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.standings.models import Standing
from laurels.standings.thresholds import shortest
from laurels.stats import rules as stats_rules
from laurels.streaks import rules as streaks_rules
from laurels.writes import Item

_AT_ONCE = 16  # learners whose goals are read at the same time
_TO_TEACHERS = View(OPEN_TO_TEACHERS)
_WINDOW = ("points", "achievements", "homeworks", "tests", "courses")
HEADER = (
    *("user_id", "name", "last_active_on", "days_since", "streak", "at_risk", "points", "achievements"),
    *(f"{window}_{name}" for window in ("week", "month") for name in _WINDOW),
    *("open_goals", "overdue_goals"),
)


def report(group_id: str, query: ReportQuery, caller: Caller) -> GroupReport:
    """Return how all learners of a group are doing, hidden and anonymous ones too. Raises NotFound and Forbidden.

    One Query reads the group with all members; one request per 100 learners their standings, one their profiles, and
    one the tombstones of those without a profile; and one Query per learner the goals, 16 at the same time: at most 16
    requests beside those for the goals.
    """
    group, own, members = service.read_whole(group_id, caller)
    rules.require(Act.SEE_REPORT, caller, group, own)
    learners = [each["user_id"] for each in members if rules.is_learner(each)]
    stored = dict(zip(learners, table.get_many([*map(keys.standing, learners)]), strict=True))
    profiles = people.read_many(learners)
    present = [user_id for user_id in learners if not people_rules.is_erased(profiles[user_id])]
    now = clock.now_ms()
    rows = [
        row(standings.of(user_id, stored[user_id]), people.card(profiles[user_id]).display_name, goals, now)
        for user_id, goals in zip(present, _goals(present), strict=True)
    ]
    return GroupReport(group_id=group_id, items=in_order(rows, query.sort), as_of=clock.from_epoch_ms(now))


def _goals(learners: Sequence[str]) -> Iterable[list[Item]]:
    """Return the goals of each learner, in order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda user_id: list(table.query_all(keys.goal(user_id))), learners))


def row(standing: Standing, name: str, goals: Iterable[Mapping[str, object]], now: int) -> ReportRow:
    """Return one learner's row. `now` is epoch milliseconds; dates are those of the learner's own calendar."""
    today = zones.today(standing, now)
    streak, stats = streaks_rules.own_activity(standing, now), stats_rules.describe(standing, now, _TO_TEACHERS)
    open_goals, overdue = goals_rules.open_and_overdue(goals, today)
    return ReportRow(
        user_id=standing.user_id,
        display_name=name,
        last_active_on=streak.last_day,
        days_since=_days_since(streak.last_day, today),
        streak=streak.length,
        at_risk=bool(streak.at_risk),
        points=stats.points,
        achievements=stats.achievements or 0,
        week=stats.windows.week,
        month=stats.windows.month,
        metrics=stats.metrics,
        open_goals=open_goals,
        overdue_goals=overdue,
    )


def _days_since(last: date | None, today: date) -> int | None:
    """A learner who has moved west may have been active on a later date."""
    return max((today - last).days, 0) if last else None


def in_order(rows: Iterable[ReportRow], order: ReportOrder) -> list[ReportRow]:
    """Return the rows in order; equal ones by name, then by id."""
    found = sorted(rows, key=lambda row: (names.words(row.display_name), row.display_name, row.user_id))
    if order is ReportOrder.POINTS:
        found.sort(key=lambda row: -row.points)
    elif order is ReportOrder.RISK:
        # Who was never here comes first, then who has been away the longest.
        found.sort(
            key=lambda row: (row.days_since is not None, -(row.days_since or 0), -row.overdue_goals, not row.at_risk)
        )
    return found


def as_csv(found: GroupReport) -> CsvFile:
    """Return the report as CSV: a line per learner, with the columns of HEADER, and one for each own metric in which
    something was counted, as `metrics_<name>`, `week_metrics_<name>` and `month_metrics_<name>`."""
    own = [_own_metrics(row) for row in found.items]
    columns = sorted({column for values in own for column in values})
    rows = ([*_cells(row), *map(values.get, columns)] for row, values in zip(found.items, own, strict=True))
    return csv_file("report.csv", [*HEADER, *columns], rows)


def _own_metrics(row: ReportRow) -> dict[str, Cell]:
    """Return the values of own metrics by column."""
    parts: dict[str, Mapping[str, float]] = {
        "metrics": row.metrics,
        "week_metrics": row.week.metrics,
        "month_metrics": row.month.metrics,
    }
    return {f"{part}_{name}": shortest(value) for part, found in parts.items() for name, value in found.items()}


def _cells(row: ReportRow) -> list[Cell]:
    windows = [getattr(window, name) for window in (row.week, row.month) for name in _WINDOW]
    last = row.last_active_on.isoformat() if row.last_active_on else None
    about = [row.user_id, row.display_name, last, row.days_since, row.streak, str(row.at_risk).lower()]
    return [*about, row.points, row.achievements, *windows, row.open_goals, row.overdue_goals]
