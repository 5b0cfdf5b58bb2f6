"""Loading the demo: a bilingual catalogue, and learners with some weeks of history, through the public API only.

Loading it again changes nothing: events and awards have fixed ids and count once, and existing data is left alone.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from local.demo import stat_updates
from local.demo.catalogue import ACHIEVEMENTS, METRICS
from local.demo.cohort import (
    APPLICATIONS,
    BADGES,
    CLASSES,
    FREEZES,
    GOALS,
    LEARNERS,
    Aim,
    Learner,
    SchoolClass,
)
from local.progress import show, wipe
from local.tokens import mint

_AT_ONCE = 2  # calls; more would only make more processes of each function, which take longer to start
_HOURS = (9, 11, 14, 16, 19, 20)  # when learners do things, UTC


class DemoError(Exception):
    """The service did not take the demo; the message says what it answered."""


def load(
    api: str,
    queue_url: str,
    sqs: Any,
    left: Callable[[], int],
    tick: Callable[[], object],
    terminal: TextIO | None = None,
) -> None:
    """Fill the service whose API is at `api` (`http://…/v1`), wait until `left` is 0, and run the schedules.

    A bar on `terminal` shows the progress. Raises DemoError, stat_updates.SendError.
    """
    now = datetime.now(UTC)
    admin, service = mint("admin", roles=["admin"]), mint("demo", scope="awards:write groups:write")
    with ThreadPoolExecutor(_AT_ONCE) as pool:

        def do(what: str, work: Callable[[Any], object], things: Collection[Any]) -> None:
            for done, _ in enumerate(pool.map(work, things), start=1):
                show(terminal, what, done, len(things))

        for metric in METRICS:
            define(api, metric)
        for achievement in ACHIEVEMENTS:
            _call(api, "POST", "/achievements", admin, achievement, fine=(201, 409))
        do("learners", lambda learner: _introduce(api, learner), LEARNERS)
        awards = [(learner.user_id, award) for learner in LEARNERS for award in _awards(learner, now)]
        do("awards", lambda each: _call(api, "POST", f"/users/{each[0]}/achievements", service, each[1]), awards)
        # After the awards, or it would be left to chance which of them are given by criteria, on another day.
        sent = [json.dumps(update) for learner in LEARNERS for update in _history(learner, now)]
        stat_updates.send(sent, queue_url, sqs)
        do("learners with goals", lambda user_id: _aim(api, user_id, now), GOALS)
        do("learners with badges", lambda user_id: _be_proud(api, user_id), BADGES)
        do("learners with a resume", lambda user_id: _apply_for(api, user_id), APPLICATIONS)
        do("learners with freezes", lambda user_id: _keep(api, user_id, service), FREEZES)
        do("classes", lambda each: _teach(api, each, service), CLASSES)
    while waiting := left():
        show(terminal, "updates counted", max(len(sent) - waiting, 0), len(sent))
        time.sleep(0.1)
    wipe(terminal)
    tick()


def define(api: str, metric: dict[str, Any]) -> None:
    """Define an own metric, unless there is one of its name. Raises DemoError."""
    _call(api, "POST", "/metrics", mint("admin", roles=["admin"]), metric, fine=(201, 409))


def _introduce(api: str, learner: Learner) -> None:
    token = mint(learner.user_id, name=learner.name)
    profile = _call(api, "GET", "/users/me", token)
    if profile.get("language") is None:  # new
        about = {"language": learner.language, "location": learner.location}
        _call(api, "PATCH", "/users/me", token, about)


def _aim(api: str, user_id: str, now: datetime) -> None:
    """Sets the learner's goals, unless there are any. The days of work come before the status that ends it."""
    token = mint(user_id)
    if _call(api, "GET", "/users/me/goals", token)["items"]:
        return
    for aim in GOALS[user_id]:
        goal = _call(api, "POST", "/users/me/goals", token, _goal(aim, now))
        path = f"/users/me/goals/{goal['goal_id']}"
        for days in sorted(aim.checked, reverse=True):
            # One that the queue has completed meanwhile takes no more.
            _call(api, "POST", f"{path}/check-ins", token, _day(now, days), fine=(409,))
        if aim.status != "in-progress":
            _call(api, "PUT", path, token, _goal(aim, now) | {"status": aim.status})


