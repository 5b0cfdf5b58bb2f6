"""The main features over HTTP and the queue: profiles, a catalogue in two languages, awards, stats, boards."""

import gzip
import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Service

pytestmark = pytest.mark.e2e


def unique(name: str) -> str:
    """Return a unique name: all tests share one application, so each has its own users and achievements."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def update(user: str, event_id: str, about: dict[str, Any] | None = None, **increments: int) -> dict[str, Any]:
    occurred_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {"event_id": event_id, "user_id": user, "source": "homework-service", "occurred_at": occurred_at}
    return fields | ({"increments": increments} if increments else {}) | (about or {})


def definition(code: str, points: int, **titles: str) -> dict[str, Any]:
    translations = {language: {"title": title, "description": f"{title}!"} for language, title in titles.items()}
    return {"code": code, "points": points, "translations": translations}


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status == status, answer
    return answer.json()


def entries(service: Service, board: str, window: str = "all_time") -> Iterator[dict[str, Any]]:
    path = f"/leaderboards/{board}?window={window}&limit=100"
    page = ok(service.call("GET", path, service.token("a-reader")))
    yield from page["items"]
    while page["next_cursor"]:
        page = ok(service.call("GET", f"{path}&cursor={page['next_cursor']}", service.token("a-reader")))
        yield from page["items"]


def entry(service: Service, board: str, user: str, window: str = "all_time") -> dict[str, Any]:
    (found,) = [each for each in entries(service, board, window) if each["user_id"] == user]
    return found


def test_a_learners_awards_and_stats_appear_on_every_board(stack: Service) -> None:
    user, marathon, sprint = unique("learner"), unique("marathon"), unique("sprint")
    learner, admin, service = stack.token(user, name="Новичок"), stack.admin(), stack.service()

    # The learner's first call creates the profile, and a second one changes it.
    assert ok(stack.call("GET", "/users/me", learner))["display_name"] == "Новичок"
    changes = {"display_name": "Анна Каренина", "language": "ru", "about": "Читаю.\nМного."}
    changed = ok(stack.call("PATCH", "/users/me", learner, changes))
    assert {name: changed[name] for name in changes} == changes
    assert ok(stack.call("GET", f"/users/{user}", stack.token("a-reader")))["display_name"] == "Анна Каренина"

    # The admin adds achievements to the catalogue.
    rows = [definition(marathon, 300, en="Marathon", ru="Марафон"), {"code": "No such code!"}]
    report = ok(stack.call("POST", "/achievements/import", admin, {"items": rows}))
    assert [row["status"] for row in report["items"]] == ["created", "failed"]
    ok(stack.call("POST", "/achievements", admin, definition(sprint, 70, en="Sprint")), 201)

    # A service awards achievements of the catalogue and one of its own.
    path = f"/users/{user}/achievements"
    assert ok(stack.call("POST", path, service, {"code": marathon}), 201)["points"] == 300
    ok(stack.call("POST", path, service, {"code": sprint}), 201)
    own = {"code": "hackathon", "title": "Hackathon 2026", "points": 5, "description": ""}
    ok(stack.call("POST", path, service, own), 201)

    # Services send stat updates over the queue and over HTTP.
    stack.send([update(user, f"{user}-1", homeworks_completed=2), update(user, f"{user}-2", tests_passed=1)])
    draft = update(user, f"{user}-3", {"values": {"average_grade": 87.3}}, total_courses=1, completed_courses=1)
    del draft["user_id"]
    assert ok(stack.call("POST", f"/users/{user}/stats/updates", service, draft), 202) == {"event_id": f"{user}-3"}
    stack.drain()
    stack.tick()

    # Each caller reads in their own language.
    def titles(token: str, query: str = "", accept: str = "") -> dict[str, str]:
        answer = stack.call("GET", path + query, token, headers={"Accept-Language": accept})
        return {item["code"]: item["title"] for item in ok(answer)["items"]}

    russian = {marathon: "Марафон", sprint: "Sprint", "hackathon": "Hackathon 2026"}
    english = russian | {marathon: "Marathon"}
    reader = stack.token("a-reader")
    assert titles(reader) == titles(learner, "?lang=en") == titles(reader, "", "de, en;q=0.5") == english
    assert titles(learner) == titles(reader, "?lang=ru") == titles(reader, "", "ru-RU,ru;q=0.9,en;q=0.8") == russian
    catalogue = ok(stack.call("GET", "/achievements?lang=ru&limit=100"))["items"]
    assert {item["code"]: item["title"] for item in catalogue}[marathon] == "Марафон"

    stats = ok(stack.call("GET", f"/users/{user}/stats", stack.token("a-reader")))
    assert stats["counters"] == {
        "total_courses": 1,
        "completed_courses": 1,
        "active_courses": 0,
        "homeworks_completed": 2,
        "tests_passed": 1,
    }
    assert (stats["average_grade"], stats["points"], stats["achievements"]) == (87.3, 375, 3)
    profile = ok(stack.call("GET", "/users/me", learner))
    assert (profile["points"], profile["achievements_count"]) == (375, 3)
    assert profile["progress"]["homeworks_completed"] == 2

    scores = {"points": 375, "achievements": 3, "homeworks": 2, "tests": 1, "courses": 1, "streak": 1}
    for board, score in scores.items():
        for window in ("all_time", "month", "week"):
            found = entry(stack, board, user, window)
            assert (found["display_name"], found["score"]) == ("Анна Каренина", score), (board, window)
    summary = ok(stack.call("GET", "/stats", stack.token("a-reader")))
    assert summary["most_points"]["value"] >= 375
    assert summary["users"] >= 1


def test_twenty_concurrent_awards_add_up(stack: Service) -> None:
    user, admin, service = unique("busy"), stack.admin(), stack.service()
    points = {unique(f"award{n}"): 3**n % 1009 + 1 for n in range(20)}
    rows = [definition(code, worth, en=code) for code, worth in points.items()]
    assert ok(stack.call("POST", "/achievements/import", admin, {"items": rows}))["created"] == 20
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda code: stack.call("POST", f"/users/{user}/achievements", service, {"code": code}), points)
        )
    assert [answer.status for answer in answers] == [201] * 20
    stats = ok(stack.call("GET", f"/users/{user}/stats", stack.token("a-reader")))
    assert (stats["points"], stats["achievements"]) == (sum(points.values()), 20)


def test_twenty_concurrent_awards_of_one_achievement_count_once(stack: Service) -> None:
    user, code, service = unique("echo"), unique("once"), stack.service()
    ok(stack.call("POST", "/achievements", stack.admin(), definition(code, 50, en="Once")), 201)
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: stack.call("POST", f"/users/{user}/achievements", service, {"code": code}), range(20))
        )
    assert Counter(answer.status for answer in answers) == {201: 1, 200: 19}
    assert {(each.status, each.json()["already_awarded"]) for each in answers} == {(201, False), (200, True)}
    assert len({each.json()["awarded_at"] for each in answers}) == 1
    stats = ok(stack.call("GET", f"/users/{user}/stats", stack.token("a-reader")))
    assert (stats["points"], stats["achievements"]) == (50, 1)


def test_a_thousand_deliveries_of_one_event_count_once(stack: Service) -> None:
    user, others = unique("thousand"), [unique("other") for _ in range(3)]
    often = update(user, unique("event"), homeworks_completed=1)
    rest = [update(user, f"{user}-{n}", homeworks_completed=10) for n in range(30)]
    rest += [update(others[n % 3], f"{others[n % 3]}-{n}", homeworks_completed=10) for n in range(30)]
    messages = [often] * 1000 + rest
    random.Random(1).shuffle(messages)
    for start in range(0, len(messages), 10):
        batch = [
            {
                "Id": str(n),
                "MessageBody": json.dumps(message),
                "MessageGroupId": message["user_id"],
                "MessageDeduplicationId": uuid.uuid4().hex,  # otherwise the queue itself drops the duplicates
            }
            for n, message in enumerate(messages[start : start + 10])
        ]
        assert len(stack.sqs().send_message_batch(QueueUrl=stack.queue_url(), Entries=batch)["Successful"]) == len(
            batch
        )
    stack.drain()
    counts = [
        ok(stack.call("GET", f"/users/{each}/stats", stack.token("a-reader")))["counters"]["homeworks_completed"]
        for each in (user, *others)
    ]
    assert counts == [301, 100, 100, 100]


def test_invalid_messages_are_parked_with_their_reason_and_block_no_others(stack: Service) -> None:
    stack.purge_dead_letters()
    user = unique("poisoned")
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    poison = {
        "not JSON": (f"{user}: no JSON", "JSON"),
        "not an object": (f'["{user}"]', "object"),
        "unknown metric": (json.dumps(update(user, "p1", karma=1)), "karma"),
        "a text as a number": (json.dumps(update(user, "p2", {"increments": {"tests_passed": "1"}})), "tests_passed"),
        "without changes": (json.dumps(update(user, "p3")), "at least one"),
        "too old": (json.dumps(update(user, "p4", {"occurred_at": long_ago}, tests_passed=1)), "occurred_at"),
        "an invalid user id": (json.dumps(update(user, "p5", {"user_id": f"{user} {{}}"}, tests_passed=1)), "user_id"),
        "a grade out of range": (json.dumps(update(user, "p6", {"values": {"average_grade": 100.1}})), "average_grade"),
    }
    bodies = [json.dumps(update(user, "good-0", tests_passed=1))]
    for number, (body, _) in enumerate(poison.values(), start=1):
        bodies += [body, json.dumps(update(user, f"good-{number}", tests_passed=1))]
    for number, body in enumerate(bodies):
        stack.sqs().send_message(
            QueueUrl=stack.queue_url(),
            MessageBody=body,
            MessageGroupId=user,
            MessageDeduplicationId=f"{user}-{number}",
        )
    stack.drain()
    stats = ok(stack.call("GET", f"/users/{user}/stats", stack.token("a-reader")))
    assert stats["counters"]["tests_passed"] == len(poison) + 1
    parked = {}
    for message in stack.dead_letters():
        body = message["body"] if isinstance(message["body"], str) else json.dumps(message["body"])
        parked[body] = message["message_attributes"]["reason"]
    assert parked.keys() == {body for body, _ in poison.values()}
    for kind, (body, reason) in poison.items():
        assert reason in parked[body], kind
    stack.purge_dead_letters()


def test_the_documentation_is_served_without_external_resources(stack: Service) -> None:
    docs = stack.call("GET", "/docs")
    assert (docs.status, docs.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = docs.body if docs.body[:2] != b"\x1f\x8b" else gzip.decompress(docs.body)
    assert b"openapi.json" in page
    assert b'src="http' not in page
    assert b'href="http' not in page

    openapi = stack.call("GET", "/openapi.json")
    document = ok(openapi)
    assert document["openapi"].startswith("3.1")
    routes = {(route.method, route.path) for route in stack.stack.application.routes}
    assert {(method.upper(), path) for path, item in document["paths"].items() for method in item} == routes
    again = stack.call("GET", "/openapi.json", headers={"If-None-Match": openapi.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
