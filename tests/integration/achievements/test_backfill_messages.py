"""A backfill's messages, one page of users each: repeated, lost or failing ones skip nobody and award nobody twice."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels import queues as queue_door
from laurels.errors import Unavailable
from laurels.standings import rules as standings_rules
from laurels.standings.models import Counter, Standing
from laurels.table import Throttled
from tests.integration.achievements.backfills import PEOPLE, awarded, batches, finish, settle, work
from tests.integration.achievements.catalogue import backfill, counted, create, draft, earned, import_all, reach
from tests.integration.achievements.counting import count
from tests.integration.conftest import Queues
from tests.integration.recorder import PASSING, Recorder, for_each
from tests.integration.stats.deliveries import record
from tests.sizes import sized

NOW = datetime.now(UTC).replace(microsecond=0)


def test_it_is_one_message_for_each_partition_and_one_for_each_page_after_the_first(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("laurels.achievements.backfill.PAGE", 2)
    create(draft("five", criteria=reach(homeworks_completed=5)))
    settle([Standing(f"user-{number}") for number in range(200)])
    backfill("five")
    seen: dict[int, list[str | None]] = {}
    for batch in batches(queues):
        assert work(batch) == []
        for each in batch:
            body = json.loads(each["body"])
            seen.setdefault(body["shard"], []).append(body["after"])
    assert len(seen) == 64
    for shard, positions in seen.items():
        people = [item["SK"] for item in table.query_all(keys.standing_shard(shard))]
        pages = [None, *people[1::2]]
        assert positions[: len(pages)] == pages[: len(positions)]
        assert len(positions) >= -(-len(people) // 2)


@pytest.mark.usefixtures("queues")
def test_no_backfill_is_held_up_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails again and again takes with it whatever is behind it in its group."""
    sent: list[str] = []
    # Private, to see each message's group in the request to SQS.
    monkeypatch.setattr(queue_door, "_send", lambda **request: sent.append(request["MessageGroupId"]))
    for code in ("five", "six"):
        create(draft(code, criteria=reach(homeworks_completed=5)))
        backfill(code)
    assert len(sent) == len(set(sent)) == 2 * 64


POISON = [
    *("no JSON", "[]", "{}", '{"backfill_id": "x", "code": "five"}', '{"code": "UPPER", "shard": 1}'),
    '{"backfill_id": "x", "code": "five", "shard": 1, "shard": 2, "after": null}',
]


def test_invalid_messages_are_parked_and_block_no_others(queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    count(PEOPLE[6], homeworks_completed=6)
    shard = int(keys.standing(PEOPLE[6]).PK[-2:])
    good = json.dumps({"backfill_id": "x", "code": "five", "shard": shard, "after": None})
    for body in POISON:
        assert work([record(body, "shard-1"), record(good, "shard-1")]) == []
    assert list(awarded("five")) == [PEOPLE[6]]
    found = []
    url = queues.urls["BackfillDeadLetters"]
    while messages := queues.client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            assert message["MessageAttributes"]["reason"]["StringValue"]
            queues.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert sorted(found) == sorted(POISON)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items"])
@for_each(*PASSING)
def test_failures_leave_out_no_user_and_count_none_twice(
    calls: Recorder, queues: Queues, error: Exception, operation: str, after: bool
) -> None:
    for user_id in PEOPLE[:3]:
        count(user_id, homeworks_completed=5)
    create(draft("five", criteria=reach(homeworks_completed=5)))
    backfill("five")
    calls.fail(operation, error, after=after, times=2)
    for batch in batches(queues):
        while again := work(batch):
            batch = [each for each in batch if each["messageId"] in again]
    assert {counted(user_id) for user_id in PEOPLE[:3]} == {earned(user_id) for user_id in PEOPLE[:3]} == {(50, 1)}


def test_a_failed_page_is_redelivered_with_the_rest_of_its_group(calls: Recorder, queues: Queues) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    step = {"backfill_id": "x", "code": "five", "shard": 1, "after": None}
    batch = [record(json.dumps(step), "shard-1"), record(json.dumps(step | {"after": "USER#a"}), "shard-1")]
    batch.append(record(json.dumps(step | {"shard": 2}), "shard-2"))
    calls.fail("query", Throttled())
    assert work(batch) == [each["messageId"] for each in batch[:2]]


def test_an_unreachable_queue_is_503_and_the_request_can_be_repeated(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(draft("five", criteria=reach(homeworks_completed=5)))
    count(PEOPLE[0], homeworks_completed=5)
    truly, sent = queue_door._send, []

    def refuse(**request: Any) -> None:
        sent.append(request)
        if len(sent) > 20:
            raise Unavailable
        truly(**request)

    named = {"idempotency-key": "k"}
    with monkeypatch.context() as broken:
        # Private, so that all code above the request to SQS runs too: only the request fails.
        broken.setattr(queue_door, "_send", refuse)
        assert backfill("five", headers=named).status == 503
    assert backfill("five", headers=named).status == 202
    finish(queues)
    assert list(awarded("five")) == [PEOPLE[0]]


class Crashed(BaseException):
    """The function dies. Nothing of ours may catch it."""


def test_a_backfill_with_interruptions_ends_as_without(
    calls: Recorder, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("laurels.achievements.backfill.PAGE", sized(40, 100))  # less than a partition has
    everybody = [_standing(number) for number in range(100 * sized(40, 100))]
    settle(everybody)
    qualified = [each.user_id for each in everybody if each.counters[Counter.HOMEWORKS_COMPLETED] >= 5]
    import_all(*(draft(code, criteria=reach(homeworks_completed=5)) for code in ("whole", "interrupted")))
    assert backfill("whole", dry_run=True).body["count"] == len(qualified) == sized(40, 100)
    backfill("whole")
    finish(queues)

    backfill("interrupted")
    # It dies when the first award is written, before the 31st is, and when a message for a next page has been sent.
    calls.fail("transact_write_items", Crashed(), after=True)
    for _ in range(30):
        calls.meanwhile("transact_write_items", lambda: None)
    calls.fail("transact_write_items", Crashed())
    # Private, to crash between two requests to SQS.
    monkeypatch.setattr(queue_door, "_send", _dying_after_the(20, queue_door._send))
    deaths = 0
    for batch in batches(queues):
        failed = None
        while failed is None:
            try:
                failed = work(batch)
            except Crashed:
                deaths += 1  # and the queue delivers it again
        assert failed == []
    assert deaths == 3

    found = {user_id: {item["code"]: item for item in table.query_all(keys.award(user_id))} for user_id in qualified}
    for awards in found.values():
        assert awards.keys() == {"whole", "interrupted"}
        assert awards["whole"]["awarded_at"] == awards["interrupted"]["awarded_at"]
    assert {counted(user_id) for user_id in qualified} == {(100, 2)}
    assert backfill("interrupted", dry_run=True).body["count"] == 0


def _standing(number: int) -> Standing:
    """Every hundredth has done five homeworks, the others fewer, each at a time of their own."""
    standing, at = Standing(f"user-{number}"), clock.epoch_ms(NOW) - number * 1000
    done = number % 5 if number % 100 else 5
    standings_rules.count(standing, Counter.HOMEWORKS_COMPLETED, done, at, clock.epoch_ms(NOW))
    return standing


def _dying_after_the(last: int, send: Any) -> Any:
    sent = []

    def once(**request: Any) -> None:
        send(**request)
        sent.append(request)
        if len(sent) == last:
            raise Crashed

    return once
