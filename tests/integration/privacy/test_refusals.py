"""From the 202 on, every endpoint and every queue refuses writes for an erased user."""

import importlib
import json
from typing import Any

import pytest

from authorizer import authorize
from documents import (
    batch_delete_processings,
    batch_delete_requirements,
    batch_delete_resumes,
    create_resume,
    delete_processing,
    delete_requirements,
    delete_resume,
    extract_text,
)
from laurels import storage
from laurels.callers import Grant
from stats import apply_stat_updates
from tests.contents import contents
from tests.events import call, send, user
from tests.integration.documents.processing import deliver as deliver_results
from tests.integration.documents.processing import pair, request, result, started
from tests.integration.privacy.erasing_and_exporting import World, arrive, event, id_of, leave, settle_down, sweep
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records
from tests.template import project
from tests.template.project import FunctionFile

ANNA = id_of("anna")
# Writes that are for no user.
NOBODYS = {f"achievements/{name}_achievement" for name in ("create", "update", "archive")} | {
    "achievements/import_achievements",
    "achievements/start_backfill",
    "groups/create_group",
}
HERE = "privacy/start_erasure"  # returns the erasure that there is

WRITERS = [
    file
    for file in project.endpoint_files()
    if not file.trigger.startswith("GET ") and str(file) not in NOBODYS | {HERE}
]
ALL = {"roles": "admin", "scope": " ".join(grant.partition(":")[2] for grant in Grant if grant.startswith("scope:"))}


def as_if_for(user_id: str, file: FunctionFile) -> dict[str, Any]:
    """The endpoint's sample, sent by the erased user, who may do everything."""
    sample = project.sample_of(file)
    sample["requestContext"]["authorizer"] = {"lambda": {"sub": user_id, "sid": f"s-{user_id}", **ALL}}
    if "user_id" in sample.get("pathParameters", {}):
        sample["pathParameters"]["user_id"] = user_id
    if "user_id" in json.loads(sample.get("body", "{}")):
        sample["body"] = json.dumps(json.loads(sample["body"]) | {"user_id": user_id})
    return sample


@pytest.mark.parametrize("file", WRITERS, ids=str)
def test_an_endpoint_refuses_to_write_for_an_erased_user(
    file: FunctionFile, dynamodb_client: Any, table: str, world: World
) -> None:
    arrive(ANNA)
    erasure_id = leave(ANNA)
    handler = importlib.import_module(f"{file.room}.{file.name}").handler
    for swept in (False, True):
        if swept:
            assert sweep(erasure_id) == []
        world.messages()
        before = contents(dynamodb_client, table), world.objects()
        answer = send(handler, as_if_for(ANNA, file))
        if file.name.startswith("batch_delete"):  # says that it found nothing
            assert (answer.status, answer.body["deleted"]) == (200, [])
        else:
            assert answer.status in (404, 410), answer.text
        assert (contents(dynamodb_client, table), world.objects()) == before
        assert world.messages() == {}


def test_documents_that_are_there_cannot_be_deleted_by_an_erased_user(world: World) -> None:
    arrive(ANNA)
    her = user(ANNA)
    body = pair(her)
    ids = body | {"processing_id": started(body, her)}
    leave(ANNA)
    world.messages()
    before = world.items()
    for kind, one, many in (
        ("resume_id", delete_resume, batch_delete_resumes),
        ("requirements_id", delete_requirements, batch_delete_requirements),
        ("processing_id", delete_processing, batch_delete_processings),
    ):
        assert call(one.handler, path={kind: ids[kind]}, caller=her).status == 404
        assert call(many.handler, caller=her, body={"ids": [ids[kind]]}).body["not_found"] == [ids[kind]]
    assert world.items() == before
    assert world.messages() == {}


def test_an_award_is_refused_by_the_tombstone_alone(calls: Recorder) -> None:
    from tests.integration.achievements.catalogue import adhoc, award

    settle_down(ANNA)
    leave(ANNA)
    calls.made.clear()
    answer = award(adhoc("another"), user_id=ANNA)
    assert (answer.status, answer.body["code"]) == (410, "gone")
    assert calls.operations() == ["batch_get_item"]


def test_a_stat_update_of_an_erased_user_is_dropped_and_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    settle_down(ANNA)
    erasure_id = leave(ANNA)
    before = world.items()
    capsys.readouterr()
    assert deliver(records([event(ANNA, "late"), event(ANNA, "later")])) == []
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["UpdatesDropped"] for line in lines if "UpdatesDropped" in line] == [[2.0]]
    assert not [line for line in lines if "UpdatesApplied" in line]
    assert world.items() == before
    sweep(erasure_id)
    assert deliver(records([event(ANNA, "late")])) == []
    names = [f"{item['PK']}" for item in world.items() if ANNA in repr(item)]
    assert names == [f"ERASURE#{erasure_id}"], "which names the user until it is done"


def test_work_on_documents_that_is_under_way_is_dropped(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    arrive(ANNA)
    her = user(ANNA)
    processing_id = started(pair(her), her)
    file = {"name": "cv.txt", "content_type": "text/plain", "size": 8}
    upload = call(create_resume.handler, caller=her, body={"file": file}).body["upload"]["fields"]["key"]
    storage.put(upload, b"a resume")
    leave(ANNA)
    world.messages()
    before = world.items()
    assert request(processing_id, user_id=ANNA) == {"batchItemFailures": []}
    assert world.messages() == {}, "its texts are not sent"
    capsys.readouterr()
    assert deliver_results(result(processing_id)) == []
    assert '"ResultsIgnored":[1.0]' in capsys.readouterr().out
    assert extract_text.handler({"id": "1", "detail": {"object": {"key": upload}}}, None) == "late"
    assert world.items() == before
    assert world.objects() == {}


def test_an_update_of_a_user_costs_one_read_and_one_write_unit(calls: Recorder) -> None:
    settle_down(ANNA)
    calls.made.clear()
    assert apply_stat_updates.handler({"Records": records([event(ANNA, "one-more")])}, None) == {
        "batchItemFailures": []
    }
    assert calls.operations() == ["batch_get_item", "put_item"]
    assert calls.write_units() == 1.0


@pytest.mark.parametrize("swept", [False, True])
def test_the_authorizer_refuses_every_token_of_an_erased_user(swept: bool, calls: Recorder, jwt_secret: str) -> None:
    import jwt

    def admitted(**claims: Any) -> bool:
        token = jwt.encode({"sub": ANNA, "exp": 4_000_000_000} | claims, jwt_secret, algorithm="HS256")
        request = {"headers": {"authorization": f"Bearer {token}"}, "requestContext": {}}
        return bool(authorize.handler(request, None)["isAuthorized"])

    settle_down(ANNA)
    assert admitted()
    assert admitted(sid=f"s-{ANNA}")
    erasure_id = leave(ANNA)
    if swept:
        sweep(erasure_id)
    calls.made.clear()
    assert not admitted()
    assert not admitted(sid=f"s-{ANNA}")
    assert not admitted(sid="another")
    assert calls.operations() == ["batch_get_item"] * 3
    assert admitted(sub="boris")
