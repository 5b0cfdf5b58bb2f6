"""`Idempotency-Key`: a repeated create returns the first response."""

from typing import Any

import pytest

from goals import create_goal
from laurels import idempotency, keys, table
from laurels.idempotency import Origin
from laurels.table import Throttled, UnknownOutcome
from profiles import get_me
from tests.contents import contents
from tests.events import ADMIN, Answer, call, together, user
from tests.integration.achievements.catalogue import create, draft
from tests.integration.http.keyed import OTHER_ADMIN, keyed, later
from tests.integration.recorder import Recorder


class Crash(BaseException):
    """The end of the process, as no code of ours sees it."""


def test_a_repetition_gets_the_first_response_byte_for_byte() -> None:
    first = keyed()
    assert first.status == 201
    for _ in range(2):
        assert keyed() == first
    assert create(draft()).status == 409


def test_another_body_under_the_same_key_is_422() -> None:
    first = keyed()
    answer = keyed(draft("another"))
    assert (answer.status, "Idempotency-Key" in answer.body["detail"]) == (422, True)
    assert table.get(keys.achievement("another")) is None
    assert keyed() == first


def test_another_key_and_another_caller_are_other_requests() -> None:
    assert keyed().status == 201
    assert keyed(key="key-2").status == 409
    assert keyed(caller=OTHER_ADMIN).status == 409
    assert keyed(draft("another"), caller=OTHER_ADMIN).status == 201


def test_of_twenty_concurrent_requests_one_does_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later(monkeypatch, seconds=0)  # the clock stands still, so that no lease ends on a machine that stops for a while
    answers = together([keyed] * 20)
    done = {answer.text for answer in answers if answer.status == 201}
    assert len(done) == 1
    busy = [answer for answer in answers if answer.status != 201]
    assert {(answer.status, answer.headers["retry-after"]) for answer in busy} <= {(409, "1")}
    assert {keyed().text} == done


def test_a_refused_create_can_be_repeated(dynamodb_client: Any, table: str) -> None:
    create(draft())
    before = contents(dynamodb_client, table)
    for _ in range(2):
        answer = keyed()
        assert (answer.status, "retry-after" in answer.headers) == (409, False)
    left = [item for item in contents(dynamodb_client, table) if not item["SK"].startswith("IDEMPOTENCY-COUNT#")]
    assert left == before
    assert keyed(draft("another")).status == 201


def test_an_invalid_request_leaves_nothing_behind(dynamodb_client: Any, table: str) -> None:
    assert keyed(draft(points=0)).status == 422
    assert contents(dynamodb_client, table) == []
    assert keyed().status == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(key: str, dynamodb_client: Any, table: str) -> None:
    answer = keyed(key=key)
    assert (answer.status, "Idempotency-Key" in answer.body["detail"]) == (400, True)
    assert contents(dynamodb_client, table) == []


@pytest.mark.parametrize("key", ["x" * 255, "ключ", "\x00", "a,b", " "])
def test_a_key_may_be_any_text(key: str) -> None:
    assert keyed(key=key) == keyed(key=key)


SAME = [
    '{"title": "Read", "target": {"metric": "tests_passed", "value": 10}}',
    '{"target": {"value": 10, "metric": "tests_passed"}, "title": "Read"}',
    '{"target":{"value":1e1,"metric":"tests_passed"},"title":"\\u0052ead"}\n',
    '{ "title": "Read", "target": {"metric": "tests_passed", "value": 10.0} }',
]
OTHER = [
    '{"title": "Read", "target": {"metric": "tests_passed", "value": 11}}',
    '{"title": "read", "target": {"metric": "tests_passed", "value": 10}}',
    '{"title": "Read", "target": {"metric": "tests_passed", "value": 10}, "description": "x"}',
    '{"title": "Read"}',
]


def test_the_same_json_written_otherwise_is_the_same_body() -> None:
    def send(text: str) -> Answer:
        headers = {"idempotency-key": "k", "content-type": "application/json"}
        return call(create_goal.handler, path={"user_id": "me"}, caller=user("anna"), raw=text, headers=headers)

    first = send(SAME[0])
    assert first.status == 201
    assert [send(text) for text in SAME] == [first] * len(SAME)
    assert [send(text).status for text in OTHER] == [422] * len(OTHER)


