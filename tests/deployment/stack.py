"""Stacks that the real `sam deploy` makes on the engine, and how to use them."""

import json
import os
import subprocess
import tomllib
from dataclasses import replace
from typing import Any

from local.data.stores import create_inbox
from local.event_sources import bus_log, queues
from local.runtime.functions import Outcome
from local.template import loader
from local.template.application import Application, Resource
from tests.deployment.build import write
from tests.deployment.engine import CREDENTIALS, REGION, ROOT, SAM, Engine

SETTINGS = ROOT / "samconfig.toml"


class Deployment:
    """A deployed stack: its `status`, what its template describes, and the physical `ids` of its resources.

    The tests of tests/e2e use it as they use `local.stack.Stack`.
    """

    def __init__(self, engine: Engine, application: Application) -> None:
        self.engine, self.clients, self.endpoint_url = engine, engine.clients, engine.url
        name, formation = application.stack_name, engine.clients("cloudformation")
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=name)
        found = [each for page in pages for each in page["StackResourceSummaries"]]
        self.ids: dict[str, str] = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}
        (about,) = formation.describe_stacks(StackName=name)["Stacks"]
        self.status = str(about["StackStatus"])
        self.application = self._as_deployed(application)
        (api,) = application.apis
        # The API's address, without a host name that this machine would have to resolve.
        self.url = f"{engine.url}/_aws/execute-api/{self.ids[api]}/$default"
        self._bus_log: bus_log.BusLog | None = None

    def close(self) -> None:
        if self._bus_log:
            self._bus_log.stop()

    def tick(self, name: str) -> Outcome:
        return self.invoke(name, {})

    def invoke(self, name: str, event: Any) -> Outcome:
        """Run a function, and wait for it."""
        answer = self.clients("lambda").invoke(FunctionName=self.ids[name], Payload=json.dumps(event).encode())
        request_id = answer["ResponseMetadata"]["RequestId"]
        return Outcome(answer["Payload"].read(), "FunctionError" in answer, request_id)

    @property
    def functions(self) -> "Deployment":
        return self

    def queues(self) -> list[dict[str, Any]]:
        """Return the depth of each queue, as `local.stack.Stack.queues` does, and what functions have still to do."""
        consumed = {each.source_arn for each in self.application.consumers.values() if each.enabled}
        found = [
            self._queue(name, queue.url, consumed=queue.arn in consumed)
            for name, queue in self.application.queues.items()
        ]
        if self._bus_log:
            found.append(self._queue(self._bus_log.inbox.name, self._bus_log.inbox.url, consumed=True))
        left = self.engine.left()
        return [*found, {"name": "functions", "waiting": 0, "in_flight": left, "consumed": True, "idle": not left}]

    def _queue(self, name: str, url: str, *, consumed: bool) -> dict[str, Any]:
        return {"name": name, **queues.depth(url, self.clients("sqs")), "consumed": consumed, "idle": True}

    def remember_events(self) -> None:
        """From now on, keep the events of the bus for `events`."""
        (bus,) = self.application.buses.values()
        inbox = create_inbox(bus_log.everything_on(bus), self.application, self.clients)
        self._bus_log = bus_log.BusLog(inbox, self.clients("sqs"), lambda *_: None)

    def events(self, after: int = 0) -> tuple[list[Any], int]:
        assert self._bus_log
        return self._bus_log.after(after)

    def role_policies(self, role: str) -> dict[str, str]:
        """Return the inline policies of a role, by name, as JSON."""
        iam, found = self.clients("iam"), {}
        for name in iam.list_role_policies(RoleName=self.ids[role])["PolicyNames"]:
            document = iam.get_role_policy(RoleName=self.ids[role], PolicyName=name)["PolicyDocument"]
            found[name] = document if isinstance(document, str) else json.dumps(document)
        return found

    def put_role_policy(self, role: str, name: str, document: str) -> None:
        self.clients("iam").put_role_policy(RoleName=self.ids[role], PolicyName=name, PolicyDocument=document)

    def mend(self) -> None:
        """Make of the stack what AWS would have made of its template."""
        self._add_routes()
        self._allow_http()
        self._mend_roles()

    def _as_deployed(self, application: Application) -> Application:
        """Return what the template describes with the resources' physical names in place of predictable ones."""

        def named(resource: Resource) -> Resource:
            return replace(resource, id=self.ids[resource.name])

        addressed = {
            name: replace(queue, id=self.ids[name].rpartition("/")[2], url=self.ids[name])
            for name, queue in application.queues.items()
        }
        arns = {each["Name"]: each["ARN"] for each in self.clients("secretsmanager").list_secrets()["SecretList"]}
        secrets = {
            name: replace(secret, id=self.ids[name], arn=arns.get(self.ids[name], self.ids[name]))
            for name, secret in application.secrets.items()
        }
        return replace(
            application,
            queues=addressed,
            secrets=secrets,
            tables={name: named(table) for name, table in application.tables.items()},
            buckets={name: named(bucket) for name, bucket in application.buckets.items()},
            buses={name: named(bus) for name, bus in application.buses.items()},
        )

    def _allow_http(self) -> None:
        """Take the bucket's statement "only over TLS" away: the engine speaks HTTP."""
        s3, bucket = self.clients("s3"), self.ids["Bucket"]
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        policy["Statement"] = [each for each in policy["Statement"] if each["Sid"] != "OnlyOverTls"]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def _mend_roles(self) -> None:
        """Write into the roles what the engine takes for AWS's names.

        Its `Ref` of a secret is a name, which no request's ARN is; and it takes Converse for an action of its own, for
        which AWS asks bedrock:InvokeModel.
        """
        others = {f'"{secret.id}"': f'"{secret.arn}"' for secret in self.application.secrets.values()}
        others['"bedrock:InvokeModel"'] = '"bedrock:Converse"'
        for role, about in self.application.resources.items():
            if about["Type"] != "AWS::IAM::Role":
                continue
            for name, document in self.role_policies(role).items():
                mended = document
                for ours, its in others.items():
                    mended = mended.replace(ours, its)
                if mended != document:
                    self.put_role_policy(role, name, mended)

    def _add_routes(self) -> None:
        """Make the routes and authorizers that are missing: the engine drops the body of an HTTP API."""
        ((name, api),) = self.application.apis.items()
        gateway, functions, api_id = self.clients("apigatewayv2"), self.clients("lambda"), self.ids[name]

        def uri(function: str) -> str:
            arn = functions.get_function(FunctionName=self.ids[function])["Configuration"]["FunctionArn"]
            return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"

        authorizers = {each["Name"]: each["AuthorizerId"] for each in _all(gateway.get_authorizers, api_id)}
        for each in api.authorizers.values():
            if each.name not in authorizers:
                authorizers[each.name] = gateway.create_authorizer(
                    ApiId=api_id,
                    Name=each.name,
                    AuthorizerType="REQUEST",
                    AuthorizerUri=uri(each.function),
                    IdentitySource=[*each.identity_sources],
                    AuthorizerPayloadFormatVersion=each.payload_version,
                    EnableSimpleResponses=each.simple,
                    AuthorizerResultTtlInSeconds=each.ttl,
                )["AuthorizerId"]
        there = {each["RouteKey"] for each in _all(gateway.get_routes, api_id)}
        for route in api.routes:
            if route.key in there:
                continue
            assert route.function, route.key
            integration = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=uri(route.function),
                PayloadFormatVersion=route.payload_version,
            )["IntegrationId"]
            access = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizers.get(route.authorizer or "")}
            gateway.create_route(
                ApiId=api_id,
                RouteKey=route.key,
                Target=f"integrations/{integration}",
                **(access if route.authorizer else {}),
            )


