"""Goals to test with."""

from typing import Any

from goals import check_in, create_goal, delete_goal, get_goal, list_goals, replace_goal
from laurels import clock, keys, table
from laurels.goals import rules, targets
from laurels.retries import retrying
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Counter, Standing
from tests.events import Answer, call, user

ANNA, BORIS = user("anna"), user("boris")
TESTS = {"metric": "tests_passed", "value": 10}

Headers = dict[str, str]


def set_goal(
    body: Any = None, caller: dict[str, str] | None = ANNA, user_id: str = "me", headers: Headers | None = None
) -> Answer:
    body = {"title": "Read"} if body is None else body
    return call(create_goal.handler, path={"user_id": user_id}, caller=caller, body=body, headers=headers)


def goal_id(**fields: Any) -> str:
    """Set a goal for Anna; return its id."""
    answer = set_goal({"title": "Read"} | fields)
    assert answer.status == 201, answer.text
    return str(answer.body["goal_id"])


def shown(goal: str, caller: dict[str, str] | None = ANNA, user_id: str = "anna", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(get_goal.handler, path={"user_id": user_id, "goal_id": goal}, caller=caller, headers=named)


def listed(caller: dict[str, str] | None = ANNA, user_id: str = "anna", **query: str) -> Answer:
    return call(list_goals.handler, path={"user_id": user_id}, caller=caller, query=query)


def rewrite(goal: str, body: Any, caller: dict[str, str] | None = ANNA, user_id: str = "me", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = {"user_id": user_id, "goal_id": goal}
    return call(replace_goal.handler, path=path, caller=caller, body=body, headers=named)


def remove(goal: str, caller: dict[str, str] | None = ANNA, user_id: str = "me", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(delete_goal.handler, path={"user_id": user_id, "goal_id": goal}, caller=caller, headers=named)


def work(goal: str, day: str | None = None, caller: dict[str, str] | None = ANNA, user_id: str = "me") -> Answer:
    path = {"user_id": user_id, "goal_id": goal}
    return call(check_in.handler, path=path, caller=caller, body={"date": day} if day else {})


def standing(user_id: str = "anna") -> Standing:
    return standings.of(user_id, table.get(keys.standing(user_id), consistent=True))


def count(by: int, counter: Counter = Counter.TESTS_PASSED, user_id: str = "anna") -> None:
    """Change a stat and complete the goals that it reaches, in one transaction."""

    def attempt() -> None:
        found, now = standing(user_id), clock.now_ms()
        standings_rules.count(found, counter, by, now, now)
        changes = targets.reached(user_id, found, now)
        table.write(standings.put(found), *changes)

    retrying(attempt)


def open_targets(user_id: str = "anna") -> tuple[int, int]:
    """Return the number of open targets, by the standing and by the goals."""
    goals = table.query_all(keys.goal(user_id), consistent=True)
    return standing(user_id).open_targets, sum(map(rules.is_open, goals))
