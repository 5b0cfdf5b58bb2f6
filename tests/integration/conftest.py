"""AWS for the integration tests: DynamoDB Local for the table, moto's server for queues and buckets."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlparse
from uuid import uuid4

import boto3
import pytest
from moto import backends
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from laurels import bus, settings
from laurels import table as door
from laurels.aws import client, connections
from laurels.standings import in_force
from local.template import loader
from local.template.application import Application
from tests.bridge import Bridge
from tests.dynamodb_local import server
from tests.integration.recorder import Recorder

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
MOTO_ACCOUNT = "123456789012"
STACK = uuid4().hex


class Queues(NamedTuple):
    """The FIFO queue of stat updates, its dead-letter queue, an SQS client, and all queue URLs by template name."""

    url: str
    dlq_url: str
    client: Any
    urls: dict[str, str]


@pytest.fixture(scope="session")
def application() -> Application:
    """The application that template.yaml describes."""
    return loader.load(TEMPLATE)


@pytest.fixture(scope="session", autouse=True)
def _hang_up() -> Iterator[None]:
    """Close idle connections at the end: the garbage collector would warn of open sockets, and warnings fail tests."""
    yield
    # No public way to close them: functions keep their connections open.
    while connections._idle:
        for each in connections._idle.popitem()[1]:
            each.close()


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The endpoint URL of moto's server."""
    modules = [*backends.list_of_moto_modules()]
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patched:
        # moto lists its own folder for each request, which takes longer than many a request.
        patched.setattr(backends, "list_of_moto_modules", lambda: modules)
        moto.start()
        host, port = moto.get_host_and_port()
        yield f"http://{host}:{port}"
        moto.stop()


@pytest.fixture(scope="session")
def secrets_manager(moto_server: str) -> Any:
    return boto3.client("secretsmanager", endpoint_url=moto_server)


@pytest.fixture(scope="session")
def cursor_secret(secrets_manager: Any) -> str:
    """The ARN of the secret that cursors are signed with."""
    return str(secrets_manager.create_secret(Name=uuid4().hex, SecretString="a secret of the tests")["ARN"])


@pytest.fixture
def jwt_secret(secrets_manager: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Configure HS256 with a secret of this test; return its value."""
    value = "a secret of the tests, long enough for HS256"
    arn = secrets_manager.create_secret(Name=uuid4().hex, SecretString=value)["ARN"]
    monkeypatch.setenv("JWT_ALGORITHM", "HS256")
    monkeypatch.setenv("JWT_SECRET_ARN", arn)
    return value


@pytest.fixture(scope="session")
def dynamodb(request: pytest.FixtureRequest) -> Iterator[str]:
    """The endpoint URL of DynamoDB Local, or of moto's server if it is not installed (in CI that fails)."""
    if server.installed():
        with server.running() as url:
            yield url
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"DynamoDB Local is not installed: {server.INSTALL}")
    yield request.getfixturevalue("moto_server")


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb: str) -> Any:
    """A boto3 client to set up and inspect tables without `laurels.table`."""
    return boto3.client("dynamodb", endpoint_url=dynamodb)


@pytest.fixture(autouse=True)
def _long_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise all time limits, so that no endpoint times out on a slow machine: the last of twenty concurrent writers
    waits for all the others."""
    for name in settings.TIME_LIMITS:
        monkeypatch.setenv(name, "300")


@pytest.fixture(autouse=True)
def _no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no process look again for what is in force because ten seconds have begun: tests count requests."""
    monkeypatch.setattr(in_force, "RECHECK", 10**15)


