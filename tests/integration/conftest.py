"""AWS for the integration tests: DynamoDB Local for the table, moto's server for queues and buckets."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from laurels import table as table_door
from tests.dynamodb_local import server
from tests.integration.recorder import Recorder

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


class Queues(NamedTuple):
    """The stat updates' FIFO queue and its dead-letter queue, with a client to look into them."""

    url: str
    dlq_url: str
    client: Any


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The endpoint URL of moto's server."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture(scope="session")
def dynamodb(request: pytest.FixtureRequest) -> Iterator[str]:
    """The endpoint URL of DynamoDB Local, or of moto's server where it is not installed (never so in CI)."""
    if server.installed():
        with server.running() as url:
            yield url
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"DynamoDB Local is not installed: {server.INSTALL}")
    yield request.getfixturevalue("moto_server")


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb: str) -> Any:
    """A plain client for arranging and looking, past the door."""
    return boto3.client("dynamodb", endpoint_url=dynamodb)


@pytest.fixture(autouse=True)
def table(dynamodb: str, dynamodb_client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh table of the template's schema; its name. The environment is as in a function."""
    name = f"laurels-{uuid4().hex}"
    dynamodb_client.create_table(TableName=name, **_schema())
    monkeypatch.setenv("TABLE_NAME", name)
    monkeypatch.setenv("CURSOR_SECRET", "a secret of the tests")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)
    yield name
    dynamodb_client.delete_table(TableName=name)


@pytest.fixture
def calls(table: str, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What goes through the door to DynamoDB from now on, and faults to inject there."""
    recorder = Recorder(table_door._call)
    monkeypatch.setattr(table_door, "_call", recorder)
    return recorder


@pytest.fixture
def queues(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    """Fresh FIFO queues for stat updates, the second the dead-letter queue of the first (5 receives)."""
    client = boto3.client("sqs", endpoint_url=moto_server)
    name = uuid4().hex
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    dlq_url = client.create_queue(QueueName=f"{name}-dlq.fifo", Attributes=fifo)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dlq_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 5}}'
    url = client.create_queue(QueueName=f"{name}.fifo", Attributes={**fifo, "RedrivePolicy": redrive})["QueueUrl"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", moto_server)
    monkeypatch.setenv("STAT_UPDATES_QUEUE_URL", url)
    monkeypatch.setenv("STAT_UPDATES_DLQ_URL", dlq_url)
    yield Queues(url, dlq_url, client)


@pytest.fixture
def bucket(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh S3 bucket; its name."""
    name = f"laurels-{uuid4().hex}"
    client = boto3.client("s3", endpoint_url=moto_server)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_server)
    monkeypatch.setenv("BUCKET_NAME", name)
    yield name


class _Tagged(yaml.SafeLoader):
    """Reads a template past CloudFormation's tags (`!Ref`, `!Sub`, …), which the schema does not use."""


_Tagged.add_multi_constructor("!", lambda *_: None)


def _schema() -> dict[str, Any]:
    """CreateTable's parameters from the template's `Table`, without what only matters in the cloud (TTL, PITR, …)."""
    if not TEMPLATE.exists():
        return _SCHEMA_WITHOUT_A_TEMPLATE
    properties = yaml.load(TEMPLATE.read_text(), _Tagged)["Resources"]["Table"]["Properties"]
    wanted = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "BillingMode")
    schema = {name: properties[name] for name in wanted if name in properties}
    if stream := properties.get("StreamSpecification"):
        schema["StreamSpecification"] = {"StreamEnabled": True, **stream}
    return schema


_SCHEMA_WITHOUT_A_TEMPLATE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
