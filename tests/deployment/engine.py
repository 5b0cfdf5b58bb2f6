"""An engine that takes the real `sam deploy` and enforces IAM: MiniStack with AUTH=true.

It runs on an interpreter that has boto3 alone, as Lambda's runtime: a function finds what its layers bring, and no
more. What it does otherwise than AWS is mended after each deployment, in one place (`Engine._mend`).
"""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import yaml

from local.data.emulator import free_port
from local.template import loader, sam
from local.template.application import Application

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".aws-sam/build"
ENVIRONMENT = ROOT / ".venv/engine"
SAM = ROOT / ".venv/sam/bin/sam"
REGION, STACK = "us-east-1", "laurels"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
_START_LIMIT = 120.0  # seconds


class Engine:
    """A running engine at `url`. After `deploy`, `ids` has the physical ids of the stack's resources."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._template = folder / "template.yaml"
        self._session = boto3.Session(
            CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=REGION
        )
        self.application = self._without_metric_math()
        self.ids: dict[str, str] = {}

    def client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self.url)

    @property
    def base_url(self) -> str:
        """The API's address, without a host name that this machine would have to resolve."""
        (api,) = self.application.apis
        return f"{self.url}/_aws/execute-api/{self.ids[api]}/$default"

    def deploy(self, parameters: dict[str, str]) -> str:
        """Deploy what is built, as `make deploy` does, with these parameters. Return the stack's status."""
        command = [str(SAM), "deploy", "--template-file", str(self._template), "--stack-name", STACK, "--resolve-s3"]
        command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
        command += [
            "--no-progressbar",
            "--parameter-overrides",
            *(f"{name}={value}" for name, value in parameters.items()),
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._template.parent), "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run(
            command,
            env=environment | CREDENTIALS | {"AWS_ENDPOINT_URL": self.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        found = [each for page in pages for each in page["StackResourceSummaries"]]
        self.ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}
        self._mend()
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return str(stack["StackStatus"])

    def _without_metric_math(self) -> Application:
        """Write the built template without alarms that the engine refuses, and return what it describes."""
        template = sam.parse((BUILT / "template.yaml").read_text(encoding="utf-8"))
        for name, resource in [*template["Resources"].items()]:
            if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]:
                del template["Resources"][name]
            for key in ("CodeUri", "ContentUri"):
                if isinstance(path := resource.get("Properties", {}).get(key), str):
                    resource["Properties"][key] = str((BUILT / path).resolve())
        plain = json.loads(json.dumps(template))  # the parser's own kinds of dict have no YAML
        self._template.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
        return loader.load(self._template, stack_name=STACK)

    def _mend(self) -> None:
        # It drops the body of an HTTP API.
        if not self.client("apigatewayv2").get_routes(ApiId=self.ids[next(iter(self.application.apis))])["Items"]:
            self._add_routes()
        # It speaks HTTP, and this policy denies that.
        self.client("s3").delete_bucket_policy(Bucket=self.ids["Bucket"])
        # Its `Ref` of a secret is a name, which no request's ARN matches.
        secrets = {each["Name"]: each["ARN"] for each in self.client("secretsmanager").list_secrets()["SecretList"]}
        iam = self.client("iam")
        for name, about in self.application.resources.items():
            if about["Type"] != "AWS::IAM::Role":
                continue
            role = self.ids[name]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                text = document if isinstance(document, str) else json.dumps(document)
                for secret, arn in secrets.items():
                    text = text.replace(f'"{secret}"', f'"{arn}"')
                iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=text)

    def _add_routes(self) -> None:
        ((name, api),) = self.application.apis.items()
        gateway, functions = self.client("apigatewayv2"), self.client("lambda")

        def uri(function: str) -> str:
            arn = functions.get_function(FunctionName=self.ids[function])["Configuration"]["FunctionArn"]
            return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"

        authorizers, api_id = {}, self.ids[name]
        for each in api.authorizers.values():
            made = gateway.create_authorizer(
                ApiId=api_id,
                Name=each.name,
                AuthorizerType="REQUEST",
                AuthorizerUri=uri(each.function),
                IdentitySource=[*each.identity_sources],
                AuthorizerPayloadFormatVersion=each.payload_version,
                EnableSimpleResponses=each.simple,
                AuthorizerResultTtlInSeconds=each.ttl,
            )
            authorizers[each.name] = made["AuthorizerId"]
        for route in api.routes:
            assert route.function, route.key
            made = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=uri(route.function),
                PayloadFormatVersion=route.payload_version,
            )
            more = (
                {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizers[route.authorizer]}
                if route.authorizer
                else {}
            )
            gateway.create_route(
                ApiId=api_id, RouteKey=route.key, Target=f"integrations/{made['IntegrationId']}", **more
            )


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """Start the engine, and stop it in the end. Its log and its files are in the folder."""
    (packages,) = (ENVIRONMENT / "lib").glob("python3*/site-packages")
    start = f"import sys; sys.path.append({str(packages)!r}); from ministack.app import main; main()"
    port = free_port()
    settings = {
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "MINISTACK_REGION": REGION,
        "AUTH": "true", "LOG_LEVEL": "INFO", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent", "HOME": str(folder), "TMPDIR": str(folder), "PATH": os.defpath,
    }  # fmt: skip
    with (folder / "engine.log").open("wb") as log:
        bare = ENVIRONMENT / "runtime/bin/python"
        engine = subprocess.Popen([str(bare), "-c", start], env=settings, stdout=log, stderr=log)
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + _START_LIMIT
        while True:
            try:
                urllib.request.urlopen(f"{url}/_ministack/health", timeout=5)
                break
            except OSError:
                assert engine.poll() is None, f"{folder}/engine.log says why"
                assert time.monotonic() < deadline, f"{folder}/engine.log says why"
                time.sleep(0.1)
        yield Engine(url, folder)
    finally:
        engine.kill()
        engine.wait()
