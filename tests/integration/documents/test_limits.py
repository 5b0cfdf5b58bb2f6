"""What one user may have and start, also at the same moment and in several processes."""

import json
import subprocess
import sys
from collections import Counter
from functools import partial
from typing import Any

import pytest

from laurels.documents.models import MAX_DOCUMENTS, Kind
from tests.events import together
from tests.integration.documents.papers import ids, made, make, remove
from tests.integration.documents.processing import forget_starts, pair, start, started
from tests.integration.recorder import Recorder

pytestmark = pytest.mark.usefixtures("bucket", "queues")
each_kind = pytest.mark.parametrize(
    ("kind", "name"), [("resume_id", Kind.RESUMES), ("requirements_id", Kind.REQUIREMENTS)]
)
# Starts processings in a process of its own, all at once, as soon as a line arrives.
STARTER = """
import json, sys
from functools import partial
from tests.events import together
from tests.integration.documents.processing import start
body = json.loads(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
answers = together([partial(start, body)] * 25)
print(json.dumps([(each.status, each.headers.get("retry-after")) for each in answers]))
"""


@each_kind
def test_a_user_has_at_most_so_many_documents(kind: str, name: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAX_DOCUMENTS, name, 3)
    own = [made(kind) for _ in range(3)]
    for _ in range(2):
        answer = make(kind)
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert f"3 {name}" in answer.body["detail"]
    assert len(ids(kind)) == 3
    assert make(kind, {"sub": "boris"}).status == 201
    for each in own[:2]:
        remove(kind, each)
    assert [make(kind).status for _ in range(3)] == [201, 201, 409]


@each_kind
def test_documents_created_at_once_do_not_exceed_the_limit(
    kind: str, name: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAX_DOCUMENTS, name, 5)
    spare = made(kind)
    answers = together([partial(make, kind)] * 8)
    assert Counter(answer.status for answer in answers) == {201: 4, 409: 4}
    remove(kind, spare)  # the count is above the truth now
    answers = together([partial(make, kind)] * 4)
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 3}
    assert len(ids(kind)) == 5


def test_a_count_costs_a_creation_two_write_units_and_no_request(calls: Recorder) -> None:
    made(text="x")
    assert calls.operations() == ["transact_write_items"]
    assert calls.write_units() == 2 * 4  # the document, its text, the count; the tombstone's check


def test_a_repeated_creation_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAX_DOCUMENTS, Kind.RESUMES, 2)
    for _ in range(3):
        assert make(headers={"idempotency-key": "k"}).status == 201
    assert [make().status for _ in range(2)] == [201, 409]


def test_a_user_has_at_most_so_many_processings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("laurels.documents.processings.MAX_PROCESSINGS", 2)
    body = pair()
    own = [started(body) for _ in range(2)]
    for _ in range(4):  # a refusal is no attempt
        answer = start(body)
        assert (answer.status, answer.body["code"]) == (409, "conflict")
    remove("processing_id", own[0])
    assert [start(body).status for _ in range(2)] == [202, 429]
    assert len(ids("processing_id")) == 2


def test_the_limit_of_starts_holds_over_two_processes(table: str) -> None:
    assert table
    body = pair()
    command = [sys.executable, "-c", STARTER, json.dumps(body)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        for each in (first, second):
            assert each.stdout
            assert each.stdout.readline() == "ready\n"
        for each in (first, second):
            assert each.stdin
            each.stdin.write("go\n")
            each.stdin.flush()
        answers = [answer for each in (first, second) for answer in json.loads(each.communicate()[0])]
    assert Counter(status for status, _ in answers) == {202: 3, 429: 47}
    assert all(0 < int(wait) <= 30 for status, wait in answers if status == 429)
    assert len(ids("processing_id")) == 3
    forget_starts()
    assert start(body).status == 202
