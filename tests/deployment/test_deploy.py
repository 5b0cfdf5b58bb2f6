"""The built stack, deployed by the real `sam deploy` onto an engine that enforces IAM, and used through its URL.

`make deploy-emulator` runs this module: it takes minutes, and needs aws-sam-cli and MiniStack.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from local.cli.arguments import main
from tests import servers
from tests.deployment.engine import BUILT, Engine, running
from tests.servers import Handler

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1800),
    pytest.mark.skipif("DEPLOY_EMULATOR" not in os.environ, reason="deployments are not tested (make deploy-emulator)"),
]

DEV = {"Environment": "dev"}
ISSUER, AUDIENCE = "https://auth.example.org", "laurels"
WAIT = 120.0  # seconds until a message is applied
SERVICE = {"scope": "awards:write stats:write"}
DRAFT = {"code": "first", "points": 5, "translations": {"en": {"title": "First"}}}
UPDATE = {"event_id": "e-1", "source": "test", "increments": {"tests_passed": 3}}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(tmp_path_factory.mktemp("engine")) as engine:
        begun = time.monotonic()
        assert engine.deploy(DEV) == "CREATE_COMPLETE"
        print(f"{len(engine.ids)} resources in {time.monotonic() - begun:.0f} s")
        yield engine


@pytest.fixture(scope="module")
def signed(engine: Engine) -> Callable[..., str]:
    """Sign tokens with the secret that the stack has made for itself."""
    found = engine.client("secretsmanager").get_secret_value(SecretId=engine.ids["JwtSecret"])

    def sign(sub: str, **claims: Any) -> str:
        return jwt.encode(_claims(sub) | claims, found["SecretString"], algorithm="HS256")

    return sign


def _claims(sub: str) -> dict[str, Any]:
    now = int(time.time())
    return {"sub": sub, "iat": now, "exp": now + 3600}


def call(engine: Engine, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
    answer = urllib3.request(
        method, f"{engine.base_url}/v1{path}", json=body, headers={"authorization": f"Bearer {token}"}, timeout=60
    )
    return answer.status, json.loads(answer.data) if answer.data else None


def test_the_smoke_test_passes(engine: Engine, signed: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", engine.base_url, "--token", signed("smoke-test")]) == 0, capsys.readouterr().out


def test_calls_messages_and_schedules_have_the_permissions_they_need(
    engine: Engine, signed: Callable[..., str]
) -> None:
    ada, admin, service = signed("ada"), signed("root", roles=["admin"]), signed("a-service", **SERVICE)
    update = UPDATE | {"occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    for method, path, token, body, status in (
        ("GET", "/users/me", ada, None, 200),
        ("PATCH", "/users/me", ada, {"location": "Batumi"}, 200),
        ("GET", "/users/me/preferences", ada, None, 200),
        ("POST", "/users/me/goals", ada, {"title": "Read"}, 201),
        ("POST", "/users/me/badges", ada, {"name": "Reader"}, 201),
        ("POST", "/users/me/avatar", ada, {"content_type": "image/png", "size": 1000}, 201),
        ("POST", "/achievements", admin, DRAFT, 201),
        ("POST", "/users/ada/achievements", service, {"code": "first"}, 201),
        ("GET", "/users/me/achievements", ada, None, 200),
        ("POST", "/users/ada/stats/updates", service, update, 202),
        ("POST", "/groups", admin, {"kind": "class", "name": "Readers"}, 201),
        (
            "POST",
            "/metrics",
            admin,
            {"metric": "pages", "kind": "counter", "translations": {"en": {"title": "Pages"}}},
            201,
        ),
    ):
        assert call(engine, method, path, token, body)[0] == status, (
            method,
            path,
            call(engine, method, path, token, body),
        )
    deadline = time.monotonic() + WAIT
    while call(engine, "GET", "/users/me/stats", ada)[1]["counters"]["tests_passed"] != 3:
        assert time.monotonic() < deadline, "the update is not applied"
        time.sleep(1)
    for function in ("ComputeLeaderboards", "CountAwards"):
        done = engine.client("lambda").invoke(FunctionName=engine.ids[function], Payload=b"{}")
        assert "FunctionError" not in done, done["Payload"].read()
    board = call(engine, "GET", "/leaderboards/tests", ada)[1]
    assert [(row["user_id"], row["score"]) for row in board["items"]] == [("ada", 3)]


def test_a_missing_permission_fails_the_call(engine: Engine, signed: Callable[..., str]) -> None:
    iam, role = engine.client("iam"), engine.ids["ListBadgesRole"]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    assert call(engine, "GET", "/users/me/badges", signed("ada"))[0] == 200
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text.replace("dynamodb:Query", "dynamodb:Scan"))
    assert call(engine, "GET", "/users/me/badges", signed("ada"))[0] == 500
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
    assert call(engine, "GET", "/users/me/badges", signed("ada"))[0] == 200


def test_an_update_to_prod_with_rs256_keeps_the_data(engine: Engine) -> None:
    key = generate_private_key(65537, 2048)
    with servers.serving(_keys_of(key)) as url:
        prod = {"Environment": "prod", "AllowedOrigins": "https://learn.example.org", "JwtAlgorithm": "RS256"}
        prod |= {"JwtIssuer": ISSUER, "JwtAudience": AUDIENCE, "JwksUrl": f"{url}/keys.json"}
        assert engine.deploy(prod) == "UPDATE_COMPLETE"
        claims = _claims("ada") | {"iss": ISSUER, "aud": AUDIENCE}
        token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1"})
        status, me = call(engine, "GET", "/users/me", token)
        assert (status, me["location"]) == (200, "Batumi")
        other = jwt.encode(claims, generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": "1"})
        assert call(engine, "GET", "/users/me", other)[0] in (401, 403)


def _keys_of(key: RSAPrivateKey) -> type[Handler]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {
        "kid": "1",
        "alg": "RS256",
        "use": "sig",
    }

    class Keys(Handler):
        def do_GET(self) -> None:  # noqa: N802 - http.server looks for this name
            self.respond({"keys": [public]})

    return Keys


def test_the_build_carries_no_bytecode_but_that_of_the_runtime() -> None:
    assert {path.name.rsplit(".", 2)[1] for path in BUILT.rglob("*.pyc")} == {"cpython-313"}
