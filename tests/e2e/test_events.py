"""The bus of the running stack: an oracle over the table's history finds no event missing and none invented."""

import base64
import json
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator, FormatChecker

from laurels.standings.codec import decode
from laurels.streams import Change, _change
from local.contract import asyncapi
from tests.e2e.conftest import Service

Told = tuple[str, str, str]  # type, user, and what tells events of a user and type apart

DOCUMENT = json.loads(asyncapi.DOCUMENT.read_bytes())


def history(stack: Service) -> list[Change]:
    """Return all changes of the table so far, oldest first."""
    (table,) = stack.stack.application.tables.values()
    arn = stack.stack.clients("dynamodb").describe_table(TableName=table.id)["Table"]["LatestStreamArn"]
    streams = stack.stack.clients("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    found: list[Change] = []
    iterator = streams.get_shard_iterator(**where)["ShardIterator"]
    while True:
        page = streams.get_records(ShardIterator=iterator)
        if not page["Records"]:
            return found
        for record in page["Records"]:
            change = record["dynamodb"]
            change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
            found.append(_change(json.loads(json.dumps(record, default=_base64))))
        iterator = page["NextShardIterator"]


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def expected(changes: list[Change]) -> list[Told]:
    """Return the events that a history must have. Written anew, by what users see, and not by the product's rules."""
    facts: list[Told] = []
    erased = {
        change.new["user_id"]: change.at
        for change in changes
        if change.new and not change.old and change.key.PK.startswith("ERASURE#")
    }
    for change in changes:
        old, new, (partition, name) = change.old or {}, change.new or {}, change.key
        user = partition.removeprefix("USER#")
        if not new and change.at >= erased.get(user, change.at + 1):
            continue  # the erasure deletes the item, and has an event of its own
        match name.partition("#")[0]:
            case "PROFILE" if "erased_at" not in new and new:
                if not old:
                    facts.append(("user.created", user, ""))
                elif any(old.get(each) != new.get(each) for each in (*_SHOWN, "preferences", "avatar_error")):
                    facts.append(("user.updated", user, str(new["rev"])))
            case "ERASURE" if not old:
                facts.append(("user.erased", new["user_id"], ""))
            case "AWARD" if not (old and new):
                kind = "achievement.revoked" if old else "achievement.awarded"
                facts.append((kind, user, (old or new)["award_id"]))
            case "GOAL" if new.get("status") == "completed" and old.get("status") != "completed":
                facts.append(("goal.completed", user, f"{new['goal_id']} {new['completed_at']}"))
            case "SESSION" if "revoked_at" in new and "revoked_at" not in old:
                facts.append(("session.revoked", user, new["session_id"]))
            case "MEMBERSHIP" if not (old and new):
                facts.append((f"group.{'left' if old else 'joined'}", user, (old or new)["group_id"]))
            case "RESUME" | "REQUIREMENTS" as kind if not (old and new):
                facts.append((f"{kind.lower()}.{'deleted' if old else 'created'}", user, name.partition("#")[2]))
            case "PROCESSING" if partition.startswith("USER#") and old.get("status") != new.get("status"):
                what = "deleted" if not new else "finished" if old else "requested"
                facts.append((f"processing.{what}", user, new.get("processing_id") or old["processing_id"]))
            case "USER" if new and partition.startswith("STANDING#"):
                after, before = decode(new), decode(old) if old else None
                figures = [_figures(each) for each in (before, after)]
                if figures[0] != figures[1]:
                    facts.append(("stats.updated", after.user_id, json.dumps(figures[1])))
    return facts


_SHOWN = (
    *("display_name", "about", "avatar_url", "social_links", "location", "website", "phone_number", "language"),
    *("is_verified", "is_active"),
)


def _figures(standing: Any) -> list[Any]:
    if standing is None:
        return [[0] * 5, None, 0, 0]
    return [list(standing.counters.values()), standing.average_grade, standing.points, standing.achievements]


def as_told(event: dict[str, Any]) -> Told:
    name, data = event["type"].removeprefix("laurels.").removesuffix(".v1"), event["data"]
    part = ""
    match name:
        case "achievement.awarded" | "achievement.revoked":
            part = data["award_id"]
        case "goal.completed":
            part = f"{data['goal_id']} {data['completed_at']}"
        case "group.joined" | "group.left":
            part = data["group_id"]
        case "session.revoked":
            part = data["session_id"]
        case "stats.updated":
            part = json.dumps(
                [list(data["counters"].values()), data["average_grade"], data["points"], data["achievements"]]
            )
        case "user.updated":
            part = "rev"
        case _ if (kind := name.partition(".")[0]) in ("resume", "requirements", "processing"):
            part = data[f"{kind}_id"]
    return name, event["subject"], part


def _match_a_resume(stack: Service, token: str) -> None:
    wanted = stack.call("POST", "/requirements", token, {"text": "Python"}).json()["requirements_id"]
    resume = stack.call("POST", "/resumes", token, {"text": "Python", "requirements_id": wanted}).json()["resume_id"]
    started = stack.call("POST", "/processings", token, {"resume_id": resume, "requirements_id": wanted})
    assert started.status == 202
    stack.drain()
    assert stack.call("DELETE", f"/requirements/{wanted}", token).status == 204


@pytest.fixture(scope="module")
def events(stack: Service) -> list[dict[str, Any]]:
    """Do something of every kind, and return all events that are on the bus then."""
    ada, service, admin = stack.token("bus-ada", sid="s1"), stack.service(), stack.admin()
    bob = stack.token("bus-bob")
    made = [
        stack.call("POST", "/users/bus-bob/achievements", service, {"code": "bus-3", "title": "Z", "points": 2}),
        stack.call("POST", "/resumes", bob, {"text": "Python"}),
        stack.call("GET", "/users/me", ada),
        stack.call("PATCH", "/users/me", ada, {"display_name": "Ada", "phone_number": "+4930123456"}),
        stack.call("PATCH", "/users/me/preferences", ada, {"visibility": {"goals": "private"}}),
        stack.call("POST", "/users/me/sessions", ada, {}),
        stack.call("POST", "/users/me/goals", ada, {"title": "x", "target": {"metric": "tests_passed", "value": 3}}),
        stack.call("POST", "/users/bus-ada/achievements", service, {"code": "bus-1", "title": "X", "points": 5}),
        stack.call("POST", "/users/bus-ada/achievements", service, {"code": "bus-2", "title": "Y", "points": 1}),
        stack.call("POST", "/users/bus-ada/achievements", service, {"code": "bus-2", "title": "Y", "points": 1}),
        stack.call("DELETE", "/users/bus-ada/achievements/bus-1", service),
        stack.call("DELETE", "/users/me/sessions/s1", ada),
    ]
    assert not [answer for answer in made if answer.status >= 300], made
    _match_a_resume(stack, ada)
    group = stack.call("POST", "/groups", admin, {"kind": "class", "name": "7B"}).json()["group_id"]
    for member in ("bus-ada", "bus-bob"):
        assert stack.call("PUT", f"/groups/{group}/members/{member}", admin, {"role": "learner"}).status == 200
    assert stack.call("DELETE", f"/groups/{group}/members/me", ada).status == 204
    now = datetime.now(UTC)
    stack.send(
        {
            "event_id": f"bus-{number}",
            "user_id": "bus-ada" if number % 2 else "bus-bob",
            "source": "test",
            "occurred_at": (now - timedelta(days=number % 3)).isoformat(),
            "increments": {"tests_passed": 1},
        }
        for number in [*range(12), 3, 4, 5]
    )
    url = stack.queue_url("UserEventsQueue")
    for message in (
        {"type": "user.created", "user_id": 7001, "full_name": "Grace", "email": "grace@example.org"},
        {"event_type": "user.logged_in", "user_id": "7002"},
        {"event_type": "user.deleted", "user_id": "7003"},
    ):
        stack.sqs().send_message(QueueUrl=url, MessageBody=json.dumps(message))
    stack.drain()
    assert stack.call("DELETE", "/users/bus-bob", admin).status == 202
    stack.drain()
    return stack.stack.events()[0]


def test_no_event_is_missing_and_none_is_invented(stack: Service, events: list[dict[str, Any]]) -> None:
    once = {event["id"]: event for event in events}.values()
    rev = re.compile(r"^\d+$")
    wanted = [(name, user, rev.sub("rev", part)) for name, user, part in expected(history(stack))]
    others = ("streak.extended", "streak.at_risk")
    found = [facts for event in once if (facts := as_told(event))[0] not in others]
    assert sorted(found) == sorted(wanted)
    kinds = {as_told(event)[0] for event in once}
    assert kinds >= {name for name in DOCUMENT["components"]["messages"] if "." in name} - {"streak.at_risk"}


def test_each_event_fits_its_schema_and_the_strict_sdk(events: list[dict[str, Any]]) -> None:
    messages = DOCUMENT["components"]["messages"]
    checkers = {
        name: Draft202012Validator(
            {**message["payload"], "components": DOCUMENT["components"]}, format_checker=FormatChecker(["date-time"])
        )
        for name, message in messages.items()
    }
    for event in events:
        name = event["type"].removeprefix("laurels.").removesuffix(".v1")
        checkers[name].validate(event)
        Draft202012Validator(json.loads((asyncapi.SCHEMAS / f"{name}.v1.json").read_bytes())).validate(event["data"])
        attributes = {key: value for key, value in event.items() if key != "data"}
        CloudEvent(attributes | {"time": datetime.fromisoformat(event["time"])}, event["data"])
    assert not [event for event in events if "grace@example.org" in str(event) or "+4930123456" in str(event)]


def test_a_consumer_that_dedupes_by_id_sees_the_changes_of_an_item_in_order(
    stack: Service, events: list[dict[str, Any]]
) -> None:
    """In the order of their sequences, the events of a standing grow as its counters do."""
    by_user: dict[str, dict[str, Any]] = defaultdict(dict)
    for event in events:
        if event["type"] == "laurels.stats.updated.v1" and event["subject"].startswith("bus-"):
            by_user[event["subject"]].setdefault(event["id"], event)
    assert len(by_user) == 2
    for found in by_user.values():
        ordered = sorted(found.values(), key=lambda event: event["sequence"])
        assert len({event["sequence"] for event in ordered}) == len(ordered)
        counts = [event["data"]["counters"]["tests_passed"] for event in ordered]
        assert all(before <= after for before, after in pairwise(counts))
        assert counts[-1] == 6


def test_a_rule_with_a_filter_on_type_and_data_receives_just_those(stack: Service) -> None:
    bus = next(iter(stack.stack.application.buses.values())).id
    pattern = {
        "detail": {
            "type": ["laurels.achievement.awarded.v1"],
            "data": {"points": [{"numeric": [">=", 10]}], "code": [{"prefix": "rule-"}]},
        }
    }
    bridge, sqs = stack.stack.clients("events"), stack.sqs()
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bridge.put_rule(Name="listener", EventBusName=bus, EventPattern=json.dumps(pattern))
    bridge.put_targets(Rule="listener", EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
    for code, points in (("rule-a", 10), ("rule-b", 9), ("other", 50), ("rule-c", 30)):
        award = {"code": code, "title": "x", "points": points}
        assert stack.call("POST", "/users/bus-rule/achievements", stack.service(), award).status == 201
    assert stack.call("DELETE", "/users/bus-rule/achievements/rule-c", stack.service()).status == 204
    stack.drain()
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    heard = [json.loads(message["Body"])["detail"]["data"]["code"] for message in found]
    assert sorted(heard) == ["rule-a", "rule-c"]


def test_a_publisher_that_is_killed_again_and_again_leaves_nothing_out(stack: Service) -> None:
    codes = [f"killed-{number}" for number in range(12)]
    for number, code in enumerate(codes):
        award = {"code": code, "title": "x", "points": 1}
        assert stack.call("POST", "/users/bus-killed/achievements", stack.service(), award).status == 201
        if number % 2:
            stack.stack.functions.kill("PublishEvents")
    stack.drain()
    found = [event for event in stack.stack.events()[0] if event["subject"] == "bus-killed"]
    awarded = {
        event["id"]: event["data"]["code"] for event in found if event["type"] == "laurels.achievement.awarded.v1"
    }
    assert sorted(awarded.values()) == sorted(codes)


@pytest.fixture
def following(stack: Service) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "local", "events", "--follow", "--url", stack.url]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)
    yield process
    process.terminate()
    process.wait()
    assert process.stdout
    process.stdout.close()


def test_the_command_prints_events_as_they_come(stack: Service, following: "subprocess.Popen[str]") -> None:
    time.sleep(1)
    award = {"code": "followed", "title": "x", "points": 1}
    assert stack.call("POST", "/users/bus-followed/achievements", stack.service(), award).status == 201
    assert following.stdout
    for line in following.stdout:
        event = json.loads(line)
        if event["subject"] == "bus-followed" and event["type"] == "laurels.achievement.awarded.v1":
            break
    assert event["data"]["code"] == "followed"