@pytest.fixture(autouse=True)
def table(
    dynamodb: str,
    dynamodb_client: Any,
    moto_server: str,
    cursor_secret: str,
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Create a table with the template's schema and set the environment as in a function; return its name."""
    name = f"laurels-{uuid4().hex}"
    dynamodb_client.create_table(TableName=name, **_schema(application.tables["Table"].properties))
    monkeypatch.setenv("TABLE_NAME", name)
    monkeypatch.setenv("CURSOR_SECRET_ARN", cursor_secret)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETSMANAGER", moto_server)
    # Most tests read without a token what nobody has hidden. The defaults of the stack are tested in visibility/.
    monkeypatch.setenv("DEFAULT_VISIBILITY", "public")
    monkeypatch.setenv("EVENT_SOURCE", "/laurels/test")
    monkeypatch.setenv("EVENT_BUS_NAME", "laurels-test")
    monkeypatch.setenv("TOMBSTONE_SECRET", "another secret of the tests")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)
    yield name
    dynamodb_client.delete_table(TableName=name)


@pytest.fixture
def calls(table: str, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Record the requests to DynamoDB from now on, and inject faults into them."""
    recorder = Recorder(door._call)
    # Private, because every request passes through it: faults and capacity are seen below all public functions.
    monkeypatch.setattr(door, "_call", recorder)
    return recorder


@pytest.fixture(scope="session")
def stack_of_queues(moto_server: str) -> Application:
    """The application that template.yaml describes, with moto's queues and a model that answers requests."""
    model = {"BedrockModelId": "a-model"}
    return loader.load(TEMPLATE, model, stack_name=STACK, account=MOTO_ACCOUNT, endpoint_url=moto_server)


@pytest.fixture(scope="session")
def sqs(moto_server: str) -> Any:
    return boto3.client("sqs", endpoint_url=moto_server)


@pytest.fixture
def queues(moto_server: str, stack_of_queues: Application, sqs: Any, monkeypatch: pytest.MonkeyPatch) -> Queues:
    """Create the template's queues and set their URLs in the environment, as in the functions."""
    # All queue names begin with the stack's name, so another stack name gives separate queues.
    name = uuid4().hex
    # In moto itself, whose server is a thread of this process: a request for each queue would take most of the time of
    # most tests.
    moto = get_backend("sqs")[MOTO_ACCOUNT][stack_of_queues.region]
    urls: dict[str, str] = {}
    for queue in sorted(stack_of_queues.queues.values(), key=lambda queue: "RedrivePolicy" in queue.properties):
        attributes: dict[str, Any] = {
            key: _attribute(value).replace(STACK, name) for key, value in queue.properties.items()
        }
        created = moto.create_queue(queue.id.replace(STACK, name), **attributes)
        urls[queue.name] = created.url(urlparse(moto_server))
        assert urls[queue.name] == str(queue.url).replace(STACK, name)
    variables = {item for function in stack_of_queues.functions.values() for item in function.environment.items()}
    for setting, value in variables:
        if (url := str(value).replace(STACK, name)) in urls.values():
            monkeypatch.setenv(setting, url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", moto_server)
    return Queues(urls["StatUpdatesQueue"], urls["StatUpdatesDeadLetters"], sqs, urls)


@pytest.fixture(scope="session")
def s3(moto_server: str) -> Any:
    return boto3.client("s3", endpoint_url=moto_server)


@pytest.fixture
def bucket(moto_server: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create an S3 bucket; return its name."""
    name = f"laurels-{uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_server)
    monkeypatch.setenv("BUCKET_NAME", name)
    return name


def _schema(properties: dict[str, Any]) -> dict[str, Any]:
    """Return CreateTable's parameters from CloudFormation's, without settings that only matter on AWS (TTL, PITR, …).

    The stream is left out too: DynamoDB Local keeps the streams of deleted tables and slows down with every test.
    """
    wanted = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in wanted if name in properties}


def _attribute(value: Any) -> str:
    """Return a queue's attribute as text, as SQS requires."""
    return value if isinstance(value, str) else json.dumps(value)


@pytest.fixture
def bridge(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Bridge:
    """Replace EventBridge by one that records what it takes; dead letters go to the queues of the template."""
    made = Bridge(client.call)
    monkeypatch.setattr(client, "call", made.call)
    monkeypatch.setattr(bus, "_FIRST_WAIT", 0.0)
    return made
