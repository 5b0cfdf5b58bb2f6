"""One valid event for each function, in an order in which each finds what it needs.

The samples of events/ are the events; what a sample cannot know (an id that a function has made, a file) is filled in.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import jwt
from PIL import Image

from laurels import keys
from tests.integration.contract.test_examples import JOURNEY, STEPS, event_of
from tests.integration.faults.world import Stored, World

ANNA = "3f2b6c1e-8d4a-4f7b-9c55-0a1b2c3d4e5f"
JWT_SECRET = "a secret of the tests, long enough for HS256"
Event = dict[str, Any]


class Step(NamedTuple):
    """An invocation of the function of a sample, some time `later` than the one before. `passing`: the next step begins
    as if it had not happened."""

    sample: str
    event: Event
    passing: bool = False
    later: timedelta = timedelta()


@dataclass
class Last:
    """What is stored after the last step, and the bodies of the latest answers by sample."""

    stored: Stored
    answers: dict[str, Any]


Fill = Callable[[Event, World, Last], Event]

# Steps after a step of the journey of the examples: (sample, passing).
ASIDE = {
    "service/get_health": [("service/get_openapi", True), ("service/get_docs", True), ("service/get_app", True)],
    "sessions/create_session": [("authorizer/authorize", True)],
    "avatars/start_avatar_upload": [("avatars/process_avatar", False)],
    "documents/create_resume": [("FILE", False), ("documents/extract_text", False)],
    "documents/request_processings": [("documents/ask_model", True)],
    "documents/get_processing": [
        ("documents/delete_processing", True),
        ("documents/delete_resume", True),
        ("documents/delete_requirements", True),
    ],
    "BACKFILL": [("achievements/backfill_achievement", False)],
    "service/get_root": [("events/ingest_user_events", True), ("events/publish_events", True)],
    "privacy/erase_user": [("LAST", False)],
}
FORMS = {
    "FILE": ("documents/create_resume", {"file": {"name": "a.txt", "content_type": "text/plain", "size": 12}}),
    "LAST": ("privacy/erase_user", None),
}

KEYED = {"FILE", "BACKFILL"}  # steps with an `Idempotency-Key` of their own


def steps(world: World, last: Last) -> Iterator[Step]:
    """Yield the steps, each made from what the caller has noted in `last` after the one before."""
    twice: set[str] = set()
    for name in JOURNEY.split():
        following = ASIDE.get(name, []) if name not in twice else []
        twice.add(name)
        for step, passing in [(name, False), *following]:
            sample, body = {**STEPS, **FORMS}.get(step, (step, None))
            event = event_of(sample)
            if body is not None:
                event["body"] = json.dumps(body)
            if step in KEYED:
                event["headers"]["idempotency-key"] = step
            fill = FILLED.get(sample)
            later = {"EVENING": timedelta(days=1, hours=2), "LAST": timedelta(hours=1)}.get(step, timedelta())
            yield Step(sample, fill(event, world, last) if fill else event, passing, later)


def _token(event: Event, *_: Any) -> Event:
    claims = {"sub": ANNA, "exp": 4_000_000_000, "sid": "s-20261120-7c1e"}
    event["headers"]["authorization"] = f"Bearer {jwt.encode(claims, JWT_SECRET, algorithm='HS256')}"
    event["identitySource"] = [event["headers"]["authorization"]]
    return event


def _picture(event: Event, world: World, last: Last) -> Event:
    drawn = io.BytesIO()
    Image.new("RGB", (70, 70), "red").save(drawn, "PNG")
    return _uploaded(event, world, last.answers["avatars/start_avatar_upload"], drawn.getvalue())


def _text(event: Event, world: World, last: Last) -> Event:
    return _uploaded(event, world, last.answers["documents/create_resume"]["upload"], b"Python, Rust")


def _uploaded(event: Event, world: World, form: Any, body: bytes) -> Event:
    event["detail"]["object"]["key"] = form["fields"]["key"]
    world.upload(form["fields"]["key"], body)
    return event


def _page_of_anna(event: Event, _: World, last: Last) -> Event:
    shard = int(keys.standing(ANNA).PK.rpartition("#")[2])
    bodies = [json.loads(body) for queue, body in last.stored.messages if queue == "BackfillQueue"]
    (own,) = (body for body in bodies if body["shard"] == shard)
    event["Records"][0]["body"] = json.dumps(own)
    return event


def _erasure(event: Event, _: World, last: Last) -> Event:
    erasure_id = last.answers["privacy/start_erasure"]["erasure_id"]
    if "Records" in event:
        event["Records"][0]["body"] = json.dumps({"erasure_id": erasure_id, "last": True})
    else:
        event["pathParameters"]["erasure_id"] = erasure_id
    return event


FILLED: dict[str, Fill] = {
    "authorizer/authorize": _token,
    "avatars/process_avatar": _picture,
    "documents/extract_text": _text,
    "achievements/backfill_achievement": _page_of_anna,
    "privacy/erase_user": _erasure,
    "privacy/get_erasure": _erasure,
}
