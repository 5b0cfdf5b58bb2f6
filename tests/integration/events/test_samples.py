"""Every sample event is accepted by its function."""

import importlib
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from laurels import bedrock, clock, keys, storage, table
from laurels.leaderboards.models import WindowName
from laurels.standings.codec import encode
from laurels.standings.models import Board, Score, Standing
from laurels.writes import Put
from privacy import get_erasure
from tests.bridge import Bridge
from tests.integration.documents.model import GOOD, Model, serving
from tests.unit.avatars import images

EVENTS = Path(__file__).parents[3] / "events"
SAMPLES = {f"{path.parent.name}/{path.stem}" for path in EVENTS.glob("*/*.json") if path.parent.name != "schemas"}
STEPS = {
    f"leaderboards/{name}" for name in ("rank_partition", "plan_ranges", "merge_range", "join_board", "publish_boards")
}
OTHERS = {
    *STEPS,
    *("authorizer/authorize", "stats/apply_stat_updates", "achievements/backfill_achievement"),
    "achievements/count_awards",
    *("leaderboards/compute_leaderboards", "leaderboards/get_user_rank", "avatars/process_avatar"),
    *("events/publish_events", "events/ingest_user_events"),
    *("privacy/erase_user", "privacy/export_user", "privacy/get_erasure"),
    *("documents/extract_text", "documents/request_processings"),
    *("documents/ask_model", "documents/apply_processing_results"),
}
GROUP = ["groups/create_group", "groups/import_members"]
DOCUMENTS = ["documents/create_resume", "documents/create_requirements"]
# What must have been done before: nobody ends a session that they have not.
BEFORE = {
    "achievements/archive_achievement": ["achievements/create_achievement"],
    "achievements/get_achievement": ["achievements/create_achievement"],
    "achievements/revoke_award": ["achievements/award_achievement"],
    "achievements/start_backfill": ["achievements/create_achievement", "achievements/update_achievement"],
    "achievements/update_achievement": ["achievements/create_achievement"],
    "badges/delete_badge": ["badges/create_badge"],
    "documents/delete_requirements": ["documents/create_requirements"],
    "documents/delete_resume": ["documents/create_resume"],
    "documents/get_requirements": ["documents/create_requirements"],
    "documents/get_resume": ["documents/create_resume"],
    "documents/delete_processing": [*DOCUMENTS, "documents/start_processing"],
    "documents/get_processing": [*DOCUMENTS, "documents/start_processing"],
    "documents/start_processing": DOCUMENTS,
    "goals/check_in": ["goals/create_goal"],
    "goals/delete_goal": ["goals/create_goal"],
    "goals/get_goal": ["goals/create_goal"],
    "goals/replace_goal": ["goals/create_goal"],
    "groups/award_members": ["achievements/create_achievement", *GROUP],
    "groups/delete_group": GROUP,
    "groups/get_group": GROUP,
    "groups/get_group_board": GROUP,
    "groups/get_group_report": GROUP,
    "groups/import_members": GROUP[:1],
    "groups/list_members": GROUP,
    "groups/put_member": GROUP[:1],
    "groups/remove_member": GROUP,
    "groups/update_group": GROUP,
    **{f"metrics/{name}_metric": ["metrics/create_metric"] for name in ("archive", "get", "update")},
    "privacy/get_export": ["privacy/start_export"],
    "sessions/delete_session": ["sessions/create_session"],
}


def invoke(sample: str, **other: Any) -> Any:
    """What the function answers to its sample, as JSON would carry it to the caller. `other` fields replace some."""
    room, name = sample.split("/")
    function = importlib.import_module(f"{room}.{name}")
    return json.loads(json.dumps(function.handler(event_of(sample) | other, None)))


def event_of(sample: str) -> Any:
    return json.loads((EVENTS / f"{sample}.json").read_bytes())