def test_after_a_day_the_key_is_forgotten_even_if_the_item_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, seconds=0)  # the clock stands still from here: a slow first request takes no time
    keyed()
    later(monkeypatch, seconds=idempotency.KEEP_SECONDS - 1)
    assert keyed(draft("another")).status == 422
    later(monkeypatch, seconds=1)
    assert keyed(draft("another")).status == 201


def at_write(calls: Recorder, number: int, error: BaseException, *, after: bool) -> None:
    """The error comes with that write of the next request: before it is done, or after. All but the last, which keeps
    the response, are transactions."""
    operation = "put_item" if number == 3 else "transact_write_items"

    def fail() -> None:
        if not after:
            raise error
        calls.fail(operation, error, after=True)

    for _ in range(number - 1 if number < 3 else 0):
        calls.meanwhile(operation, lambda: None)
    calls.meanwhile(operation, fail)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
def test_a_create_can_be_repeated_after_a_crash(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    at_write(calls, number, Crash(), after=after)
    with pytest.raises(Crash):
        keyed()
    claimed, settled = number > 1 or after, number == 3 and after
    at_once = keyed()
    if claimed and not settled:
        assert (at_once.status, at_once.headers["retry-after"]) == (409, "1")
        later(monkeypatch, seconds=idempotency.LEASE_SECONDS)
        at_once = keyed()
    assert at_once.status == 201
    assert keyed() == at_once
    stored = table.get(keys.achievement("early-bird"))
    assert stored
    assert (stored["rev"], stored["points"]) == (1, 50)
    assert at_once.body["created_at"] == stored["created_at"]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
def test_a_write_without_a_response_is_503_or_done_and_can_be_repeated(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    at_write(calls, number, UnknownOutcome(), after=after)
    first = keyed()
    # Without a claim nothing is done; the write of a definition is tried again at once; and whether the answer was kept
    # is nothing that the client of a create that was done must care for.
    assert first.status == (503 if number == 1 else 201)
    later(monkeypatch, seconds=idempotency.LEASE_SECONDS)
    again = keyed()
    assert again.status == 201
    if number > 1:
        assert again.text == first.text
    assert keyed(draft("another"), key="key-2").status == 201


def test_a_claim_that_cannot_be_given_back_ends_with_its_lease(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(draft())
    calls.fail("delete_item", Throttled())
    assert keyed().status == 409
    busy = keyed()
    assert (busy.status, busy.headers["retry-after"]) == (409, "1")
    later(monkeypatch, seconds=idempotency.LEASE_SECONDS)
    answer = keyed()
    assert (answer.status, "retry-after" in answer.headers) == (409, False)


def test_a_slow_request_does_not_overwrite_another_s_work() -> None:
    """A holder that outlives its lease: another has taken the claim over and answered before it settles."""
    origin, body = Origin.of("somebody"), b"{}"

    def overtaken(_: Origin) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            later(patch, seconds=idempotency.LEASE_SECONDS)
            assert idempotency.once(origin, "anna", body, lambda _: {"by": "the second"}) == {"by": "the second"}
        return {"by": "the first"}

    assert idempotency.once(origin, "anna", body, overtaken) == {"by": "the first"}
    assert idempotency.once(origin, "anna", body, lambda _: {"by": "nobody"}) == {"by": "the second"}


def test_of_two_concurrent_takeovers_one_succeeds(calls: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    at_write(calls, 1, Crash(), after=True)
    with pytest.raises(Crash):
        keyed()
    later(monkeypatch, seconds=idempotency.LEASE_SECONDS)
    answers = together([keyed] * 10)
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.text for answer in answers if answer.status == 201}) == 1


def test_where_no_key_is_honoured_one_does_no_harm() -> None:
    for _ in range(2):
        assert call(get_me.handler, caller=ADMIN, headers={"idempotency-key": "k" * 300}).status == 200


def test_me_and_the_callers_own_id_are_the_same_place() -> None:
    made = [
        call(
            create_goal.handler,
            path={"user_id": user_id},
            caller=user("anna"),
            headers={"idempotency-key": "k"},
            body={"title": "Learn"},
        )
        for user_id in ("me", "anna")
    ]
    assert [answer.status for answer in made] == [201, 201]
    assert made[0].text == made[1].text
