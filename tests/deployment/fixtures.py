"""What the tests of a deployment share, as a plugin of pytest: tests/e2e uses the deployed stack, too."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from local.tokens import DAY, JWT_SECRET
from tests import servers
from tests.deployment import build
from tests.deployment.engine import ENVIRONMENT, REGION, SAM, Engine, running
from tests.deployment.stack import Deployment, deploy
from tests.e2e.conftest import Service, ok
from tests.e2e.model import answering

NOT_INSTALLED = "NOTHING IS DEPLOYED: the SAM CLI or the engine is not installed (make deploy-emulator)"
NEWEST_ROOM = "documents"  # the older release is without it: it has queues, streams, a layer and uploads
UPDATE = {
    "event_id": "e-1",
    "user_id": "boris",
    "source": "test",
    "occurred_at": datetime.now(UTC).isoformat(),
    "increments": {"tests_passed": 3},
}
STATS = "/users/me/stats"
MODEL = {
    "BedrockModelId": "a.model-v1",  # without a colon, which the engine compares encoded
    # The template's default, which the engine does not find: it joins no list in a condition.
    "BedrockModelArns": f"arn:aws:bedrock:{REGION}::foundation-model/a.model-v1",
}
ISSUER, AUDIENCE = "https://auth.example.org", "laurels"


class Older(NamedTuple):
    """The older release: its stack as it was, the token of a user, and what it answered to this user."""

    stack: Deployment
    token: str
    me: Any
    stats: Any
    resumes: int  # the status


class Deployed(Service):
    """A deployed stack, as its clients, other services and its operators use it."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(cast(Any, deployment))  # which has what tests/e2e uses of the local stack
        self.deployment = deployment


class Keys(servers.Handler):
    """The auth service's public keys."""

    def do_GET(self) -> None:  # noqa: N802 - http.server looks for this name
        public = jwt.algorithms.RSAAlgorithm.to_jwk(key_of(ISSUER).public_key(), as_dict=True)
        self.respond({"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]})


@cache
def key_of(signer: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def published(sub: str, *, signer: str = ISSUER, **claims: Any) -> str:
    """Return a token that is signed with a published key, or with the key of another signer."""
    about = {"sub": sub, "exp": int(time.time()) + DAY, "iss": ISSUER, "aud": AUDIENCE, **claims}
    return jwt.encode(about, key_of(signer), "RS256", headers={"kid": "1"})


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if not all((path / "ready").exists() for path in (SAM.parents[1], ENVIRONMENT)):
        pytest.skip(NOT_INSTALLED)
    with answering() as model, running(tmp_path_factory.mktemp("engine"), model) as engine:
        yield engine


@pytest.fixture(scope="session")
def keys() -> Iterator[str]:
    """The URL of the published keys."""
    with servers.serving(Keys) as url:
        yield f"{url}/keys.json"


@pytest.fixture(scope="session")
def builds(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A build for each processor, from a source with stray bytecode."""
    source = tmp_path_factory.mktemp("source")
    build.copy_source(source)
    return {architecture: build.make_build(source, architecture) for architecture in ("arm64", "x86_64")}


@pytest.fixture(scope="session")
def template(builds: dict[str, Path]) -> dict[str, Any]:
    """The template that is deployed. The engine runs functions on this machine, so they are built for it."""
    return build.template_of(builds["x86_64"])


@pytest.fixture(scope="session")
def older(engine: Engine, template: dict[str, Any]) -> Older:
    """The older release, from scratch, with data of a user."""
    begun = time.monotonic()
    stack = deploy(engine, build.without_room(template, NEWEST_ROOM), "dev")
    print(f"\ndev, older release, from scratch: {len(stack.ids)} resources in {time.monotonic() - begun:.0f} s")
    with closing(Deployed(stack)) as service:
        secret = service.stack.clients("secretsmanager").get_secret_value(SecretId=stack.ids["JwtSecret"])
        token = jwt.encode({"sub": "boris", "exp": int(time.time()) + DAY}, secret["SecretString"], "HS256")
        ok(service.call("PATCH", "/users/me", token, {"location": "Batumi"}))
        service.send([UPDATE])
        service.drain()
        me, stats = (ok(service.call("GET", path, token)) for path in ("/users/me", STATS))
        return Older(stack, token, me, stats, service.call("GET", "/resumes", token).status)


@pytest.fixture(scope="session")
def deployed(engine: Engine, older: Older, template: dict[str, Any], keys: str) -> Iterator[Deployed]:
    """The whole release as an update of the older one. It trusts published keys, too, and its secret is rotated."""
    begun = time.monotonic()
    stack = deploy(engine, template, "dev", JwtAlgorithm="HS256,RS256", JwksUrl=keys, **MODEL)
    print(f"\ndev, updated: {len(stack.ids)} resources in {time.monotonic() - begun:.0f} s")
    secret = stack.application.secrets["JwtSecret"].arn
    stack.clients("secretsmanager").put_secret_value(SecretId=secret, SecretString=JWT_SECRET)
    stack.remember_events()
    with closing(stack), closing(Deployed(stack)) as service:
        yield service
