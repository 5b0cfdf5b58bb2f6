"""Resumes and requirements: owned by one user, listed without their texts, deleted with what depends on them."""

from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.callers import Caller
from laurels.privacy import service as privacy
from laurels.table import UnknownOutcome
from tests.events import together
from tests.integration.documents.papers import (
    ANNA,
    BORIS,
    TEXT,
    get,
    ids,
    listed,
    made,
    make,
    remove,
    remove_many,
)
from tests.integration.recorder import Recorder

pytestmark = pytest.mark.usefixtures("bucket", "queues")
each_kind = pytest.mark.parametrize("kind", ["resume_id", "requirements_id"])
UNKNOWN = "0" * 32


def items_of(user_id: str) -> list[str]:
    """The sort keys of the user's items, without that of the count of documents, which outlives them."""
    found = [item["SK"] for item in table.query_all(keys.profile(user_id)._replace(SK=""), consistent=True)]
    return [each for each in found if each != keys.documents_count(user_id).SK]


@each_kind
def test_a_text_comes_back_as_it_was_sent(kind: str) -> None:
    answer = make(kind, title="Разработчик", text=f"  {TEXT}\n")
    assert (answer.status, answer.body["text"], answer.body["excerpt"]) == (201, TEXT, TEXT)
    assert (answer.body["title"], answer.body["status"], answer.body["upload"]) == ("Разработчик", "ready", None)
    assert get(kind, answer.body[kind]).body == answer.body


@each_kind
def test_without_a_title_the_first_line_is_the_title(kind: str) -> None:
    assert make(kind, text=f"\n \n{'х' * 300}\nmore").body["title"] == "х" * 200


@pytest.mark.parametrize(("kind", "limit"), [("resume_id", 15_000), ("requirements_id", 5_000)])
def test_the_longest_text_is_accepted_and_one_character_more_is_not(kind: str, limit: int) -> None:
    longest = "🎓" * limit
    created = make(kind, text=longest)
    assert created.status == 201
    assert get(kind, created.body[kind]).body["text"] == longest
    answer = make(kind, text=longest + "x")
    assert (answer.status, answer.fields) == (422, ["text"])


@each_kind
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t\u3164"}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"points": 5}, "points"),
        ({"file": {"name": "cv.pdf", "content_type": "application/pdf", "size": 5}}, "text"),
    ],
)
def test_an_invalid_document_is_refused_by_the_name_of_the_field(kind: str, body: dict[str, Any], field: str) -> None:
    answer = make(kind, **body)
    assert (answer.status, answer.fields) == (422, [field])
    assert items_of("anna") == []


@each_kind
def test_lists_are_newest_first_in_pages_and_hold_200_characters(kind: str) -> None:
    made_ids = [made(kind, text=f"{number} {'ж' * 4_000}") for number in range(5)]
    first = listed(kind, limit="3")
    assert [len(item["excerpt"]) for item in first.body["items"]] == [200] * 3
    assert all("text" not in item for item in first.body["items"])
    rest = listed(kind, limit="3", cursor=first.body["next_cursor"])
    found = [item[kind] for item in first.body["items"] + rest.body["items"]]
    assert sorted(found) == sorted(made_ids)
    assert found == sorted(found, reverse=True)
    assert rest.body["next_cursor"] is None
    assert listed(kind, caller=BORIS, cursor=first.body["next_cursor"]).status == 400


def test_a_list_reads_no_texts(calls: Recorder) -> None:
    for _ in range(20):
        made(text="ж" * 15_000)
    calls.made.clear()
    assert len(ids()) == 20
    assert [call.operation for call in calls.made] == ["query"]
    assert calls.made[0].units <= 10  # 20 texts of 30 KB would be 150


@each_kind
def test_documents_of_another_user_are_404_everywhere(kind: str) -> None:
    own = made(kind)
    assert get(kind, own).status == 200
    for answer in (get(kind, own, BORIS), remove(kind, own, BORIS), get(kind, UNKNOWN), remove(kind, UNKNOWN)):
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert remove_many(kind, [own], BORIS).body == {"deleted": [], "not_found": [own]}
    assert ids(kind, BORIS) == []
    assert get(kind, own).status == 200


