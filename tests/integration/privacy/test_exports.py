"""Exports: everything that is held about a user, and nothing of others, in one .zip."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import urllib3

from laurels import clock, keys, storage
from laurels.errors import Unavailable
from laurels.privacy import exporting, holdings
from laurels.privacy.models import Kind
from local.contract.openapi import EXPORT
from privacy import get_export, start_export
from tests.events import ADMIN, Answer, call, user
from tests.integration.metrics.calling import create, draft
from tests.integration.privacy.erasing_and_exporting import (
    PICTURE,
    World,
    erase_now,
    export,
    export_now,
    export_state,
    id_of,
    leave,
    opened,
    receipt,
    settle_down,
)
from tests.integration.stats.deliveries import deliver, records, update

ANNA, BORIS = id_of("anna"), id_of("boris")


def start(user_id: str = ANNA, caller: dict[str, str] | None = None, **request: Any) -> Answer:
    return call(start_export.handler, path={"user_id": user_id}, caller=caller or user(ANNA), **request)


def read(export_id: str, user_id: str = ANNA, caller: dict[str, str] | None = None) -> Answer:
    path = {"user_id": user_id, "export_id": export_id}
    return call(get_export.handler, path=path, caller=caller or user(ANNA))


def download(export_id: str) -> tuple[Any, dict[str, bytes]]:
    with urllib3.PoolManager() as http:
        answer = http.request("GET", export_state(ANNA, export_id)["url"])
    assert (answer.status, answer.headers["content-type"]) == (200, "application/zip")
    return opened(answer.data)


def test_whatever_body_is_sent_along_is_ignored_and_repeated_with_the_key() -> None:
    first, again = (start(raw="[" * 200_000, headers={"idempotency-key": "k"}) for _ in range(2))
    assert first.status == 202
    assert again == first


def test_an_export_holds_everything_that_an_erasure_removes(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_down(ANNA)
    export_id = start().body["export_id"]
    assert export(ANNA, export_id) == []
    about, files = download(export_id)
    held = Counter({Kind(kind): len(items) for kind, items in about["items"].items()})
    held.update(Kind(each["kind"]) for each in about["files"])
    assert {each["name"]: each["bytes"] for each in about["files"]} == {name: len(body) for name, body in files.items()}

    removed = receipt(erase_now(ANNA, monkeypatch))["removed"]
    # The exports themselves: their files are copies of the rest.
    assert {kind: count for kind, count in removed.items() if kind != Kind.EXPORT_FILES} == dict(held)


def test_an_export_holds_the_user_s_texts_and_files_and_nobody_else_s(world: World) -> None:
    for user_id in (ANNA, BORIS):
        settle_down(user_id)
    create(draft())
    assert deliver(records([update("own", ANNA, increments={"minutes_read": 25})])) == []
    about, files = download(export_now(ANNA))
    text = json.dumps(about, ensure_ascii=False)
    for mark in (f"about {ANNA}", f"device of {ANNA}", f"badge of {ANNA}", f"goal of {ANNA}", f"award of {ANNA}"):
        assert mark in text
    assert BORIS not in text
    assert files == {
        "avatars/0123/64.webp": PICTURE,
        "uploads/avatars/0123": PICTURE,
        "uploads/documents/resumes/0123": PICTURE,
    }
    (standing,) = about["items"]["standing"]
    assert (standing["counters"]["homeworks_completed"], standing["scores"]["points"]["score"]) == (1, 5)
    assert (standing["metrics"]["minutes_read"]["number"], standing["metrics"]["minutes_read"]["week"]) == (25, 25)
    assert standing["activity_days"]["dates"]
    assert (standing["timezone"], standing["freezes"]["held"]) == ("Europe/Berlin", 0)
    assert list(standing["freezes"]["given"].values()) == [1]
    stored = {
        f"{item['PK']} {item['SK']}"
        for item in world.items()
        if ANNA in str((item["PK"], item["SK"], item.get("user_id")))
    }
    assert {each["stored_at"] for items in about["items"].values() for each in items} == stored


def test_an_export_fits_its_published_schema() -> None:
    settle_down(ANNA)
    about, _ = download(export_now(ANNA))
    schema = json.loads(EXPORT.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(about, schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    assert set(schema["$defs"]["Kind"]["enum"]) == set(Kind)


def test_an_export_is_pending_then_ready_then_expired(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    settle_down(ANNA)
    answer = start()
    assert (answer.status, answer.body.keys()) == (202, {"export_id"})
    export_id = answer.body["export_id"]
    state = export_state(ANNA, export_id)
    assert (state["status"], state["url"], state["expires_at"]) == ("pending", None, None)
    assert export(ANNA, export_id) == []
    state = export_state(ANNA, export_id)
    now = clock.now()
    assert (state["status"], clock.moment(state["expires_at"]) - now < timedelta(days=7)) == ("ready", True)
    before = world.items(), world.objects()
    assert export(ANNA, export_id) == [], "a second delivery"
    assert (world.items(), world.objects()) == before
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7))
    state = export_state(ANNA, export_id)
    assert (state["status"], state["url"]) == ("expired", None)


def test_an_export_that_is_given_up_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    export_id = start().body["export_id"]
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=59))
    assert export_state(ANNA, export_id)["status"] == "pending"
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=61))
    assert export_state(ANNA, export_id)["status"] == "failed"
    assert start().body["export_id"] != export_id, "the next one is another"


def test_a_pending_export_is_returned_again_and_its_message_sent_again(world: World) -> None:
    settle_down(ANNA)
    world.messages()
    first = start()
    assert start().text == start(caller=ADMIN).text == first.text
    body = f'{{"user_id":"{ANNA}","export_id":"{first.body["export_id"]}"}}'
    assert world.messages() == {"ExportsQueue": [body] * 3}


def test_a_repetition_after_a_message_was_not_sent_is_the_same_export(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr("laurels.queues._send", refuse)
        assert start(headers={"idempotency-key": "k"}).status == 503
    (noted,) = [item["export_id"] for kind, item in holdings.items(ANNA) if kind is Kind.EXPORTS]
    answers = [start(headers={"idempotency-key": "k"}) for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(202, {"export_id": noted})] * 2
    assert export(ANNA, noted) == []
    assert export_state(ANNA, noted)["status"] == "ready"


def test_the_same_data_gives_the_same_bytes() -> None:
    settle_down(ANNA)
    first, second = (exporting.archive(ANNA, "2026-11-20T18:22:05.000Z") for _ in range(2))
    assert first == second


def test_only_the_user_and_admins_export() -> None:
    settle_down(ANNA)
    export_id = start().body["export_id"]
    boris = user(BORIS, scope="users:write users:read")
    assert (start(caller=boris).status, read(export_id, caller=boris).status) == (404, 404)
    assert read(export_id, caller=ADMIN).status == 200
    assert read("0" * 32).status == 404
    assert read(export_id, user_id=BORIS, caller=ADMIN).status == 404
    assert start("nobody-7f3c", caller=ADMIN).status == 404


def test_an_export_of_an_erased_user_is_dropped(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    settle_down(ANNA)
    export_id = start().body["export_id"]
    leave(ANNA)
    before = world.objects()
    capsys.readouterr()
    assert export(ANNA, export_id) == []
    assert "ExportsDropped" in capsys.readouterr().out
    assert world.objects() == before
    assert read(export_id).status == 404


def test_an_erasure_while_an_export_is_made_leaves_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_down(ANNA)
    export_id = start().body["export_id"]
    put = storage.put

    def late(*arguments: Any) -> None:
        monkeypatch.setattr(storage, "put", put)
        erase_now(ANNA, monkeypatch)
        put(*arguments)

    monkeypatch.setattr(storage, "put", late)
    assert export(ANNA, export_id) == []
    assert [name for name in world.objects() if name.startswith(keys.export_file(ANNA))] == []
