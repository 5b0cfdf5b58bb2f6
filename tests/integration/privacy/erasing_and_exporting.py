"""A user who has something of every kind, and the steps of erasures and exports."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from achievements import award_achievement
from avatars import start_avatar_upload
from badges import create_badge
from documents import create_requirements, create_resume, start_processing
from goals import check_in, create_goal
from groups import create_group, put_member
from laurels import keys, storage
from laurels.aws import client
from preferences import update_preferences
from privacy import erase_user, export_user, get_erasure, get_export, start_erasure, start_export
from profiles import create_profile
from sessions import create_session
from streaks import add_freezes
from tests.contents import clear, contents, put, write
from tests.events import ADMIN, AWARDER, Answer, call, user
from tests.integration.conftest import Queues
from tests.integration.documents.processing import deliver as answer_processings
from tests.integration.documents.processing import result
from tests.integration.stats.deliveries import deliver, records, update

PICTURE = b"RIFF a picture"
_numbers = count(1)


def id_of(name: str) -> str:
    """An id that is part of no other text."""
    return f"{name}-7f3c2a"


def settle_down(user_id: str) -> None:
    """Give the user something of every kind that is held about users."""
    me = {"user_id": user_id}
    caller = user(user_id, sid=f"s-{user_id}")

    def ask(module: Any, **request: Any) -> Answer:
        answer = call(module.handler, **{"path": me, "caller": caller} | request)
        assert answer.status < 300, answer.text
        return answer

    ask(create_profile, path=None, body={"display_name": f"Name {user_id}", "about": f"about {user_id}"})
    ask(update_preferences, body={"timezone": "Europe/Berlin", "custom_settings": {"of": user_id}})
    ask(create_session, body={"device_name": f"device of {user_id}"})
    ask(create_badge, body={"name": f"badge of {user_id}"})
    goal = ask(create_goal, body={"title": f"goal of {user_id}"}, headers=with_key(user_id)).body["goal_id"]
    ask(check_in, path={**me, "goal_id": goal}, body={})
    ask(award_achievement, caller=AWARDER, body={"code": "olympiad", "title": f"award of {user_id}", "points": 5})
    ask(add_freezes, caller=AWARDER, body={"count": 1})
    assert deliver(records([event(user_id)])) == []
    group = call(create_group.handler, caller=ADMIN, body={"kind": "class", "name": "7B"}).body["group_id"]
    ask(put_member, path={**me, "group_id": group}, caller=ADMIN, body={"role": "learner"})
    ask(start_avatar_upload, body={"content_type": "image/png", "size": 100})
    storage.put(keys.avatar_upload(user_id, "0123"), PICTURE)
    storage.put(keys.avatar(user_id, "0123", 64), PICTURE)
    wanted = ask(create_requirements, path=None, body={"text": f"requirements of {user_id}"}).body["requirements_id"]
    resume = ask(create_resume, path=None, body={"text": f"resume of {user_id}"}).body["resume_id"]
    pair = {"resume_id": resume, "requirements_id": wanted}
    processing = ask(start_processing, path=None, body=pair).body["processing_id"]
    assert answer_processings(result(processing)) == []
    storage.put(keys.document_upload(user_id, "resumes", "0123"), PICTURE)
    export_now(user_id)


def arrive(user_id: str) -> None:
    """Give the user a profile and a standing, and nothing else."""
    answer = call(create_profile.handler, caller=user(user_id), body={"display_name": f"Name {user_id}"})
    assert answer.status == 201, answer.text
    assert deliver(records([event(user_id)])) == []


def event(user_id: str, name: str = "event") -> dict[str, Any]:
    """A stat update of the user."""
    return update(f"{name}-of-{user_id}", user_id)


def with_key(text: str) -> dict[str, str]:
    """The header with which a response is kept among the user's own items."""
    return {"idempotency-key": f"key of {text}"}


def leave(user_id: str) -> str:
    answer = call(start_erasure.handler, path={"user_id": user_id}, caller=ADMIN)
    assert answer.status == 202, answer.text
    return str(answer.body["erasure_id"])


def receipt(erasure_id: str) -> dict[str, Any]:
    answer = call(get_erasure.handler, path={"erasure_id": erasure_id}, caller=ADMIN)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def export_now(user_id: str) -> str:
    """Start an export and do its work; return its id."""
    answer = call(start_export.handler, path={"user_id": user_id}, caller=user(user_id))
    assert answer.status == 202, answer.text
    export_id: str = answer.body["export_id"]
    assert export(user_id, export_id) == []
    return export_id


