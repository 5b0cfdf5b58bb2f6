"""The toy application with its data plane: served objects, secrets, stores, schedules, control routes."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.data import stores
from local.stack import Stack
from local.tokens import JWT_SECRET
from tests.integration.local.conftest import TOY
from tests.unit.local.calls import call

# ---- objects behind CloudFront -------------------------------------------------------------------


def test_only_objects_that_the_bucket_policy_allows_are_served(stack: Any) -> None:
    client, bucket = stack.clients("s3"), stack.application.buckets["Bucket"].id
    about = {"ContentType": "text/plain", "CacheControl": "public"}
    for name in ("shown/a b", "hidden/a"):
        client.put_object(Bucket=bucket, Key=name, Body=b"12345", **about)
    shown = call(f"{stack.url}/shown/a%20b")
    assert (shown.status, shown.body) == (200, b"12345")
    assert [shown.headers.get(name) for name in ("content-type", "cache-control")] == ["text/plain", "public"]
    assert call(f"{stack.url}/shown/b").status == 403
    for hidden in (
        "hidden/a",
        "shown/../hidden/a",
        "shown/%2e%2e/hidden/a",
        "shown/..%2Fhidden/a",
        "//shown/../hidden/a",
    ):
        assert call(f"{stack.url}/{hidden}").status in (403, 404)
    assert call(f"{stack.url}/shown/a%20b", "DELETE").status == 404
    assert call(f"{stack.url}/shown/a%20b").status == 200


# ---- secrets, stores -----------------------------------------------------------------------------


def test_secrets_are_resolved_in_a_functions_environment(stack: Any) -> None:
    actual = call(f"{stack.url}/echo/1").json()["environment"]
    assert actual["TOKEN_SECRET"] == JWT_SECRET
    stored = stack.clients("secretsmanager").get_secret_value(SecretId="toy/other")["SecretString"]
    assert json.loads(stored) == {"who": "toy", "key": actual["OTHER_SECRET"]}
    assert len(actual["OTHER_SECRET"]) == 20


def test_a_function_gets_the_endpoint_url_of_the_data_plane(stack: Any) -> None:
    actual = call(f"{stack.url}/echo/1").json()["environment"]
    assert actual["AWS_ENDPOINT_URL"] == stack.endpoint_url
    assert actual["QUEUE_URL"].startswith(stack.endpoint_url)


def test_a_function_gets_the_environment_of_the_stack(stack: Any) -> None:
    assert call(f"{stack.url}/echo/1").json()["environment"]["ADDED"] == "here"


def test_the_table_has_its_keys_stream_and_time_to_live(stack: Any) -> None:
    client = stack.clients("dynamodb")
    table = client.describe_table(TableName="laurels-Table")["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["PK", "SK"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    ttl = client.describe_time_to_live(TableName="laurels-Table")["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires")


def test_queues_have_the_properties_of_the_template(stack: Any) -> None:
    queue = stack.application.queues["WorkQueue"]
    found = stack.clients("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])["Attributes"]
    assert (found["FifoQueue"], found["DeduplicationScope"], found["VisibilityTimeout"]) == (
        "true",
        "messageGroup",
        "120",
    )
    redrive = json.loads(found["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"] == stack.application.queues["WorkDeadLetters"].arn


def test_creating_existing_stores_and_secrets_changes_nothing(stack: Any) -> None:
    before = stack.clients("secretsmanager").get_secret_value(SecretId="toy/other")["SecretString"]
    stores.create_secrets(stack.application, stack.clients)
    stores.create_stores(stack.application, stack.clients)
    assert stack.clients("secretsmanager").get_secret_value(SecretId="toy/other")["SecretString"] == before


def test_a_missing_secret_is_named_in_the_error(stack: Any) -> None:
    with pytest.raises(stores.DataPlaneError, match="secretsmanager:nowhere"):
        stores.resolve("{{resolve:secretsmanager:nowhere}}", stack.application, stack.clients)


def test_two_stacks_share_no_data(stack: Any, tmp_path: Path) -> None:
    other = Stack(TOY, 0, log_path=tmp_path / "other.log")
    try:
        item = {"PK": {"S": "a"}, "SK": {"S": "b"}}
        other.clients("dynamodb").put_item(TableName="laurels-Table", Item=item)
        assert stack.clients("dynamodb").scan(TableName="laurels-Table")["Items"] == []
    finally:
        other.close()


# ---- schedules and control routes ----------------------------------------------------------------


def test_a_tick_sends_the_event_of_the_schedule(stack: Any) -> None:
    event = stack.tick("Tick").value()["saw"]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == [stack.application.schedules["TickQuarter"].arn]
    assert event["time"].endswith("Z")


def test_state_lists_the_endpoint_tables_and_queues(stack: Any) -> None:
    state = call(f"{stack.url}/_local/state").json()
    assert state["endpoint_url"] == stack.endpoint_url
    assert state["tables"] == {"Table": "laurels-Table"}
    assert state["queues"]["WorkQueue"] == stack.application.queues["WorkQueue"].url


def test_a_function_is_invoked_with_a_given_event_or_its_schedules_event(stack: Any) -> None:
    given = call(f"{stack.url}/_local/invoke/Tick", "POST", b'{"a": 1}').json()
    assert given == {"failed": False, "payload": {"saw": {"a": 1}}}
    ticked = call(f"{stack.url}/_local/invoke/Tick", "POST").json()
    assert ticked["payload"]["saw"]["source"] == "aws.events"
    failed = call(f"{stack.url}/_local/invoke/Broken", "POST").json()
    assert failed["failed"] is True


def test_a_web_page_cannot_control_the_stack(stack: Any) -> None:
    headers = [("Origin", "https://evil.example")]
    assert call(f"{stack.url}/_local/state", headers=headers).status == 403
    assert call(f"{stack.url}/_local/invoke/Tick", "POST", headers=headers).status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1.evil.example:{port}"])
def test_control_routes_accept_only_the_stacks_own_host(stack: Any, host: str) -> None:
    port = urlsplit(stack.url).port
    headers = [("Host", host.format(port=port))]
    assert call(f"{stack.url}/_local/state", headers=headers).status == 403
    assert call(f"{stack.url}/_local/invoke/Tick", "POST", headers=headers).status == 403
    assert call(f"{stack.url}/_local/state", headers=[("Host", f"LocalHost:{port}")]).status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "nothing"), ("POST", "invoke/Nobody"), ("GET", "queues/None")])
def test_unknown_control_routes_functions_and_queues_return_404(stack: Any, method: str, path: str) -> None:
    assert call(f"{stack.url}/_local/{path}", method).status == 404
