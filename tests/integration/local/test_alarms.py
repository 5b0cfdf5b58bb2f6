"""Each alarm is raised by what it is for: by metrics as the code, or the queue, really has them in a failing run, and
not by those of a run that works."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from authorizer import authorize
from laurels import table as door
from laurels.errors import Misconfigured
from laurels.leaderboards import computing
from laurels.standings.codec import encode
from laurels.standings.models import Standing
from laurels.table import Throttled
from laurels.writes import Put
from local.event_sources.failed_invocations import FailureDestinations
from local.event_sources.streams import StreamConsumer
from local.runtime.functions import Outcome
from local.tokens import mint
from stats import apply_stat_updates, get_stats
from tests import alarms
from tests.alarms import metric
from tests.events import call, user
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import record
from tests.template import project
from tests.unit.local.test_streams import Stream

APP = project.application()
ALARMS = {name: each["Properties"] for name, each in APP.resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
STREAMS = sorted(APP.streams)
# Queues whose messages SQS itself moves to their dead letters.
REDRIVEN = sorted(name for name, each in APP.queues.items() if "RedrivePolicy" in each.properties)


def waiting(queues: Queues, name: str) -> float:
    """The depth of a queue, as CloudWatch's ApproximateNumberOfMessagesVisible has it."""
    asked = {"QueueUrl": queues.urls[name], "AttributeNames": ["ApproximateNumberOfMessages"]}
    return float(queues.client.get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"])


def state_of_dead_letters(queues: Queues, name: str) -> str:
    emitted = {metric("ApproximateNumberOfMessagesVisible", QueueName=APP.queues[name].id): [[waiting(queues, name)]]}
    return alarms.state(ALARMS[f"{name}Alarm"], emitted)


@pytest.mark.parametrize("name", REDRIVEN)
def test_a_message_that_fails_five_times_raises_the_alarm_of_its_dead_letters(name: str, queues: Queues) -> None:
    dead = APP.dead_letter_queues[name].name
    about = {"MessageGroupId": "a", "MessageDeduplicationId": "a"} if queues.urls[name].endswith(".fifo") else {}
    queues.client.send_message(QueueUrl=queues.urls[name], MessageBody="{}", **about)
    for _ in range(5):
        assert state_of_dead_letters(queues, dead) == "OK"
        received = queues.client.receive_message(QueueUrl=queues.urls[name], VisibilityTimeout=0)
        assert len(received["Messages"]) == 1
    assert "Messages" not in queues.client.receive_message(QueueUrl=queues.urls[name])
    assert state_of_dead_letters(queues, dead) == "ALARM"


def test_a_stat_update_that_can_never_count_raises_the_alarm_at_once(queues: Queues) -> None:
    apply_stat_updates.handler({"Records": [record("no JSON")]}, None)
    assert state_of_dead_letters(queues, "StatUpdatesDeadLetters") == "ALARM"


@pytest.mark.parametrize("name", STREAMS)
def test_a_change_that_is_given_up_raises_the_alarm_of_the_stream_s_dead_letters(name: str, queues: Queues) -> None:
    mapping = replace(APP.streams[name], filters=(), retries=0)
    dead = APP.dead_letter_queues[name]
    consumed = consume(mapping, replace(dead, url=queues.urls[dead.name]), queues, ages=[1.0])
    assert consumed
    assert state_of_dead_letters(queues, dead.name) == "ALARM"


def consume(mapping: Any, destination: Any, queues: Queues, ages: list[float]) -> list[Any]:
    """Consume a stream with a function that always fails; return the events that it got."""
    events: list[Any] = []

    def fail(_: str, event: Any) -> Outcome:
        events.append(event)
        return Outcome(b"null", failed=True, request_id="r")

    stream = Stream(ages)
    clients = {"sqs": queues.client}
    consumer = StreamConsumer(mapping, "t", destination, lambda name: clients.get(name, stream), fail, lambda *_: None)
    deadline = time.monotonic() + 60
    while any(consumer.depth().values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    consumer.stop()
    return events


def test_an_upload_or_a_run_that_fails_for_good_raises_its_alarm(queues: Queues) -> None:
    urls = {name: replace(queue, url=queues.urls[name]) for name, queue in APP.queues.items()}
    function = APP.functions["ProcessAvatar"]
    assert state_of_dead_letters(queues, "FailedInvocations") == "OK"
    FailureDestinations(replace(APP, queues=urls), queues.client).keep(function, {"detail": {}}, 3, None)
    assert state_of_dead_letters(queues, "FailedInvocations") == "ALARM"


@pytest.mark.parametrize("name", sorted(APP.queues.keys() - {each.name for each in APP.dead_letter_queues.values()}))
def test_a_message_that_nobody_takes_raises_the_alarm_of_the_oldest_message(name: str, queues: Queues) -> None:
    about = {"MessageGroupId": "a", "MessageDeduplicationId": "a"} if queues.urls[name].endswith(".fifo") else {}
    queues.client.send_message(QueueUrl=queues.urls[name], MessageBody="{}", **about)
    (sent,) = queues.client.receive_message(QueueUrl=queues.urls[name], AttributeNames=["SentTimestamp"])["Messages"]

    def state(later: float) -> str:
        age = time.time() + later - int(sent["Attributes"]["SentTimestamp"]) / 1000
        emitted = {metric("ApproximateAgeOfOldestMessage", QueueName=APP.queues[name].id): [[age]]}
        return alarms.state(ALARMS["OldestMessageAlarm"], emitted)

    assert state(later=0) == "OK"
    assert state(later=31 * 60) == "ALARM"


@pytest.mark.parametrize(("age", "state"), [(10.0, "OK"), (400.0, "ALARM")])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_whose_consumer_fails_raises_the_alarm_of_its_lag(
    name: str, age: float, state: str, queues: Queues
) -> None:
    mapping = replace(APP.streams[name], filters=(), retries=0)
    dead = APP.dead_letter_queues[name]
    (event, *_) = consume(mapping, replace(dead, url=queues.urls[dead.name]), queues, ages=[age])
    created = event["Records"][0]["dynamodb"]["ApproximateCreationDateTime"]
    lag = 1000 * (time.time() - float(created))
    emitted = {metric("IteratorAge", FunctionName=APP.functions[mapping.function].id): [[lag]]}
    assert alarms.state(ALARMS["StreamLagAlarm"], emitted) == state


def answers(calls: Recorder, *, failing: int, of: int) -> list[tuple[int, float]]:
    """Status and milliseconds of requests, of which the first ones meet a table that throttles."""
    found = []
    calls.fail("batch_get_item", Throttled(), times=failing)
    for _ in range(of):
        began = time.monotonic()
        answer = call(get_stats.handler, path={"user_id": "me"}, caller=user("anna"))
        found.append((answer.status, 1000 * (time.monotonic() - began)))
    return found


@pytest.mark.parametrize(("failing", "state"), [(0, "OK"), (4, "OK"), (6, "ALARM")])
def test_failed_requests_raise_the_alarm_of_the_api(failing: int, state: str, calls: Recorder) -> None:
    """Not four of twenty alone: they may be one client's."""
    (api,) = APP.apis.values()
    statuses = [status for status, _ in answers(calls, failing=failing, of=20)]
    failed = [float(status >= 500) for status in statuses]
    emitted = {metric("5xx", ApiId=api.id): [failed] * 2, metric("Count", ApiId=api.id): [[1.0] * 20] * 2}
    assert alarms.state(ALARMS["ApiErrorsAlarm"], emitted) == state
    assert alarms.state(ALARMS["ApiErrorsAlarm"], {}) == "OK", "nobody calls"


@pytest.mark.parametrize(("slow", "state"), [(0, "OK"), (1, "ALARM")])
def test_slow_requests_raise_the_alarm_of_latency(slow: int, state: str, calls: Recorder) -> None:
    (api,) = APP.apis.values()
    for _ in range(slow):
        calls.meanwhile("batch_get_item", lambda: time.sleep(1.05))
    latencies = [ms for _, ms in answers(calls, failing=0, of=10)]
    if not slow:
        latencies = [min(ms, 900.0) for ms in latencies]  # this machine may stall
    emitted = {metric("Latency", ApiId=api.id): [latencies] * 3}
    assert alarms.state(ALARMS["ApiLatencyAlarm"], emitted) == state


@pytest.mark.parametrize(("token", "state"), [("e30.e30.forged", "OK"), (mint("anna"), "ALARM")])
def test_an_authorizer_without_a_good_secret_raises_its_alarm_and_forged_tokens_do_not(
    token: str, state: str, secrets_manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secrets_manager.create_secret(Name=uuid4().hex, SecretString="too short")["ARN"]
    monkeypatch.setenv("JWT_ALGORITHM", "HS256")
    monkeypatch.setenv("JWT_SECRET_ARN", secret)
    errors = []
    for _ in range(5):
        try:
            authorize.handler({"headers": {"authorization": f"Bearer {token}"}}, None)
            errors.append(0.0)
        except Misconfigured:
            errors.append(1.0)
    emitted = {metric("Errors", FunctionName=APP.functions["Authorize"].id): [errors]}
    assert alarms.state(ALARMS["AuthorizerErrorsAlarm"], emitted) == state


def test_a_table_that_throttles_raises_its_alarm(calls: Recorder) -> None:
    answers(calls, failing=12, of=12)
    refused = [1.0] * (12 - len(calls.made))  # the others never reached the table
    name = APP.tables["Table"].id
    alarm = ALARMS["ThrottlesAlarm"]
    assert alarms.state(alarm, {metric("ReadThrottleEvents", TableName=name): [refused]}) == "ALARM"
    assert alarms.state(alarm, {metric("ReadThrottleEvents", TableName=name): [refused[:5]]}) == "OK"
    assert alarms.state(alarm, {metric("Throttles"): [[5.0, 6.0]]}) == "ALARM"
    assert alarms.state(alarm, {}) == "OK"


RUNS = """
import json
from leaderboards.compute_leaderboards import handler
from laurels import clock, keys, storage
for minutes in {minutes}:
    about = json.loads(storage.get(keys.boards_current()))
    about["as_of"] = clock.iso_of(clock.now_ms() - minutes * 60_000)
    storage.put(keys.boards_current(), json.dumps(about).encode(), "application/json")
    try:
        handler({{}}, None)
    except Exception:
        pass
"""


def ages_of_boards(minutes: list[int]) -> Any:
    """The metrics that runs of the schedule write when the last version is so old. In a process of its own, because
    Powertools keeps dimensions for all of a process."""
    environment = os.environ | {"ENVIRONMENT": APP.functions["ComputeLeaderboards"].environment["ENVIRONMENT"]}
    path = os.pathsep.join(str(project.ROOT / each) for each in ("layers/shared", "functions"))
    done = subprocess.run(
        [sys.executable, "-c", RUNS.format(minutes=minutes)],
        env=environment | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return alarms.of_embedded(done.stdout)


def test_runs_that_fail_or_none_at_all_raise_the_alarm_of_boards(bucket: str, table: str) -> None:
    door.write(Put(encode(Standing("anna"))))
    assert computing.compute()["computed"]
    alarm = ALARMS["BoardsAgeAlarm"]
    assert alarms.state(alarm, ages_of_boards([15, 15, 15])) == "OK"
    door.write(Put(encode(Standing("boris")) | {"sc": b"damaged"}))  # from now on, each run fails
    emitted = ages_of_boards([31, 46, 61])
    assert emitted
    assert alarms.state(alarm, emitted) == "ALARM"
    assert alarms.state(alarm, {}) == "ALARM"


@pytest.mark.parametrize("name", ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
def test_an_execution_that_does_not_succeed_raises_the_alarm_of_the_state_machine(name: str) -> None:
    alarm, arn = ALARMS["BoardsMachineAlarm"], APP.machines["BoardsMachine"].arn
    assert alarms.state(alarm, {metric(name, StateMachineArn=arn): [[1.0]]}) == "ALARM"
    assert alarms.state(alarm, {metric("ExecutionsSucceeded", StateMachineArn=arn): [[1.0]]}) == "OK"


def test_no_alarm_is_forgotten_here() -> None:
    dead = {f"{queue.name}Alarm" for queue in APP.dead_letter_queues.values()}
    others = ("ApiErrors", "ApiLatency", "AuthorizerErrors", "BoardsAge", "BoardsMachine")
    queues_and_streams = ("OldestMessage", "Throttles", "StreamLag")
    assert ALARMS.keys() == dead | {f"{name}Alarm" for name in (*others, *queues_and_streams)}