@pytest.mark.usefixtures("table", "bucket", "queues")
@pytest.mark.parametrize("sample", sorted(SAMPLES - OTHERS))
def test_a_request_succeeds(sample: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is made at the samples' own time has the id that other samples ask for.
    moment = clock.from_epoch_ms(event_of(sample)["requestContext"]["timeEpoch"])
    monkeypatch.setattr(clock, "now", lambda: moment)
    invoke("profiles/get_me")  # who others ask about
    for earlier in BEFORE.get(sample, []):
        invoke(earlier)
    response = invoke(sample)
    assert 200 <= response["statusCode"] < 300, response.get("body")


@pytest.mark.usefixtures("table", "bucket", "queues")
def test_stat_updates_are_applied() -> None:
    assert invoke("stats/apply_stat_updates") == {"batchItemFailures": []}
    stats = json.loads(invoke("stats/get_stats")["body"])
    assert stats["counters"]["homeworks_completed"] == stats["counters"]["completed_courses"] == 1


@pytest.mark.usefixtures("table", "bucket", "queues")
def test_pages_of_a_backfill_are_worked_through() -> None:
    for earlier in BEFORE["achievements/start_backfill"]:
        invoke(earlier)
    assert invoke("achievements/backfill_achievement") == {"batchItemFailures": []}


@pytest.mark.usefixtures("table", "bucket", "queues")
def test_awards_are_counted() -> None:
    invoke("stats/apply_stat_updates")
    invoke("achievements/create_achievement")
    assert invoke("achievements/count_awards") == {"users": 2, "achievements": 1}


@pytest.mark.usefixtures("table", "bucket", "queues")
def test_boards_are_computed() -> None:
    invoke("stats/apply_stat_updates")
    assert invoke("leaderboards/compute_leaderboards")["computed"] is True
    assert json.loads(invoke("leaderboards/get_summary")["body"])["users"] == 2
    assert json.loads(invoke("leaderboards/get_user_rank")["body"])["position"] == 1


@pytest.mark.usefixtures("table", "bucket")
def test_boards_are_computed_by_the_steps_of_the_state_machine() -> None:
    standing = Standing("anna")
    standing.scores[Board.POINTS] = Score(5, 1)
    table.write(Put(encode(standing) | keys.standing_shard(0, "anna")._asdict()))
    runs, (sample,) = invoke("leaderboards/rank_partition"), event_of("leaderboards/plan_ranges")["fresh"]
    assert (runs[:4], len(runs)) == (sample[:4], len(sample))
    planned = invoke("leaderboards/plan_ranges", fresh=[runs])
    assert event_of("leaderboards/merge_range")["range"] in planned
    for each in planned:
        invoke("leaderboards/merge_range", range=each)
    boards = [f"{board}-{window}" for board in Board for window in WindowName]
    assert event_of("leaderboards/join_board")["board"] in boards
    joined = [invoke("leaderboards/join_board", board=board) for board in boards]
    assert invoke("leaderboards/publish_boards", boards=joined)["users"] == 1
    assert json.loads(invoke("leaderboards/get_summary")["body"])["users"] == 1


@pytest.mark.usefixtures("table", "bucket")
def test_an_uploaded_picture_becomes_an_avatar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATARS_URL", "https://pictures.example.org")
    invoke("profiles/get_me")
    storage.put(event_of("avatars/process_avatar")["detail"]["object"]["key"], images.photo())
    assert invoke("avatars/process_avatar") == "made"
    assert json.loads(invoke("profiles/get_me")["body"])["avatar_url"].endswith(".webp")


def test_changes_are_published(bridge: Bridge) -> None:
    assert invoke("events/publish_events") == {"batchItemFailures": []}
    assert [event["type"] for event in bridge.events] == [
        "laurels.achievement.awarded.v1",
        "laurels.session.revoked.v1",
    ]


@pytest.mark.usefixtures("table", "queues")
def test_messages_of_the_auth_service_are_applied() -> None:
    assert invoke("events/ingest_user_events") == {"batchItemFailures": []}
    profile = table.get(keys.profile("42")) or {}
    assert (profile["display_name"], profile["last_login_at"]) == ("Ada Lovelace", "2026-11-20T19:00:00.000Z")


@pytest.mark.usefixtures("table", "bucket")
def test_an_upload_for_a_document_that_has_its_text_is_late() -> None:
    invoke("documents/create_resume")
    storage.put(event_of("documents/extract_text")["detail"]["object"]["key"], b"text")
    assert invoke("documents/extract_text") == "late"


@pytest.mark.usefixtures("table", "bucket", "queues")
def test_a_processing_is_asked_for_and_has_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.from_epoch_ms(event_of("documents/start_processing")["requestContext"]["timeEpoch"])
    monkeypatch.setattr(clock, "now", lambda: moment)
    for earlier in (*DOCUMENTS, "documents/start_processing"):
        invoke(earlier)
    assert invoke("documents/request_processings") == {"batchItemFailures": []}
    model = Model()
    model.say(GOOD)
    with serving(model) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        monkeypatch.setenv("MODEL_ID", "a-model")
        bedrock._client.cache_clear()  # its endpoint may be another module's
        assert invoke("documents/ask_model") == {"batchItemFailures": []}
    assert len(model.asked) == 1
    assert invoke("documents/apply_processing_results") == {"batchItemFailures": []}
    assert json.loads(invoke("documents/get_processing")["body"])["score"] == 82


def test_a_caller_is_authorized(jwt_secret: str) -> None:
    event = event_of("authorizer/authorize")
    token = jwt.encode({"sub": "42", "exp": int(time.time()) + 3600}, jwt_secret)
    event["headers"]["authorization"] = f"Bearer {token}"
    event["identitySource"] = [f"Bearer {token}"]
    function = importlib.import_module("authorizer.authorize")
    assert function.handler(event, None) == {"isAuthorized": True, "context": {"sub": "42"}}
    assert invoke("authorizer/authorize") == {"isAuthorized": False}, "the placeholder in the sample is no token"


@pytest.mark.usefixtures("table", "bucket", "queues")
def test_exports_and_erasures_are_worked_off() -> None:
    invoke("profiles/get_me")
    invoke("privacy/start_export")
    assert invoke("privacy/export_user") == {"batchItemFailures": []}
    erasure_id = json.loads(invoke("privacy/start_erasure")["body"])["erasure_id"]
    assert invoke("privacy/erase_user") == {"batchItemFailures": []}
    event = event_of("privacy/get_erasure")
    event["pathParameters"]["erasure_id"] = erasure_id
    answer = get_erasure.handler(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (200, "pending")
