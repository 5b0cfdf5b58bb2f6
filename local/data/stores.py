"""The application's stores (table, queues, buckets, secrets, buses), created at any AWS endpoint.

Creating an existing one is harmless.
"""

import json
import os
import re
import secrets
import string
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.template.application import Application, Resource, Subscription
from local.tokens import JWT_SECRET

_REFERENCE = re.compile(r"\{\{resolve:(secretsmanager|ssm|ssm-secure):([^}]*)\}\}")
_TABLE_KEYS = (
    "TableName",
    "KeySchema",
    "AttributeDefinitions",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)
_QUEUE_KEYS = (
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "RedriveAllowPolicy",
)


class DataPlaneError(Exception):
    """The endpoint refuses a request; the message is for the user."""


class Clients:
    """boto3 clients of one endpoint, each made once; AWS_ENDPOINT_URL_<SERVICE> in the environment comes first."""

    def __init__(self, endpoint_url: str | None, region: str) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        with self._lock:
            if service not in self._made:
                self._made[service] = self._make(service)
            return self._made[service]

    def close(self) -> None:
        with self._lock:
            for client in self._made.values():
                client.close()

    def _make(self, service: str) -> Any:
        # The table's streams are where the table is.
        store = "dynamodb" if service == "dynamodbstreams" else service
        own_endpoint = os.environ.get(f"AWS_ENDPOINT_URL_{store.upper()}")
        endpoint = own_endpoint or self.endpoint_url
        dummy = not {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & os.environ.keys()
        if dummy and not endpoint:
            raise DataPlaneError("neither AWS credentials nor an endpoint are given (AWS_ENDPOINT_URL)")
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=self.region,
            aws_access_key_id="test" if dummy else None,
            aws_secret_access_key="test" if dummy else None,
            config=Config(max_pool_connections=64, connect_timeout=5, retries={"mode": "standard"}),
        )


def create_secrets(application: Application, clients: Clients) -> None:
    for secret in application.secrets.values():
        create = partial(clients("secretsmanager").create_secret, Name=secret.id, SecretString=_secret_value(secret))
        _quietly(create, "ResourceExistsException")
    for parameter in application.ssm_parameters.values():
        value, kind = str(parameter.properties.get("Value")), parameter.properties.get("Type", "String")
        _quietly(partial(clients("ssm").put_parameter, Name=parameter.id, Value=value, Type=kind, Overwrite=True))


def create_stores(application: Application, clients: Clients) -> None:
    """Tables, queues, buckets and buses."""
    with ThreadPoolExecutor(4) as executor:
        work = [executor.submit(_create_queues, application, clients)]
        work += [executor.submit(_create_table, table, clients) for table in application.tables.values()]
        work += [executor.submit(_create_bucket, bucket, clients) for bucket in application.buckets.values()]
        work += [executor.submit(_create_bus, bus, clients) for bus in application.buses.values()]
        for each in work:
            each.result()


def create_inbox(subscription: Subscription, application: Application, clients: Clients) -> Resource:
    """Create the queue that receives a subscription's events in place of its function."""
    sqs, events, name = clients("sqs"), clients("events"), f"{application.stack_name}-{subscription.name}-events"
    where = {"EventBusName": subscription.bus}
    try:
        # Longer than any function may run, so that an event in progress is not delivered twice.
        url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "1000"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventPattern=json.dumps(subscription.pattern), **where)
        events.put_targets(Rule=name, Targets=[{"Id": "inbox", "Arn": arn}], **where)
    except (ClientError, BotoCoreError) as reason:
        raise DataPlaneError(f"the data plane takes no rule {subscription.name}: {reason}") from None
    return Resource(subscription.name, "AWS::SQS::Queue", name, arn, {}, url)