def test_a_resume_is_for_requirements_of_its_owner_only() -> None:
    theirs, own = made("requirements_id", BORIS), made("requirements_id")
    for unknown in (theirs, UNKNOWN):
        answer = make(requirements_id=unknown)
        assert (answer.status, answer.fields) == (422, ["requirements_id"])
    resume, _ = made(requirements_id=own), made()
    assert ids(requirements_id=own) == [resume]
    assert ids(requirements_id=theirs) == []
    assert get("resume_id", resume).body["requirements_id"] == own


def test_deleting_requirements_deletes_their_resumes() -> None:
    own, other = made("requirements_id"), made("requirements_id")
    resume, spared = made(requirements_id=own), [made(requirements_id=other), made()]
    assert remove("requirements_id", own).status == 204
    assert get("resume_id", resume).status == get("requirements_id", own).status == 404
    assert sorted(ids()) == sorted(spared)
    assert len(items_of("anna")) == 6  # three documents with their texts
    assert remove("requirements_id", own).status == 404


def test_a_deletion_that_died_is_finished_by_its_repetition(calls: Recorder) -> None:
    own = made("requirements_id")
    for _ in range(3):
        made(requirements_id=own)
    calls.fail("query", RuntimeError("dies"))
    assert remove("requirements_id", own).status == 500
    assert remove("requirements_id", own).status == 204
    assert items_of("anna") == []


def test_a_resume_that_is_added_while_its_requirements_go_leaves_nothing() -> None:
    for _ in range(5):
        own = made("requirements_id")
        add = partial(make, requirements_id=own)
        answers = together([add, partial(remove, "requirements_id", own), add, add])
        assert {answer.status for answer in answers} <= {201, 204, 422}
        assert items_of("anna") == []


@each_kind
def test_a_batch_says_what_it_deleted(kind: str) -> None:
    own, kept, theirs = made(kind), made(kind), made(kind, BORIS)
    assert remove_many(kind, [own, theirs, own, UNKNOWN]).body == {"deleted": [own], "not_found": [theirs, UNKNOWN]}
    assert ids(kind) == [kept]
    assert ids(kind, BORIS) == [theirs]


@each_kind
@pytest.mark.parametrize("chosen", [[], ["x"], [UNKNOWN] * 101])
def test_a_batch_has_1_to_100_ids(kind: str, chosen: list[str]) -> None:
    assert remove_many(kind, chosen).status == 422


@each_kind
def test_one_hundred_documents_are_deleted_at_once(kind: str) -> None:
    own = [made(kind, text="x") for _ in range(100)]
    assert remove_many(kind, own).body == {"deleted": own, "not_found": []}
    assert items_of("anna") == []


@each_kind
def test_the_same_idempotency_key_creates_one_document(kind: str) -> None:
    first, second = (make(kind, headers={"idempotency-key": "k"}) for _ in range(2))
    assert first == second
    assert make(kind, headers={"idempotency-key": "k"}, text="other").status == 422
    assert len(ids(kind)) == 1


@each_kind
def test_a_create_whose_answer_was_lost_creates_one_document(kind: str, calls: Recorder) -> None:
    calls.fail("transact_write_items", UnknownOutcome(), after=True)
    assert make(kind).status == 201
    assert len(ids(kind)) == 1


@each_kind
def test_an_erased_user_adds_and_reads_nothing(kind: str) -> None:
    own = made(kind)
    privacy.start_erasure("anna", Caller(sub="anna"))
    assert make(kind).status == 410
    assert get(kind, own).status == 404


def test_ids_of_no_possible_form_are_404() -> None:
    assert get("resume_id", "..").status == 404
    assert listed(requirements_id="x").status == 422
    assert listed(skip="20").status == 422
    assert listed(caller=ANNA, limit="101").status == 422
