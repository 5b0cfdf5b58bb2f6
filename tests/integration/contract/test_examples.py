"""The examples of the contracts are what the functions answer and publish when the sample events come one by one.

`WRITE_EXAMPLES=1` writes local/contract/examples.json anew (`make examples`).
"""

import importlib
import itertools
import json
import os
import uuid
from base64 import b64decode, b64encode
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from laurels import clock, idempotency
from laurels.achievements import earning
from laurels.events import service as events
from laurels.keys import Key
from laurels.privacy import service as privacy
from laurels.streams import Change
from local.contract import examples
from tests.bridge import Bridge

BUCKET = "laurels-files"
WITHOUT_EXAMPLE = {"get_openapi", "get_docs", "get_app"}  # long, and of no help
# The samples in an order in which each finds what it asks for. Repeated ones answer otherwise the second time.
JOURNEY = """
service/get_root service/get_health profiles/get_me profiles/create_profile profiles/update_profile
sessions/create_session sessions/create_session metrics/create_metric metrics/update_metric metrics/get_metric
metrics/list_metrics achievements/create_achievement groups/create_group groups/import_members
groups/award_members achievements/import_achievements achievements/update_achievement stats/submit_stat_update
stats/apply_stat_updates achievements/award_achievement achievements/award_achievement badges/create_badge
goals/create_goal goals/replace_goal goals/check_in goals/check_in documents/create_resume
documents/create_requirements documents/start_processing documents/request_processings
documents/apply_processing_results groups/put_member groups/update_group avatars/start_avatar_upload
streaks/add_freezes privacy/start_export privacy/export_user leaderboards/compute_leaderboards
achievements/count_awards achievements/list_achievements achievements/get_achievement profiles/get_me
profiles/get_profile profiles/get_card profiles/list_profiles profiles/search_profiles
preferences/get_preferences sessions/list_sessions achievements/list_awards achievements/start_backfill BACKFILL
badges/list_badges goals/list_goals goals/get_goal documents/list_resumes documents/get_resume
documents/list_requirements documents/get_requirements documents/list_processings documents/get_processing
stats/get_stats streaks/get_streaks leaderboards/list_boards leaderboards/get_board leaderboards/get_user_rank
leaderboards/get_summary groups/get_group groups/list_groups groups/list_members groups/get_group_board
groups/get_group_report privacy/get_export preferences/update_preferences achievements/revoke_award
achievements/archive_achievement metrics/archive_metric COMPLETION badges/delete_badge goals/delete_goal
avatars/delete_avatar documents/batch_delete_processings documents/batch_delete_requirements
documents/batch_delete_resumes sessions/delete_session sessions/delete_sessions groups/remove_member
groups/delete_group EVENING privacy/start_erasure privacy/erase_user privacy/get_erasure
"""
# Steps that are not a sample as it is: the sample, and its body.
STEPS: dict[str, tuple[str, Any]] = {
    "BACKFILL": ("achievements/start_backfill", {}),
    "COMPLETION": ("goals/replace_goal", {"title": "Done", "status": "completed"}),
    "EVENING": ("leaderboards/compute_leaderboards", None),  # of the next day
}
# Only these address the bucket on AWS as a client does; they call nothing there.
PRESIGNING = {"avatars/start_avatar_upload", "privacy/get_export"}

Items = dict[Key, dict[str, Any]]


def event_of(sample: str) -> Any:
    return json.loads((examples.EVENTS / f"{sample}.json").read_bytes())


