"""Sample data for all contestants: the items of one learner, and one event of each kind."""

import itertools
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from laurels import clock, keys
from laurels.achievements.criteria import attribute, text_of
from laurels.attribute_values import pack_item
from laurels.metrics.rules import MAX_BOARDS
from laurels.people import directory
from laurels.standings import definitions
from laurels.standings.codec import EVENT_BYTES, encode
from laurels.standings.models import Board, Counter, Score, Standing
from local.gateway import payload
from local.gateway.payload import Request
from local.gateway.router import Router
from local.template.application import Application

USER = "0d6f2f2e-8f0a-4c6e-9b43-2f1f6f3f7d11"
SESSION = "s-20261101-7c1e"
Item = dict[str, Any]
_SEQUENCE = itertools.count(18849496460467696128)  # each number of a FIFO queue is larger than the one before


def profile() -> Item:
    """The item of a complete profile. Only the peers read the last three attributes; ours are in the standing."""
    return {
        **keys.profile(USER)._asdict(),
        "v": 1,
        "rev": 7,
        "user_id": USER,
        "display_name": "Мария Sørensen-García",
        "about": "Mathematician by training, teacher by heart. I learn languages, and how to bake bread. " * 4,
        "avatar_url": "https://cdn.example.org/avatars/0d6f2f2e/512.webp",
        "social_links": [
            {"network": "github", "url": "https://github.com/example"},
            {"network": "telegram", "url": "https://t.me/example"},
            {"network": "linkedin", "url": "https://www.linkedin.com/in/example"},
        ],
        "location": "Tbilisi, Georgia",
        "website": "https://example.org/~maria?lang=ru",
        "phone_number": "+995322123456",
        "language": "ru",
        "is_verified": True,
        "is_active": True,
        "created_at": "2025-09-01T07:15:00.000Z",
        "updated_at": "2026-11-19T21:40:12.345Z",
        "last_login_at": "2026-11-20T06:02:44.001Z",
        # In the future: the authorizer updates it every 5 minutes, and must not do so during a long run.
        "last_seen_at": clock.iso(clock.now() + timedelta(hours=2)),
        "progress": {
            "total_courses": 12,
            "completed_courses": 7,
            "active_courses": 2,
            "average_grade": 87.5,
            "homeworks_completed": 143,
            "tests_passed": 38,
        },
        "points": 2150,
        "achievements_count": 17,
        **directory.CURRENT,
    }


def standing(user_id: str = USER) -> Item:
    """The item of a standing after a year of work, with 64 remembered events: the largest size."""
    return encode(full_standing(user_id))


def full_standing(user_id: str) -> Standing:
    full = Standing(user_id, revision=211)
    full.counters |= {Counter.TOTAL_COURSES: 12, Counter.COMPLETED_COURSES: 7, Counter.HOMEWORKS_COMPLETED: 143}
    full.average_grade, full.graded_at = 87.5, 1_795_198_925_000
    full.scores |= {Board.POINTS: Score(2150, 1_795_198_925_000), Board.ACHIEVEMENTS: Score(17, 1_795_198_925_000)}
    full.events = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)).bytes[:EVENT_BYTES] for number in range(64)]
    return full


def session() -> Item:
    """The item of the token's session. Its last activity is in the future too, so that nothing is written."""
    now = clock.now()
    return {
        **keys.session(USER, SESSION)._asdict(),
        "v": 1,
        "session_id": SESSION,
        "device_type": "mobile",
        "os": "Android 16",
        "user_agent": "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
        "ip_address": "203.0.113.7",
        "created_at": "2026-11-01T07:15:00.000Z",
        "last_activity_at": clock.iso(now + timedelta(hours=2)),
        "ends_at": clock.iso(now + timedelta(days=20)),
        "expires_at": int((now + timedelta(days=50)).timestamp()),
    }


def own_metrics(number: int) -> dict[str, Item]:
    """So many own counters with a daily cap, by name; the first six have boards."""
    counter = {"kind": "counter", "daily_cap": 240, "is_active": True}
    names = (f"minutes_studied_{each:02}" for each in range(number))
    return {name: {**counter, "metric": name, "board": each < MAX_BOARDS} for each, name in enumerate(names)}


