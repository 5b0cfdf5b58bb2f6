"""What the service costs a month for so many learners with the habits below, from the measured tables beside this file.

It measures nothing itself: `make bench` renews the tables, and then this one. List prices, without free tiers.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from local.template import loader
from local.template.application import Application
from tests.bench import prices, report
from tests.bench.report import Table

_ROOT = Path(__file__).parents[2]
LEARNERS = (1_000, 50_000, 1_000_000)
DAYS = 30
ACTIVE = 0.3  # of the learners, on a day
# What an active learner does on a day: calls by their row in the table of requests.
CALLS: Mapping[str, float] = {
    # The page is opened twice; each time the authorizer is asked anew.
    "the authorizer, if not cached": 3,
    "GET /v1/users/me": 2,
    "GET /v1/users/{user_id}/streaks": 2,
    "GET /v1/users/{user_id}/achievements": 2,
    "GET /v1/users/{user_id}/goals": 2,
    "GET /v1/users/{user_id}/stats": 2,
    "GET /v1/leaderboards/{board}": 1,
    "GET /v1/leaderboards/{board}/users/{user_id}": 1,
    "POST /v1/users/{user_id}/goals/{goal_id}/check-ins": 1,
    "POST /v1/users/{user_id}/goals": 1 / 14,
    "PATCH /v1/users/{user_id}": 1 / 60,
    "POST /v1/users/{user_id}/sessions": 1 / 7,
    "POST /v1/users/{user_id}/achievements": 1 / 10,
}
UPDATES = 5  # stat updates of an active learner on a day, each alone in its batch
EARNING = 1 / 10  # of the updates
# Bytes in the table for each learner, active or not: profile, standing, search index, 30 awards, 5 goals, a session.
STORED = 16_000
# Bytes of log of a call: the access log's line, and Lambda's own lines.
LOGGED = 1_100
# Requests a month by which Lambda polls an empty queue: five long polls of 20 seconds at once.
POLLS = 5 * 3 * 60 * 24 * DAYS


def run() -> Iterator[Table]:
    """Yield the table of monthly cost."""
    columns = [monthly(learners) for learners in LEARNERS]
    rows: list[list[object]] = [[what, *(column[what] for column in columns)] for what in columns[0]]
    totals = [sum(column.values()) for column in columns]
    rows.append(["all, USD a month", *totals])
    each = [1000 * total / learners for total, learners in zip(totals, LEARNERS, strict=True)]
    rows.append(["USD a month for 1,000 learners", *each])
    heads = ["learners", *(f"{learners:,}" for learners in LEARNERS)]
    yield Table("Cost a month, USD", heads, rows, [habits()])


def habits() -> str:
    """Return the habits as a sentence."""
    reads = sum(times for call, times in CALLS.items() if call.startswith("GET"))
    return (
        f"Of the learners, {ACTIVE:.0%} are active on a day. Each of these makes {reads:g} reads, one check-in and now "
        f"and then another write, and brings {UPDATES} stat updates, of which one in {round(1 / EARNING)} earns "
        f"something. {STORED / 1000:g} KB are stored for each learner. Pictures, documents, traffic and the AI service "
        "come on top."
    )


def monthly(learners: int) -> dict[str, float]:
    """Return the cost of a month in USD, by what it is for."""
    million_days = learners * ACTIVE * DAYS / 1_000_000  # of active learners
    million = {str(row[0]): row[-1] for row in measured("requests", "Requests and cost: endpoints")}
    reads = {name: times for name, times in CALLS.items() if name.startswith(("GET", "the authorizer"))}
    update = number(measured("requests", "Requests and cost: stat updates, each"), "1 message in a batch")
    earning = number(measured("requests", "Requests and cost: stat updates, each"), "a first one, which earns")
    events = number(measured("events", "Events: cost of an update's events"), "PublishStats=true")
    calls = sum(CALLS.values()) + UPDATES
    stored = learners * STORED / 10**9
    return {
        "reads": million_days * sum(float(million[name]) * times for name, times in reads.items()),
        "writes": million_days * sum(float(million[each]) * CALLS[each] for each in CALLS.keys() - reads.keys()),
        "stat updates": million_days * UPDATES * (update * (1 - EARNING) + earning * EARNING),
        "events": million_days * UPDATES * events,
        "leaderboards": boards(learners),
        "table and backups": stored * (prices.TABLE_GB + prices.BACKUP_GB),
        "logs": million_days * calls * LOGGED / 1000 * prices.LOGS_GB,
        "metrics of routes": routes() * prices.METRIC,
        "other metrics, alarms": own_metrics() * prices.METRIC + alarms() * prices.ALARM,
        "secrets, polling of queues": len(application().secrets) * prices.SECRET
        + len(application().consumers) * POLLS * prices.SQS_STANDARD / 1_000_000,
    }


def boards(learners: int) -> float:
    """Return the cost of all runs of the schedule, between the measured numbers of users; at least the smallest."""
    rows = [(whole(row[0]), float(row[-1])) for row in measured("leaderboards", "Leaderboards: one run")]
    if learners <= rows[0][0]:
        return rows[0][1]
    for (fewer, low), (more, high) in pairwise(rows):
        if learners <= more:
            return low + (high - low) * (learners - fewer) / (more - fewer)
    return rows[-1][1] * learners / rows[-1][0]


def routes() -> int:
    """Return the metrics that API Gateway writes for the routes of `CALLS`; it bills those with data in an hour."""
    return sum(name.split()[0].isupper() for name in CALLS) * prices.METRICS_OF_A_ROUTE


def own_metrics() -> int:
    """Return how many metrics the code writes."""
    source = "".join(
        file.read_text(encoding="utf-8") for file in sorted((_ROOT / "layers/shared/laurels").rglob("*.py"))
    )
    return len(set(re.findall(r"telemetry\.count\(\s*\"(\w+)\"", source)))


@cache
def application() -> Application:
    """Return the application as it is deployed by default."""
    return loader.load(_ROOT / "template.yaml", {"AlarmEmail": "operator@example.org"})


def alarms() -> int:
    """Return the metrics that alarms watch: each is billed as an alarm."""
    resources = application().resources.values()
    about = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    return sum(len([each for each in one.get("Metrics", [one]) if "Expression" not in each]) for one in about)


def measured(part: str, title: str) -> list[list[str]]:
    """Return the rows of a measured table, by the beginning of its title."""
    begin, end = report.markers(part)
    for document in report.DOCUMENTS:
        block = document.read_text(encoding="utf-8").partition(f"{begin}\n")[2].partition(f"{end}\n")[0]
        if table := block.partition(f"**{title}")[2].partition("\n**")[0]:
            lines = [line for line in table.splitlines() if line.startswith("|")]
            return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    raise ValueError(f"there is no table {title} of {part}: run `make bench`")


def number(rows: list[list[str]], name: str) -> float:
    """Return the last cell of the row of that name."""
    (found,) = (row[-1] for row in rows if row[0] == name)
    return float(found)


def whole(text: str) -> int:
    return int(text.replace(",", ""))