def export_state(user_id: str, export_id: str) -> dict[str, Any]:
    path = {"user_id": user_id, "export_id": export_id}
    answer = call(get_export.handler, path=path, caller=user(user_id))
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def opened(body: bytes) -> tuple[Any, dict[str, bytes]]:
    """The JSON of an export's .zip, and the files beside it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files.pop("export.json")), files


def sweep(erasure_id: str, *, last: bool = False) -> list[Any]:
    """Deliver a message of the erasure; return the failures."""
    return _deliver(erase_user.handler, {"erasure_id": erasure_id, "last": last})


def export(user_id: str, export_id: str) -> list[Any]:
    """Deliver the message of an export; return the failures."""
    return _deliver(export_user.handler, {"user_id": user_id, "export_id": export_id})


def _deliver(handler: Callable[[dict[str, Any], Any], dict[str, Any]], message: Any) -> list[Any]:
    number = next(_numbers)
    record = {"messageId": f"m-{number}", "body": json.dumps(message), "attributes": {}}
    failures: list[Any] = handler({"Records": [record]}, None)["batchItemFailures"]
    return failures


def erase_now(user_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start an erasure and do all of its work; return its id."""
    erasure_id = leave(user_id)
    assert sweep(erasure_id) == []
    monkeypatch.setenv("SETTLE_SECONDS", "0")
    assert sweep(erasure_id, last=True) == []
    assert receipt(erasure_id)["status"] == "done"
    return erasure_id


class World:
    """All that is stored, read without the tested code."""

    def __init__(self, dynamodb: Any, table: str, s3: Any, bucket: str, queues: Queues) -> None:
        self._dynamodb, self._table, self._s3, self._bucket, self._queues = dynamodb, table, s3, bucket, queues

    def items(self) -> list[dict[str, Any]]:
        return contents(self._dynamodb, self._table)

    def put(self, *items: dict[str, Any]) -> None:
        pack = TypeSerializer().serialize
        puts = [put({name: pack(value) for name, value in item.items()}) for item in items]
        write(self._dynamodb, self._table, puts)

    def clear(self) -> None:
        """Delete all items and objects."""
        clear(self._dynamodb, self._table)
        for name in self._names():
            self._s3.delete_object(Bucket=self._bucket, Key=name)

    def upload(self, objects: dict[str, bytes]) -> None:
        for name, body in objects.items():
            self._s3.put_object(Bucket=self._bucket, Key=name, Body=body)

    def objects(self) -> dict[str, bytes]:
        return {name: self._s3.get_object(Bucket=self._bucket, Key=name)["Body"].read() for name in self._names()}

    def _names(self) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def messages(self) -> dict[str, list[str]]:
        """Take all messages that are visible, by queue."""
        found: dict[str, list[str]] = {}
        for name, url in self._queues.urls.items():
            while taken := self._queues.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                found.setdefault(name, []).extend(each["Body"] for each in taken)
                for each in taken:
                    self._queues.client.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def traces(self, text: str) -> list[str]:
        """Where the text is found: in items, names and contents of objects, and messages."""
        items = [f"{item['PK']} {item['SK']}" for item in self.items() if text in repr(item)]
        objects = [
            name for name, body in self.objects().items() if text in name or text.encode() in _unpacked(name, body)
        ]
        messages = [f"{name}: {body}" for name, bodies in self.messages().items() for body in bodies if text in body]
        return items + objects + messages


def _unpacked(name: str, body: bytes) -> bytes:
    if not name.endswith(".zip"):
        return body
    about, files = opened(body)
    return json.dumps(about, ensure_ascii=False).encode() + b"".join(files.values())


class Killed(BaseException):
    """The process dies: nothing catches it."""


@contextmanager
def killed_at(number: int, *, after: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the process die at the call to AWS with this number, before or after it was carried out. Yields the list of
    all calls."""
    send, made = client.send, list[str]()

    def dying(service: str, method: str, url: str, headers: Any, *rest: Any) -> Any:
        made.append(f"{service} {headers.get('x-amz-target', method)}")
        dies = len(made) == number
        if dies and not after:
            raise Killed
        response = send(service, method, url, headers, *rest)
        if dies:
            raise Killed
        return response

    with monkeypatch.context() as patch:
        patch.setattr(client, "send", dying)
        yield made


def without_times(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what differs from run to run."""
    return {name: value for name, value in item.items() if name not in ("done_at", "ready_at", "gone_at", "rev")}