def resolve(text: str, application: Application, clients: Clients) -> str:
    """Return the text with its `{{resolve:…}}` references replaced by their values.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    return _REFERENCE.sub(lambda match: _look_up(match.group(1), match.group(2), application, clients), text)


def _look_up(service: str, reference: str, application: Application, clients: Clients) -> str:
    try:
        if service != "secretsmanager":
            answer = clients("ssm").get_parameter(Name=reference.partition(":")[0], WithDecryption=True)
            return str(answer["Parameter"]["Value"])
        parts = reference.split(":")
        end = 7 if reference.startswith("arn:") else 1
        name, key = ":".join(parts[:end]), "".join(parts[end + 1 : end + 2])
        # An ARN ends in random characters, so find the secret by its name.
        name = next((secret.id for secret in application.secrets.values() if secret.arn == name), name)
        value = str(clients("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
        return str(json.loads(value)[key]) if key else value
    except (ClientError, BotoCoreError, DataPlaneError, KeyError, ValueError) as reason:
        raise DataPlaneError(f"cannot resolve {service}:{reference}: {reason}") from None


def _secret_value(secret: Resource) -> str:
    if "SecretString" in secret.properties:
        return str(secret.properties["SecretString"])
    if "jwt" in secret.name.lower():
        return JWT_SECRET
    about = secret.properties.get("GenerateSecretString", {})
    letters = string.ascii_letters + string.digits
    value = "".join(secrets.choice(letters) for _ in range(int(about.get("PasswordLength", 32))))
    if "GenerateStringKey" in about:
        whole = json.loads(about.get("SecretStringTemplate", "{}"))
        return json.dumps(whole | {about["GenerateStringKey"]: value})
    return value


def _create_table(table: Resource, clients: Clients) -> None:
    definition = {key: table.properties[key] for key in _TABLE_KEYS if key in table.properties}
    definition["TableName"] = table.id
    if stream := table.properties.get("StreamSpecification"):
        definition["StreamSpecification"] = {"StreamEnabled": True, **stream}
    client = clients("dynamodb")
    _quietly(partial(client.create_table, **definition), "ResourceInUseException")
    client.get_waiter("table_exists").wait(TableName=table.id, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    if ttl := table.properties.get("TimeToLiveSpecification"):
        setting = {"AttributeName": ttl["AttributeName"], "Enabled": _attribute(ttl.get("Enabled", True)) == "true"}
        # The endpoint refuses a setting that is in place already.
        change = partial(client.update_time_to_live, TableName=table.id, TimeToLiveSpecification=setting)
        _quietly(change, "ValidationException")


def _create_queues(application: Application, clients: Clients) -> None:
    """Create dead-letter queues first: a queue may only name an existing one."""
    dead_letters = {queue.name for queue in application.dead_letter_queues.values()}
    for queue in sorted(application.queues.values(), key=lambda queue: queue.name not in dead_letters):
        attributes = {key: _attribute(queue.properties[key]) for key in _QUEUE_KEYS if key in queue.properties}
        if attributes.get("FifoQueue") == "false":
            del attributes["FifoQueue"]  # SQS takes it only as true
        create = partial(clients("sqs").create_queue, QueueName=queue.id, Attributes=attributes)
        _quietly(create, "QueueNameExists", "QueueAlreadyExists")


def _create_bus(bus: Resource, clients: Clients) -> None:
    _quietly(partial(clients("events").create_event_bus, Name=bus.id), "ResourceAlreadyExistsException")


def _attribute(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _create_bucket(bucket: Resource, clients: Clients) -> None:
    client = clients("s3")
    place: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": clients.region}}
    if clients.region == "us-east-1":
        place = {}  # the one region that must not be named
    create = partial(client.create_bucket, Bucket=bucket.id, **place)
    _quietly(create, "BucketAlreadyOwnedByYou", "BucketAlreadyExists")
    if rules := bucket.properties.get("CorsConfiguration", {}).get("CorsRules"):
        renamed = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
        cors = [{renamed.get(key, key): value for key, value in rule.items()} for rule in rules]
        client.put_bucket_cors(Bucket=bucket.id, CORSConfiguration={"CORSRules": cors})
    bridge = bucket.properties.get("NotificationConfiguration", {}).get("EventBridgeConfiguration")
    if bridge and _attribute(bridge.get("EventBridgeEnabled", True)) == "true":
        settings: dict[str, Any] = {"EventBridgeConfiguration": {}}
        client.put_bucket_notification_configuration(Bucket=bucket.id, NotificationConfiguration=settings)


def _quietly(call: Callable[[], Any], *harmless: str) -> None:
    try:
        call()
    except ClientError as reason:
        code = reason.response.get("Error", {}).get("Code", "")
        if not any(code.endswith(each) for each in harmless):
            raise DataPlaneError(str(reason)) from None
    except BotoCoreError as reason:
        raise DataPlaneError(f"the data plane does not answer: {reason}") from None
