"""Sample events match what AWS sends to their functions: routes, queues, schedules, rules."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema
import pytest

from local.contract.openapi import STAT_UPDATE
from local.template.application import Route
from tests.template import project
from tests.template.project import EVENTS, FunctionFile

APP = project.application()
ROUTES = {str(route.function): route for route in APP.routes}
ENDPOINTS = project.endpoint_files()

every_endpoint = pytest.mark.parametrize("file", ENDPOINTS, ids=str)


def sample(file: FunctionFile) -> tuple[dict[str, Any], Route]:
    event = project.sample_of(file)
    project.function_of(file)
    assert file.resource in ROUTES, f"{file.resource} has no HttpApi event in template.yaml: add one for {file.trigger}"
    return event, ROUTES[file.resource]


@every_endpoint
def test_a_request_is_routed_to_its_function(file: FunctionFile) -> None:
    event, route = sample(file)
    http = event["requestContext"]["http"]
    assert event["version"] == "2.0"
    name = f"events/{file}.json"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == route.key, f"{name}: set both routeKeys"
    assert (http["method"], http["path"]) == (route.method, event["rawPath"]), f"{name}: set requestContext.http"
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)
    match = re.fullmatch(pattern, event["rawPath"])
    assert match, f"{name}: set rawPath to a path of {route.path}"
    parts = {part: unquote(value) for part, value in match.groupdict().items()}
    assert parts == event.get("pathParameters", {}), f"{name}: set pathParameters to the parts of rawPath"
    others = {each.path for each in APP.routes if each.method == route.method} - {route.path}
    assert event["rawPath"] not in others, f"{name}: change rawPath, the gateway prefers the static route"


@every_endpoint
def test_a_request_carries_its_query_twice_and_its_headers_in_lower_case(file: FunctionFile) -> None:
    event, _ = sample(file)
    assert dict(parse_qsl(event["rawQueryString"])) == event.get("queryStringParameters", {})
    assert all(name == name.lower() and isinstance(value, str) for name, value in event["headers"].items())
    length = str(len(event.get("body", "").encode()))
    assert event["headers"]["content-length"] == length, f"events/{file}.json: set content-length to {length}"


@every_endpoint
def test_a_request_has_the_authorizer_s_context_if_there_is_one(file: FunctionFile) -> None:
    event, route = sample(file)
    if route.authorizer is None:
        assert "authorizer" not in event["requestContext"], f"events/{file}.json: {route.key} takes no token"
        return
    context = event["requestContext"].get("authorizer", {}).get("lambda", {})
    assert context, (
        f"events/{file}.json: {route.key} takes a token, so add the caller as requestContext.authorizer.lambda"
    )
    assert context["sub"]
    assert context.keys() <= {"sub", "roles", "scope", "sid", "name", "lang"}
    assert all(isinstance(value, str) for value in context.values()), (
        f"events/{file}.json: make all values of requestContext.authorizer.lambda strings"
    )
    assert event["headers"]["authorization"].startswith("Bearer ")


def test_no_sample_holds_a_token() -> None:
    found = [path.name for path in EVENTS.rglob("*.json") if re.search(r"\beyJ[\w-]+\.", path.read_text())]
    assert not found, f"delete the tokens from these files of events/: {found}"


@pytest.mark.parametrize("name", APP.consumers)
def test_a_batch_comes_from_the_function_s_queue(name: str) -> None:
    consumer = APP.consumers[name]
    queue = APP.queue_of(consumer.source_arn)
    (file,) = (file for file in project.function_files() if file.resource == consumer.function)
    records = project.sample_of(file)["Records"]
    assert queue is not None
    assert min(2, consumer.batch_size) <= len(records) <= consumer.batch_size
    for record in records:
        assert record["eventSource"] == "aws:sqs"
        assert queue.name in record["eventSourceARN"]
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()
    if queue.properties.get("FifoQueue"):
        assert all(record["eventSourceARN"].endswith(".fifo") for record in records)
        numbers = [int(record["attributes"]["SequenceNumber"]) for record in records]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("name", APP.streams)
def test_records_come_from_the_stream_of_the_table(name: str) -> None:
    mapping = APP.streams[name]
    (file,) = (file for file in project.function_files() if file.resource == mapping.function)
    records = project.sample_of(file)["Records"]
    assert 1 < len(records) <= mapping.batch_size
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    for record in records:
        assert record["eventSource"] == "aws:dynamodb"
        assert f"-{mapping.table}/stream/" in record["eventSourceARN"]
        change = record["dynamodb"]
        images = {"INSERT": {"NewImage"}, "MODIFY": {"NewImage", "OldImage"}, "REMOVE": {"OldImage"}}
        assert change.keys() & {"NewImage", "OldImage"} == images[record["eventName"]]
        for image in change.keys() & {"NewImage", "OldImage"}:
            assert {key: change[image][key] for key in ("PK", "SK")} == change["Keys"]


def test_sample_stat_updates_match_the_contract() -> None:
    schema = json.loads(STAT_UPDATE.read_bytes())
    records = json.loads((EVENTS / "stats/apply_stat_updates.json").read_bytes())["Records"]
    users = []
    for record in records:
        message = json.loads(record["body"])
        jsonschema.validate(message, schema)
        assert record["attributes"]["MessageGroupId"] == message["user_id"]
        content = hashlib.sha256(record["body"].encode()).hexdigest()
        assert record["attributes"]["MessageDeduplicationId"] == content  # the queue deduplicates by content
        users.append(message["user_id"])
    assert 1 < len(set(users)) < len(users), (
        "events/stats/apply_stat_updates.json: show several users, and several messages of one"
    )


@pytest.mark.parametrize("name", APP.subscriptions)
def test_an_event_matches_its_rule(name: str) -> None:
    subscription, (bucket,) = APP.subscriptions[name], APP.buckets.values()
    (file,) = (file for file in project.function_files() if file.resource == subscription.function)
    event = project.sample_of(file)
    assert [event["source"]] == subscription.pattern["source"] == ["aws.s3"]
    assert [event["detail-type"]] == subscription.pattern["detail-type"]
    detail, wanted = event["detail"], subscription.pattern["detail"]
    assert wanted["bucket"] == {"name": [bucket.id]}
    assert event["resources"] == [f"arn:aws:s3:::{detail['bucket']['name']}"]
    (key,) = wanted["object"]["key"]
    assert detail["object"]["key"].startswith(key["prefix"])


@pytest.mark.parametrize("name", APP.schedules)
def test_a_scheduled_event_names_its_rule(name: str) -> None:
    schedule = APP.schedules[name]
    (file,) = (file for file in project.function_files() if file.resource == schedule.function)
    event = project.sample_of(file)
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert all(":rule/" in arn and schedule.name in arn for arn in event["resources"])
