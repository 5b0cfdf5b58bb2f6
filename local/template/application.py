"""A SAM template as frozen data: functions, HTTP APIs, tables, queues, schedules, subscriptions."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Function:
    """A Lambda function. `name` is the logical id, `id` the physical name; `timeout` in seconds, `memory` in MB.

    `statements` are the inline IAM statements of its role. `retries` are those of asynchronous invocations;
    `on_failure` is the ARN of the queue that keeps those that fail for good, empty for none. `problem` says why it
    cannot run here, if it cannot.
    """

    name: str
    id: str
    arn: str
    handler: str
    runtime: str
    code: Path
    layers: tuple[Path, ...]
    environment: dict[str, str]
    timeout: int
    memory: int
    statements: tuple[dict[str, Any], ...]
    managed_policies: tuple[str, ...]
    retries: int
    on_failure: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer of an HTTP API. `ttl` in seconds; 0, or no identity source, means never cached.

    API Gateway waits `timeout` seconds for its answer.
    """

    name: str
    kind: str
    function: str
    identity_sources: tuple[str, ...]
    ttl: int
    simple: bool
    payload_version: str
    timeout: float = 10.0


@dataclass(frozen=True)
class Route:
    """One route of an HTTP API. `path` is "$default" for the one that takes what no other route does."""

    method: str
    path: str
    function: str | None
    authorizer: str | None
    timeout: float
    payload_version: str
    operation: dict[str, Any]

    @property
    def key(self) -> str:
        """As API Gateway writes it: "GET /v1/users/{user_id}", or "$default"."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class Api:
    """An HTTP API: its routes and authorizers as its OpenAPI body states them."""

    name: str
    id: str
    stage: str
    stage_variables: dict[str, str]
    routes: tuple[Route, ...]
    authorizers: dict[str, Authorizer]
    cors: dict[str, Any] | None
    body: dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A table, queue, bucket, secret, state machine, bus, rule or parameter: `id` is its name, `url` a queue's."""

    name: str
    kind: str
    id: str
    arn: str
    properties: dict[str, Any]
    url: str = ""


@dataclass(frozen=True)
class Consumer:
    """An event source mapping: a function fed from a queue. `window` in seconds."""

    name: str
    function: str
    source_arn: str
    batch_size: int
    window: float
    report_failures: bool
    concurrency: int | None
    enabled: bool
    properties: dict[str, Any]


@dataclass(frozen=True)
class StreamMapping:
    """An event source mapping: a function fed from the stream of `table`: a logical id, or the name of a table
    that is not of the template.

    `starts_at` is TRIM_HORIZON or LATEST; `window` and `max_age` in seconds; `parallel`: batches at once per shard.
    `filters` are event patterns, of which a record must match one, if there are any. `retries` and `max_age` are None
    for no limit. `on_failure` is the ARN of the queue that learns of records that are given up; empty for none.
    """

    name: str
    function: str
    function_arn: str
    source_arn: str
    table: str
    starts_at: str
    batch_size: int
    window: float
    parallel: int
    filters: tuple[dict[str, Any], ...]
    report_failures: bool
    bisect: bool
    retries: int | None
    max_age: float | None
    on_failure: str
    enabled: bool


@dataclass(frozen=True)
class Schedule:
    """A rule or schedule that invokes a function. `input` is the event as JSON text, if it is not the usual one."""

    name: str
    function: str
    expression: str
    input: str | None
    enabled: bool
    scheduler: bool
    arn: str


@dataclass(frozen=True)
class Subscription:
    """A rule of EventBridge that hands the events of `bus` that match `pattern` to a function."""

    name: str
    function: str
    bus: str
    pattern: dict[str, Any]


@dataclass(frozen=True)
class Application:
    """Everything one template describes, by logical id. `resources` is the whole evaluated CloudFormation template."""

    path: Path
    source: dict[str, Any]
    resources: dict[str, Any]
    parameters: dict[str, Any]
    stack_name: str
    region: str
    account: str
    functions: dict[str, Function]
    apis: dict[str, Api]
    tables: dict[str, Resource]
    queues: dict[str, Resource]
    buckets: dict[str, Resource]
    secrets: dict[str, Resource]
    machines: dict[str, Resource] = field(default_factory=dict)
    buses: dict[str, Resource] = field(default_factory=dict)
    rules: dict[str, Resource] = field(default_factory=dict)
    ssm_parameters: dict[str, Resource] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    streams: dict[str, StreamMapping] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        return tuple(route for api in self.apis.values() for route in api.routes)

    def with_timeouts_of(self, seconds: int) -> "Application":
        """A copy whose functions may take at least so long, and whose APIs wait for them that long."""
        apis = {}
        for name, api in self.apis.items():
            routes = tuple(replace(route, timeout=max(route.timeout, seconds)) for route in api.routes)
            authorizers = {
                key: replace(each, timeout=max(each.timeout, seconds)) for key, each in api.authorizers.items()
            }
            apis[name] = replace(api, routes=routes, authorizers=authorizers)
        functions = {
            name: replace(function, timeout=max(function.timeout, seconds)) for name, function in self.functions.items()
        }
        return replace(self, functions=functions, apis=apis)

    def queue_of(self, arn: str) -> Resource | None:
        return next((queue for queue in self.queues.values() if queue.arn == arn), None)

    @cached_property
    def dead_letter_queues(self) -> dict[str, Resource]:
        """Logical id of a queue, a stream's mapping or a function → its dead-letter queue."""
        found = {}
        for name, queue in self.queues.items():
            target = (queue.properties.get("RedrivePolicy") or {}).get("deadLetterTargetArn")
            if target and (dlq := self.queue_of(target)):
                found[name] = dlq
        for name, each in (self.streams | self.functions).items():
            if destination := self.queue_of(each.on_failure):
                found[name] = destination
        return found
