"""Groups: what a board, a list of members and a report of 30 and of 500 learners ask of AWS, and what they cost."""

from collections.abc import Iterator
from typing import Any

from laurels import keys
from laurels.groups.models import Role
from laurels.standings.codec import encode
from laurels.standings.models import Board, Score
from tests.bench import built, contestants, meter, prices, requests, samples
from tests.bench.meter import Meter
from tests.bench.report import Table
from tests.dynamodb_local import server

SIZES = (30, 500)
CALLS = 10  # beside the first, which measure the billed CPU time
ROUTES = {
    "leaderboard, 20 places": "leaderboard?board=points&limit=20",
    "leaderboard, 100 places": "leaderboard?board=points&limit=100",
    "leaderboard, around=me": "leaderboard?board=points&around=me",
    "members, 20 of them": "members?limit=20",
    "report": "report?sort=risk",
}


def run() -> Iterator[Table]:
    if not server.installed():
        yield Table("Groups", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    application = built.application()
    with meter.running(application) as counting:
        (table,) = application.tables.values()
        rows: list[tuple[object, ...]] = []
        for size in SIZES:
            group_id = f"{size:032x}"
            counting.put(table.id, *_group(group_id, size))
            rows += [(f"{size} learners: {name}", *_row(group_id, below, counting)) for name, below in ROUTES.items()]
    columns = ("a call for", "requests", "read units", "CPU ms", "KB answered", "$ a million")
    notes = [requests.assumed(prices.HTTP_API, "the request at the gateway, and nothing of the authorizer's")]
    yield Table("Groups: requests and cost", columns, rows, notes)


def _row(group_id: str, below: str, counting: Meter) -> tuple[object, ...]:
    path = f"/v1/groups/{group_id}/{below}"
    name, event = samples.http(built.application(), "GET", path, sub="learner-1", **_who(below))
    contestant = contestants.function(below, name, counting.endpoint, *[event] * (1 + CALLS))
    asked, reads, _, _, _, cpu_ms, cost = requests.row(contestant, counting, prices.HTTP_API)
    size = len(contestant.run()["answer"]["body"].encode()) / 1024
    return asked, reads, cpu_ms, size, cost


def _who(below: str) -> dict[str, str]:
    """Learners see boards and members; of reports an admin is asked."""
    return {"roles": "admin"} if below.startswith("report") else {}


def _group(group_id: str, size: int) -> Iterator[dict[str, Any]]:
    """Yield a group of learners with profiles, full standings of different scores, and two goals each."""
    users = [f"learner-{number}" for number in range(size)]
    yield {**keys.group(group_id)._asdict(), "group_id": group_id, "board": "shown", "members_count": size, "rev": 1}
    for number, user_id in enumerate(users):
        about = {"v": 1, "user_id": user_id, "role": Role.LEARNER.value, "joined_at": "2026-09-01T07:15:00.000Z"}
        yield {**keys.group_member(group_id, user_id)._asdict(), **about}
        yield {**samples.profile(), **keys.profile(user_id)._asdict(), "user_id": user_id}
        yield _standing(user_id, number)
        for goal in range(2):
            titled = {"title": "Pass ten tests", "description": "", "status": "in-progress", "due_date": "2026-11-01"}
            yield {**keys.goal(user_id, str(goal))._asdict(), "goal_id": str(goal), "rev": 1, **titled}


def _standing(user_id: str, number: int) -> dict[str, Any]:
    stored = samples.full_standing(user_id)
    stored.scores[Board.POINTS] = Score(100 + number % 17, 1_795_198_925_000 + number)
    return encode(stored)
