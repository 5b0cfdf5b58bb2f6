"""After an erasure no trace of the user is left, whatever arrives late, and other users keep everything."""

import hashlib
import hmac
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest

from achievements import award_achievement, backfill_achievement
from avatars import start_avatar_upload
from badges import create_badge
from documents import create_resume, extract_text, start_processing
from goals import create_goal
from laurels import keys, storage, telemetry
from laurels.leaderboards import computing, versions
from laurels.privacy import holdings
from laurels.privacy.models import Kind
from preferences import update_preferences
from privacy import start_export
from profiles import get_me, update_profile
from sessions import create_session
from streaks import add_freezes
from tests.events import AWARDER, call, user
from tests.integration.avatars.uploading import event as uploaded
from tests.integration.avatars.uploading import process
from tests.integration.documents.processing import deliver as answer_processings
from tests.integration.documents.processing import request as request_processings
from tests.integration.documents.processing import result
from tests.integration.events.test_ingesting import receive as ingest
from tests.integration.privacy.erasing_and_exporting import (
    PICTURE,
    World,
    erase_now,
    event,
    export,
    export_now,
    id_of,
    leave,
    receipt,
    settle_down,
    sweep,
)
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records

ANNA, BORIS = id_of("anna"), id_of("boris")
FILES = {Kind.AVATARS, Kind.UPLOADS, Kind.EXPORT_FILES}


def held(user_id: str) -> dict[Kind, int]:
    """How much of each kind is held about the user."""
    found = dict.fromkeys(Kind, 0)
    for kind, _ in holdings.items(user_id):
        found[kind] += 1
    for kind, names in holdings.objects(user_id):
        found[kind] += len(names)
    return {kind: count for kind, count in found.items() if count}


def processing_of(world: World, user_id: str) -> dict[str, Any]:
    """The item of the user's only processing."""
    prefix = keys.processing(user_id)
    (found,) = (item for item in world.items() if item["PK"] == prefix.PK and item["SK"].startswith(prefix.SK))
    return found


def recompute() -> None:
    for _ in range(versions.VERSIONS_KEPT):
        computing.compute()


def test_the_test_s_user_has_something_under_every_key(world: World) -> None:
    settle_down(ANNA)
    stored = [(item["PK"], item["SK"]) for item in world.items()]
    own = [make for made in (*holdings.PARTITION.values(), *holdings.ELSEWHERE.values()) for make in made]
    missing = {
        make.__name__
        for make in own
        if not any(key[0] == make(ANNA).PK and key[1].startswith(make(ANNA).SK) for key in stored)
    }
    assert missing == set()
    for kind, prefix in holdings.OBJECTS.items():
        assert any(name.startswith(prefix(ANNA)) for name in world.objects()), kind
    assert held(ANNA).keys() == set(Kind) - {Kind.OTHER}


def test_an_erasure_leaves_no_trace_but_a_keyed_hash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for user_id in (ANNA, BORIS):
        settle_down(user_id)
    recompute()
    world.messages()
    export_id = export_now(ANNA)
    assert len(world.traces(ANNA)) > 15
    before = [item for item in world.items() if BORIS in repr(item)]
    counts = held(ANNA)
    processing_id = processing_of(world, ANNA)["processing_id"]

    erasure_id = erase_now(ANNA, monkeypatch)

    # Everything that ever was on a queue for the user is delivered again, and more.
    assert deliver(records([event(ANNA), event(ANNA, "a-later-event")])) == []
    assert export(ANNA, export_id) == []
    assert sweep(erasure_id) == sweep(erasure_id, last=True) == []
    step = {"backfill_id": "b", "code": "olympiad", "shard": 0, "after": None}
    shards = [step | {"shard": shard} for shard in range(keys.STANDING_SHARDS)]
    for each in records([{**one, "user_id": ANNA} for one in shards]):
        body = each["body"].replace(f', "user_id": "{ANNA}"', "")
        assert backfill_achievement.handler({"Records": [each | {"body": body}]}, None) == {"batchItemFailures": []}
    storage.put(keys.avatar_upload(ANNA, "0123"), PICTURE)  # by a form that was handed out before
    process(uploaded(keys.avatar_upload(ANNA, "0123")))
    upload = keys.document_upload(ANNA, "resumes", "0123")
    storage.put(upload, b"a resume")
    assert extract_text.handler({"id": "1", "detail": {"object": {"key": upload}}}, None) == "late"
    assert request_processings(processing_id, user_id=ANNA) == {"batchItemFailures": []}
    assert answer_processings(result(processing_id)) == []
    about_her = {"user_id": ANNA, "full_name": f"Name {ANNA}"}
    assert ingest(*(about_her | {"type": kind} for kind in ("user.created", "user.logged_in", "user.deleted"))) == []
    recompute()

    assert world.traces(ANNA) == []
    assert world.traces(f"of {ANNA}") == []
    secret = os.environ["TOMBSTONE_SECRET"].encode()
    digest = hmac.new(secret, ANNA.encode(), hashlib.sha256).hexdigest()
    groups = [item for item in world.items() if item["SK"] == "GROUP"]
    assert sorted(item["members_count"] for item in groups) == [0, 1]
    left = [item for item in world.items() if BORIS not in repr(item) and item not in groups]
    assert {item["PK"] for item in left} == {f"TOMBSTONE#{digest}", f"ERASURE#{erasure_id}"}
    assert {item["PK"]: item.keys() for item in left}[f"TOMBSTONE#{digest}"] == {
        *("PK", "SK", "v", "erased_at", "erasure_id")
    }
    removed = {Kind(kind): count for kind, count in receipt(erasure_id)["removed"].items()}
    assert removed == counts
    assert [item for item in world.items() if BORIS in repr(item)] == before