def in_force(own: int = 0) -> list[Item]:
    """Criteria of automatic achievements, four for each built-in counter, so many own metrics, and the version of both.
    The sample updates meet none."""
    texts = {
        attribute(f"{metric}-{value}"): text_of(
            {"is_active": True, "points": 10, "criteria": {"all": [{"metric": metric, "value": value}]}}
        )
        for metric in (counter.value for counter in Counter)
        for value in (1, 10, 100, 10_000)
    }
    texts |= {definitions.attribute(name): definitions.text_of(each) for name, each in own_metrics(own).items()}
    version = {"v": 1, "version": "1"}
    both = version | {"catalogue": "1"}
    copies = [keys.criteria_version_copy(copy)._asdict() | both for copy in range(keys.VERSION_COPIES)]
    return [keys.criteria()._asdict() | version | texts, *copies]


def definition(code: str = "first-homework") -> Item:
    return {
        **keys.achievement(code)._asdict(),
        "v": 1,
        "rev": 1,
        "code": code,
        "translations": {
            "en": {"title": "First homework", "description": "You handed in your first homework."},
            "ru": {"title": "Первая домашняя работа", "description": "Вы сдали первую домашнюю работу."},
        },
        "points": 10,
        "is_secret": False,
        "is_active": True,
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }


def packed() -> str:
    """The items for the stub, as a JSON list in DynamoDB's format."""
    return json.dumps([pack_item(item) for item in (profile(), standing(), session(), *in_force(), definition())])


def http(
    application: Application, method: str, target: str, *, sub: str = USER, body: Any = None, **caller: str
) -> tuple[str, dict[str, Any]]:
    """The function to which the template routes the request, and its event (payload 2.0)."""
    headers = [("accept", "application/json"), ("host", "api.example.org"), ("user-agent", "bench"),
               ("authorization", "Bearer " + "x" * 400), ("accept-language", "ru,en;q=0.8")]  # fmt: skip
    if body is not None:
        headers.append(("content-type", "application/json"))
    request = Request(method, target, headers, b"" if body is None else json.dumps(body).encode())
    (api,) = application.apis.values()
    found = Router(api.routes).find(method, request.path)
    assert found, f"no route for {method} {target}"
    route, parts = found
    assert route.function
    context = {"sub": sub, **caller} if sub else {}
    return route.function, payload.event(
        payload.context(request, api, route, parts, payload.new_request_id()), request, context
    )


def authorizer(token: str) -> dict[str, Any]:
    """The authorizer's event (REQUEST, payload 2.0)."""
    return {
        "version": "2.0",
        "type": "REQUEST",
        "identitySource": [f"Bearer {token}"],
        "routeKey": "GET /v1/users/me",
        "rawPath": "/v1/users/me",
        "headers": {"authorization": f"Bearer {token}", "user-agent": "bench"},
        "requestContext": {"requestId": "UQ3h2jZrFiAEPZg=", "stage": "$default"},
    }


def update(user_id: str = USER, own: int = 0) -> dict[str, Any]:
    """A new stat update, as services send it, also in so many own metrics."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {
        "event_id": f"hw-{uuid.uuid4()}",
        "user_id": user_id,
        "source": "homework-service",
        "occurred_at": now,
        "increments": {"homeworks_completed": 1, **dict.fromkeys(own_metrics(own), 5)},
    }


def batch(updates: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The event with these updates that Lambda makes from a FIFO queue."""
    return {"Records": [_record(change) for change in updates]}


def _record(change: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "AQEB" + "x" * 180,
        "body": json.dumps(change),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795198925000",
            "SequenceNumber": str(next(_SEQUENCE)),
            "MessageGroupId": change["user_id"],
            "SenderId": "AROAEXAMPLE:homework",
            "MessageDeduplicationId": change["event_id"],
            "ApproximateFirstReceiveTimestamp": "1795198925001",
        },
        "messageAttributes": {},
        "md5OfBody": "7b270e59b47ff90a553787216d55d91d",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:updates.fifo",
        "awsRegion": "us-east-1",
    }


def schedule() -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2026-11-20T18:15:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {},
    }
