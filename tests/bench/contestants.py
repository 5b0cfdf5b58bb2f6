"""The measured functions: ours, as `sam build` makes them, and the peers, which get a profile."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from laurels.aws import connections
from laurels.settings import TIME_LIMITS
from local import tokens
from tests.bench import built, certificate, peer_layers, samples

HERE = Path(__file__).parent
FLOOR, PLAIN, POWERTOOLS, FASTAPI, SEED = "floor", "plain", "powertools", "fastapi", "seed"
AUTHORIZER = "authorizer"
GET, PATCH, POST = "GET profile", "PATCH profile", "POST award"
CONSUMER, SCHEDULE = "queue consumer", "schedule"
UNCOMPILED = f"{GET}, no .pyc"

# The environment that Lambda gives every function, without the developer's own variables.
LAMBDA = {
    "PATH": os.environ.get("PATH", ""),
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "LAMBDA_TASK_ROOT": "/var/task",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjE" + "x" * 700,
    "AWS_CONFIG_FILE": "/nowhere/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
    "AWS_EC2_METADATA_DISABLED": "true",
    # Tracing is on, and X-Ray does not sample this request, as for 19 of 20 requests.
    "_X_AMZN_TRACE_ID": "Root=1-691f5c3d-0a1b2c3d4e5f60718293a4b5;Parent=0a1b2c3d4e5f6071;Sampled=0",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
    "PYTHONDONTWRITEBYTECODE": "1",  # /opt and /var/task are read-only there
}


@dataclass(frozen=True)
class Endpoint:
    """The address of the stand-in for AWS, and the CA bundles if it uses TLS: the peers trust all authorities of
    this machine, as boto3 does its own; we trust the few of laurels.aws.connections. Both trust the stub too."""

    url: str
    peers_trust: Path | None = None
    we_trust: Path | None = None

    def environment(self, bundle: Path | None) -> dict[str, str]:
        trust = {"AWS_CA_BUNDLE": str(bundle), "SSL_CERT_FILE": str(bundle)} if bundle else {}
        return {"AWS_ENDPOINT_URL": self.url, **trust}


@dataclass(frozen=True)
class Contestant:
    """A handler and what it needs. `events` are used in turn; the first one is for the cold start."""

    name: str
    handler: str
    paths: tuple[Path, ...]
    environment: dict[str, str]
    events: tuple[dict[str, Any], ...]
    memory: int = 512

    def run(self, warm_ups: int = 0, calls: int = 0, flags: tuple[str, ...] = ()) -> dict[str, Any]:
        """Run child.py in a new process and return its result, in CPU seconds. `flags` go to the interpreter."""
        command = [
            peer_layers.interpreter(),
            "-sSP",
            *flags,
            str(HERE / "child.py"),
            self.handler,
            str(warm_ups),
            str(calls),
        ]
        done = subprocess.run(
            command,
            input="".join(json.dumps(event) + "\n" for event in self.events),
            env={**LAMBDA, **self.environment, "PYTHONPATH": os.pathsep.join(map(str, self.paths))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name} fails:\n{done.stderr}")
        said: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
        answer = said["answer"]
        if isinstance(answer, dict) and (answer.get("statusCode", 200) >= 300 or answer.get("batchItemFailures")):
            raise RuntimeError(f"{self.name} answers {answer}\n{done.stderr}")
        return said | {"stderr": done.stderr}


def ours(endpoint: Endpoint) -> list[Contestant]:
    """One of our functions of each kind. `endpoint` stands in for all of AWS."""
    application = built.application()
    _, get = samples.http(application, "GET", f"/v1/users/{samples.USER}")
    _, patch = samples.http(
        application, "PATCH", f"/v1/users/{samples.USER}", body={"location": "Kutaisi", "about": "!"}
    )
    award_body = {"code": "first-homework"}
    _, award = samples.http(
        application, "POST", f"/v1/users/{samples.USER}/achievements", body=award_body, scope="awards:write"
    )
    kinds = {
        AUTHORIZER: ("Authorize", token()),
        GET: ("GetProfile", get),
        PATCH: ("UpdateProfile", patch),
        POST: ("AwardAchievement", award),
        CONSUMER: ("ApplyStatUpdates", samples.batch([samples.update()])),
        SCHEDULE: ("ComputeLeaderboards", samples.schedule()),
    }
    everybody = [function(kind, name, endpoint, event) for kind, (name, event) in kinds.items()]
    uncompiled = built.paths_without_pyc(application.functions["GetProfile"])
    return [*everybody, replace(everybody[1], name=UNCOMPILED, paths=uncompiled)]


def token() -> dict[str, Any]:
    """The authorizer's event for a signed-in learner."""
    signed = tokens.mint(samples.USER, roles=["student"], sid=samples.SESSION, name="Мария", ttl=3600)
    return samples.authorizer(signed)


def function(kind: str, name: str, endpoint: Endpoint, *events: dict[str, Any]) -> Contestant:
    """One of our functions by its logical id."""
    application = built.application()
    found = application.functions[name]
    settings = {key: tokens.JWT_SECRET if "{{resolve:" in value else value for key, value in found.environment.items()}
    # Secrets Manager ends each ARN in a way of its own, and accepts a name in its place.
    names = {secret.arn: secret.id for secret in application.secrets.values()}
    settings = {key: names.get(value, value) for key, value in settings.items()}
    # A stand-in that shares two cores with the function is slower than AWS: a time limit must not end the run.
    settings |= dict.fromkeys(TIME_LIMITS, "60")
    environment = settings | endpoint.environment(endpoint.we_trust)
    return Contestant(kind, found.handler, built.paths(found), environment, events, found.memory)


def peers(endpoint: Endpoint, database: str | None) -> list[Contestant]:
    """The peers' ways to get a profile. `database`: address of a PostgreSQL with the profile; None omits the seed."""
    _, event = samples.http(built.application(), "GET", f"/v1/users/{samples.USER}")
    handlers = {FLOOR: "floor.handler", POWERTOOLS: "powertools.handler", FASTAPI: "fastapi_boto3.handler"}
    if database:
        handlers[SEED] = "fastapi_sql.handler"
    return [peer(name, handler, endpoint, database, event) for name, handler in handlers.items()]


def peer(name: str, handler: str, endpoint: Endpoint, database: str | None, *events: dict[str, Any]) -> Contestant:
    settings = {
        **endpoint.environment(endpoint.peers_trust),
        "TABLE_NAME": "laurels",
        "DATABASE_URL": database or "",
        "POWERTOOLS_SERVICE_NAME": "profiles",
        "POWERTOOLS_METRICS_NAMESPACE": "Bench",
    }
    return Contestant(name, handler, (peer_layers.CODE, peer_layers.layer(name)), settings, events)


@contextmanager
def stub() -> Iterator[Endpoint]:
    """Run the stub of AWS in its own process, over TLS as AWS."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        server, own = certificate.make(folder)
        theirs = certificate.bundle(own, certificate.authorities())
        ours = certificate.bundle(own, Path(connections.AMAZON))
        items = folder / "items.json"
        items.write_text(samples.packed())
        command = [sys.executable, "-sSP", str(HERE / "stub.py"), str(items), str(server), tokens.JWT_SECRET]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            try:
                yield Endpoint(f"https://127.0.0.1:{int(process.stdout.readline())}", theirs, ours)
            finally:
                process.kill()