def test_the_last_sweep_removes_what_a_write_brought_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that read before the erasure began may be carried out after the first sweep."""
    settle_down(ANNA)
    found = world.items()
    erasure_id = leave(ANNA)
    assert sweep(erasure_id) == []
    for item in found:
        if item["PK"] in (keys.profile(ANNA).PK, keys.standing(ANNA).PK) and item["SK"] != "PROFILE":
            world.put(item)
    storage.put(keys.avatar(ANNA, "0123", 256), PICTURE)
    assert world.traces(ANNA)
    monkeypatch.setenv("SETTLE_SECONDS", "0")
    assert sweep(erasure_id, last=True) == []
    assert world.traces(ANNA) == []


def test_an_erasure_begins_with_two_messages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sweep at once, and the last one when nothing can arrive any more. The later message is sent before the
    erasure is written, so that it ends even if the process dies in between."""
    settle_down(ANNA)
    world.messages()
    sent: list[tuple[int, str]] = []
    monkeypatch.setattr(
        "laurels.queues._send", lambda **request: sent.append((request["DelaySeconds"], request["MessageBody"]))
    )
    monkeypatch.setenv("SETTLE_SECONDS", "720")
    erasure_id = leave(ANNA)
    assert sent == [
        (720, f'{{"erasure_id":"{erasure_id}","last":true}}'),
        (0, f'{{"erasure_id":"{erasure_id}","last":false}}'),
    ]
    sent.clear()
    assert leave(ANNA) == erasure_id
    # The first one again: a caller repeats the call if the first response was lost, and the message may be, too.
    assert sent == [(0, f'{{"erasure_id":"{erasure_id}","last":false}}')]
    sent.clear()
    assert sweep(erasure_id, last=True) == []
    ((delay, body),) = sent
    assert (700 < delay <= 720, body) == (True, f'{{"erasure_id":"{erasure_id}","last":true}}')
    assert receipt(erasure_id)["status"] == "pending", "an early message does not end it"


def test_an_erasure_that_was_never_written_is_dropped(world: World) -> None:
    settle_down(ANNA)
    before = world.items()
    assert sweep("0" * 32) == sweep("0" * 32, last=True) == []
    assert world.items() == before


def test_an_erasure_during_200_writes_leaves_no_trace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_down(ANNA)
    her, me = user(ANNA, name="Anna"), {"user_id": ANNA}
    processing = processing_of(world, ANNA)
    documents = {name: processing[name] for name in ("resume_id", "requirements_id")}
    processing_id = processing["processing_id"]
    drawn = random.Random(4)
    numbers = iter(range(10_000))
    writes: list[Callable[[int], object]] = [
        lambda n: call(get_me.handler, caller=her),
        lambda n: call(update_profile.handler, path=me, caller=her, body={"display_name": f"Name {n}"}),
        lambda n: call(update_preferences.handler, path=me, caller=her, body={"timezone": "Asia/Kathmandu"}),
        lambda n: call(create_session.handler, path=me, caller=her | {"sid": f"s-{n}"}, body={}),
        lambda n: call(create_badge.handler, path=me, caller=her, body={"name": f"badge {n} of {ANNA}"}),
        lambda n: call(create_goal.handler, path=me, caller=her, body={"title": f"goal {n} of {ANNA}"}),
        lambda n: call(award_achievement.handler, path=me, caller=AWARDER, body={"code": f"c{n}", "title": "x"}),
        lambda n: call(add_freezes.handler, path=me, caller=AWARDER, body={"count": 1}),
        lambda n: call(
            start_avatar_upload.handler, path=me, caller=her, body={"content_type": "image/png", "size": 10}
        ),
        lambda n: deliver(records([event(ANNA, f"event-{n}")])),
        lambda n: call(start_export.handler, path=me, caller=her),
        lambda n: call(create_resume.handler, caller=her, body={"text": f"resume {n} of {ANNA}"}),
        lambda n: call(start_processing.handler, caller=her, body=documents),
        lambda n: answer_processings(result(processing_id)),
    ]
    begun: list[str] = []

    def go_on(thread: int) -> None:
        for turn in range(20):
            if (thread, turn) == (0, 5):
                begun.append(leave(ANNA))
                sweep(begun[0])
            drawn.choice(writes)(next(numbers))

    # A function serves one request at a time, so its metrics have no lock; these threads would need one.
    with patch.object(telemetry, "count"), patch.object(telemetry, "flush"), ThreadPoolExecutor(10) as pool:
        list(pool.map(go_on, range(10)))
    monkeypatch.setenv("SETTLE_SECONDS", "0")
    assert sweep(begun[0], last=True) == []
    assert receipt(begun[0])["status"] == "done"
    world.messages()  # of exports that had begun
    assert world.traces(ANNA) == []


def test_a_board_of_before_does_not_name_the_user(
    world: World, monkeypatch: pytest.MonkeyPatch, calls: Recorder
) -> None:
    from leaderboards.get_board import handler as get_board
    from leaderboards.get_summary import handler as get_summary
    from leaderboards.get_user_rank import handler as get_user_rank

    for user_id in (ANNA, BORIS):
        settle_down(user_id)
    computing.compute()
    erase_now(ANNA, monkeypatch)
    for answer in (
        call(get_board, path={"board": "points"}),
        call(get_summary),
        call(get_user_rank, path={"board": "points", "user_id": BORIS}),
    ):
        assert answer.status == 200
        assert ANNA not in answer.text
        assert BORIS in answer.text
    calls.made.clear()
    assert call(get_board, path={"board": "points"}).body["total"] == 2
    assert calls.operations() == ["batch_get_item"] * 2, "the second, because one of them has no profile"