def _goal(aim: Aim, now: datetime) -> dict[str, Any]:
    goal: dict[str, Any] = {"title": aim.title}
    if aim.target:
        goal["target"] = {"metric": aim.target[0], "value": aim.target[1]}
    if aim.due_in is not None:
        goal["due_date"] = (now + timedelta(days=aim.due_in)).date().isoformat()
    return goal


def _day(now: datetime, days: int) -> dict[str, str]:
    """Today is the learner's own, wherever that is."""
    return {"date": (now - timedelta(days=days)).date().isoformat()} if days else {}


def _be_proud(api: str, user_id: str) -> None:
    token = mint(user_id)
    if not _call(api, "GET", "/users/me/badges", token)["items"]:
        for name, description, day in BADGES[user_id]:
            badge = {"name": name, "description": description, "date_achieved": day}
            _call(api, "POST", "/users/me/badges", token, badge)


def _apply_for(api: str, user_id: str) -> None:
    """Add the user's requirements and resume, and have them matched, unless there is a resume."""
    token = mint(user_id)
    if _call(api, "GET", "/resumes", token)["items"]:
        return
    requirements, resume = APPLICATIONS[user_id]
    wanted = {"requirements_id": _call(api, "POST", "/requirements", token, requirements)["requirements_id"]}
    made = _call(api, "POST", "/resumes", token, resume | wanted)
    _call(api, "POST", "/processings", token, wanted | {"resume_id": made["resume_id"]}, fine=(202,))


def _keep(api: str, user_id: str, token: str) -> None:
    """Gives the learner freezes, unless some are held."""
    if not _call(api, "GET", f"/users/{user_id}/streaks", mint(user_id))["activity"]["freezes"]:
        _call(api, "POST", f"/users/{user_id}/streaks/freezes", token, {"count": FREEZES[user_id]})


def _teach(api: str, taught: SchoolClass, service: str) -> None:
    """Make the class with its teacher, who adds the learners, unless the teacher has a class."""
    user_id, name, language = taught.teacher
    token = mint(user_id, name=name)
    if _call(api, "GET", "/users/me", token).get("language") is None:
        _call(api, "PATCH", "/users/me", token, {"language": language})
    if _call(api, "GET", "/users/me/groups", token)["items"]:
        return
    draft = {"kind": "class", "name": taught.name, "description": taught.description, "board": taught.board}
    path = f"/groups/{_call(api, 'POST', '/groups', service, draft)['group_id']}/members"
    _call(api, "PUT", f"{path}/{user_id}", service, {"role": "teacher"})
    _call(api, "POST", f"{path}/import", token, {"items": [{"user_id": each} for each in taught.learners]})


def _history(learner: Learner, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield courses first, then homeworks and tests on the days since, then completions, some of them today."""
    events = [{"total_courses": 1, "active_courses": 1}] * learner.courses
    events += [{"homeworks_completed": 1}] * learner.homeworks + [{"tests_passed": 1}] * learner.tests
    events += [{"completed_courses": 1, "active_courses": -1}] * learner.completed
    for number, increments in enumerate(events):
        days = learner.since - learner.since * number // max(len(events) - 1, 1)
        update = {
            "event_id": f"demo:{learner.user_id}:{number}",
            "user_id": learner.user_id,
            "source": "demo",
            "occurred_at": _moment(now, days, number),
            "increments": increments | {"minutes_studied": 20 + 15 * (number % 8)},
        }
        values = {"average_grade": learner.grade, "best_score": min(learner.grade + number % 4, 100)}
        yield update | ({"values": values} if number >= learner.courses else {})


def _awards(learner: Learner, now: datetime) -> Iterator[dict[str, Any]]:
    """One award every so many days, up to today or the day that the learner's last one was."""
    for number, code in enumerate(learner.awards):
        days = learner.idle + (len(learner.awards) - 1 - number) * learner.every
        yield {"code": code, "awarded_at": _moment(now, days, number)}


def _moment(now: datetime, days: int, number: int) -> str:
    moment = (now - timedelta(days=days)).replace(hour=_HOURS[number % len(_HOURS)], minute=0, second=0, microsecond=0)
    return min(moment, now).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _call(api: str, method: str, path: str, token: str, body: Any = None, fine: tuple[int, ...] = (200, 201)) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(api + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8", "replace")
        if error.code not in fine:
            raise DemoError(f"{method} {path} answers {error.code}: {text[:300]}") from None
        return json.loads(text)
    except OSError as error:
        raise DemoError(f"{method} {path}: {error}") from None