def deploy(engine: Engine, template: dict[str, Any], environment: str, **parameters: str) -> Deployment:
    """Deploy a template as `make deploy ENV=…` does, with parameters beside those of samconfig.toml."""
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))[environment]["deploy"]["parameters"]
    every = dict(each.split("=", 1) for each in settings["parameter_overrides"]) | parameters
    path = write(_without_metric_math(template), engine.folder / "template.yaml")
    command = [str(SAM), "deploy", "--config-file", str(SETTINGS), "--config-env", environment, "--no-progressbar"]
    command += ["--template-file", str(path), "--parameter-overrides", *(f"{key}={every[key]}" for key in every)]
    # Without the test's own credentials, region and import path.
    here = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    here |= {**CREDENTIALS, "SAM_CLI_TELEMETRY": "0", "AWS_ENDPOINT_URL": engine.url, "HOME": str(engine.folder)}
    done = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"sam deploy: {done.stdout[-3000:]}{done.stderr[-1000:]}"
    stack = Deployment(engine, loader.load(path, every, stack_name=settings["stack_name"], region=REGION))
    stack.mend()
    return stack


def _without_metric_math(template: dict[str, Any]) -> dict[str, Any]:
    """Return a template without alarms that the engine refuses."""
    kept = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] != "AWS::CloudWatch::Alarm" or "Metrics" not in resource["Properties"]
    }
    return template | {"Resources": kept}


def _all(request: Any, api_id: str) -> list[dict[str, Any]]:
    """Return all items of a request to API Gateway."""
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        answer = request(ApiId=api_id, **token)
        found += answer["Items"]
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}