@pytest.fixture
def made(
    table: str, dynamodb_client: Any, moto_server: str, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The answers and events of the journey, with the ids and the clock of the samples."""
    moment = clock.from_epoch_ms(event_of("service/get_root")["requestContext"]["timeEpoch"])
    numbers = itertools.count(1)
    monkeypatch.setattr(clock, "now", lambda: moment)
    # Only ours are numbered: the emulators in this process need ids, too.
    ids = SimpleNamespace(uuid4=lambda: uuid.uuid5(uuid.NAMESPACE_URL, str(next(numbers))))
    for module in (earning, idempotency, privacy):
        monkeypatch.setattr(module, "uuid", ids)
    monkeypatch.setenv("BUCKET_NAME", BUCKET)
    s3 = boto3.client("s3", endpoint_url=moto_server)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    answers: dict[str, Any] = {}
    before: Items = {}
    erasure_id = ""
    for step in JOURNEY.split():
        sample, body = STEPS.get(step, (step, None))
        moment += timedelta(days=1, hours=2) if step == "EVENING" else timedelta()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_server)
        if sample in PRESIGNING:
            monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
        event = event_of(sample)
        if body is not None:
            event["body"] = json.dumps(body)
        if step == "privacy/get_erasure":
            event["pathParameters"]["erasure_id"] = erasure_id
        for each in [event, *([_as_json(event)] if sample == "groups/get_group_report" else [])]:
            answer = importlib.import_module(sample.replace("/", ".")).handler(each, None)
            if "statusCode" not in answer:
                continue
            assert 200 <= answer["statusCode"] < 300, (sample, answer)
            _keep(answers, sample.rpartition("/")[2], answer, is_sample=body is None)
            if sample == "privacy/start_erasure":
                erasure_id = json.loads(answer["body"])["erasure_id"]
        before = _publish(before, _items(dynamodb_client, table), clock.epoch_ms(moment))
    # The first of each type. Those of one moment come in any order.
    ordered = sorted(bridge.events, key=lambda event: (event["time"], event["subject"], event["id"]), reverse=True)
    published = {event["type"].removeprefix("laurels.").removesuffix(".v1"): event for event in ordered}
    return {"answers": dict(sorted(answers.items())), "events": dict(sorted(published.items()))}


def _as_json(event: dict[str, Any]) -> dict[str, Any]:
    return event | {"headers": event["headers"] | {"accept": "application/json"}}


def _keep(answers: dict[str, Any], operation: str, answer: dict[str, Any], *, is_sample: bool) -> None:
    """Keep the latest answer with each status and media type, if possible one to a sample."""
    if "body" not in answer or operation in WITHOUT_EXAMPLE:
        return
    media = answer["headers"]["content-type"].partition(";")[0]
    text = b64decode(answer["body"]).decode() if answer.get("isBase64Encoded") else answer["body"]
    body = json.loads(text) if media.endswith("json") else text
    kept = answers.setdefault(operation, {}).setdefault(str(answer["statusCode"]), {})
    kept[media] = body if is_sample else kept.get(media, body)


def _items(dynamodb_client: Any, table: str) -> Items:
    found = dynamodb_client.scan(TableName=table, ConsistentRead=True)["Items"]
    return {Key(item["PK"]["S"], item["SK"]["S"]): _as_in_json(item) for item in found}


def _as_in_json(packed: Any) -> Any:
    """Return a packed item as the stream has it: boto3 has decoded the bytes."""
    if isinstance(packed, bytes):
        return b64encode(packed).decode()
    if isinstance(packed, dict):
        return {name: _as_in_json(each) for name, each in packed.items()}
    return [_as_in_json(each) for each in packed] if isinstance(packed, list) else packed


def _publish(before: Items, after: Items, at: int) -> Items:
    """Publish what the table's stream would tell: one change of each item that differs."""
    changed = [key for key in sorted({**before, **after}) if before.get(key) != after.get(key)]
    changes = [
        Change(uuid.uuid5(uuid.NAMESPACE_URL, str(key)).hex, f"{at:040d}", at, key, (before.get(key), after.get(key)))
        for key in changed
    ]
    assert not events.apply(changes)
    return after


def test_examples_are_what_functions_answer_and_publish(made: dict[str, Any]) -> None:
    text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("WRITE_EXAMPLES"):
        examples.FILE.write_text(text, encoding="utf-8")
    assert examples.FILE.read_text(encoding="utf-8") == text, "run `make examples openapi`, and commit what they write"
