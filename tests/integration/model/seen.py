"""What callers send to the service and see of it, compared with the model."""

from typing import Any

from achievements import list_awards
from badges import list_badges
from documents import list_resumes
from goals import list_goals
from groups import get_group_board, list_members
from laurels import clock
from sessions import list_sessions
from stats import get_stats
from streaks import get_streaks
from tests.events import ADMIN, Answer, Handler, call, user
from tests.integration.model.plain import COUNTERS, OWN, Model, Update, User

SERVICE = {"sub": "school", "scope": "groups:write"}


def own(handler: Handler, user_id: str, body: Any = None, sid: str = "", **path: str) -> Answer:
    """Call an endpoint as the user."""
    more: dict[str, Any] = {} if body is None else {"body": body}
    if "<user_id>" in handler.__self__.route.path:  # type: ignore[attr-defined]  # a handler is a bound method
        path["user_id"] = "me"
    return call(handler, path=path, caller=user(user_id, **({"sid": sid} if sid else {})), **more)


def check_user(user_id: str, found: User) -> None:
    stats = own(get_stats.handler, user_id).body
    assert {name: stats["counters"][name] for name in COUNTERS} == {name: found.numbers[name] for name in COUNTERS}
    assert stats["metrics"].get(OWN, 0) == found.numbers[OWN]
    assert stats["average_grade"] == (found.graded[1] if found.graded else None)
    for window in (stats, stats["windows"]["week"], stats["windows"]["month"]):
        assert (window["points"], window["achievements"]) == (found.points, len(found.awards))
    awards = own(list_awards.handler, user_id).body["items"]
    assert {each["code"]: each["points"] for each in awards} == {c: p for c, (p, _) in found.awards.items()}
    goals = own(list_goals.handler, user_id).body["items"]
    assert {each["goal_id"]: (each["status"], each["checked_in_today"]) for each in goals} == {
        goal_id: (goal.status, goal.checked_in) for goal_id, goal in list(found.goals.items())[-20:]
    }
    sessions = own(list_sessions.handler, user_id).body["items"]
    assert [each["session_id"] for each in sessions] == sorted(found.sessions, key=lambda s: -found.sessions[s])
    resumes = own(list_resumes.handler, user_id).body["items"]
    assert {each["resume_id"]: each["requirements_id"] for each in resumes} == found.resumes
    assert {each["badge_id"] for each in own(list_badges.handler, user_id).body["items"]} == found.badges
    assert own(get_streaks.handler, user_id).body["activity"]["length"] == found.active_today


def check_group(group_id: str, members: dict[str, str], model: Model) -> None:
    answer = call(list_members.handler, path={"group_id": group_id}, caller=SERVICE)
    assert {each["user_id"]: each["role"] for each in answer.body["items"]} == members
    page = call(get_group_board.handler, path={"group_id": group_id}, caller=ADMIN).body
    assert places(page) == model.board("points", [each for each, role in members.items() if role == "learner"])


def places(page: Any) -> list[tuple[int, int, str, int]]:
    return [(each["rank"], each["position"], each["user_id"], each["score"]) for each in page["items"]]


def message(update: Update) -> dict[str, Any]:
    """Return an update as a service sends it."""
    return {
        "event_id": update.event_id,
        "user_id": update.user_id,
        "source": "tests",
        "occurred_at": clock.iso_of(update.at),
        **({"increments": update.increments} if update.increments else {}),
        **({} if update.grade is None else {"values": {"average_grade": update.grade}}),
    }
