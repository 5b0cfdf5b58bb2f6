"""The built stack, deployed by the real `sam deploy` onto an engine that enforces IAM, and used through its URL.

`make deploy-emulator` runs these tests, and those of tests/e2e that are marked `deployed`.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import jwt
import pytest

from local.cli.arguments import main
from local.tokens import JWT_SECRET
from tests.deployment.engine import Engine
from tests.deployment.fixtures import AUDIENCE, ISSUER, STATS, UPDATE, Deployed, Older, published
from tests.deployment.stack import deploy
from tests.e2e.conftest import ok

pytestmark = [
    pytest.mark.deployed,
    pytest.mark.timeout(1800),
    pytest.mark.skipif("DEPLOY_EMULATOR" not in os.environ, reason="deployments are not tested (make deploy-emulator)"),
]

# What prod demands beside what samconfig.toml says.
PROD = {"AllowedOrigins": "https://learn.example.org", "JwtIssuer": ISSUER, "JwtAudience": AUDIENCE}


def test_the_older_release_is_made_from_scratch_and_lacks_the_newest_room(older: Older, deployed: Deployed) -> None:
    assert (older.stack.status, deployed.deployment.status) == ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    before, after = (each.application for each in (older.stack, deployed.deployment))
    newest = {route.key: route.function for route in after.routes}
    for route in before.routes:
        del newest[route.key]
    assert "POST /v1/resumes" in newest
    assert {*newest.values()} <= after.functions.keys() - before.functions.keys()
    assert {"ProcessingRequestsQueue", "ProcessingResultsQueue"} <= after.queues.keys() - before.queues.keys()
    assert (older.resumes, deployed.call("GET", "/resumes", older.token).status) == (404, 200)


def test_an_update_keeps_the_data(older: Older, deployed: Deployed) -> None:
    assert older.stats["counters"]["tests_passed"] == 3
    deployed.send([UPDATE])  # which the older release has applied
    deployed.drain()
    seen = {"last_seen_at": None}  # which each call may move
    assert ok(deployed.call("GET", "/users/me", older.token)) | seen == older.me | seen
    assert ok(deployed.call("GET", STATS, older.token)) == older.stats


def test_an_update_makes_what_the_template_adds_and_replaces_nothing_that_is_retained(
    older: Older, deployed: Deployed
) -> None:
    before, after = older.stack.ids, deployed.deployment.ids
    resources = deployed.deployment.application.resources
    assert _names(after) == _names(resources)
    kept = {name for name, about in resources.items() if about.get("DeletionPolicy") == "Retain"}
    assert {"Table", "Bucket", "JwtSecret", "TombstoneSecret", "CursorSecret"} <= kept
    kept |= {"HttpApi", "StatUpdatesQueue", "EventBus"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_tokens_of_the_older_secret_the_rotated_one_and_a_published_key_are_accepted(
    older: Older, deployed: Deployed
) -> None:
    rotated = jwt.encode({"sub": "boris", "exp": int(time.time()) + 600}, JWT_SECRET, "HS256")
    for token in (older.token, rotated, published("boris")) * 2:
        assert ok(deployed.call("GET", "/users/me", token))["location"] == "Batumi"
    forged = published("boris", signer="https://forger.example.org")
    assert deployed.call("GET", "/users/me", forged).status == 403


def test_a_missing_permission_fails_the_call(deployed: Deployed) -> None:
    stack, ada = deployed.deployment, deployed.token("ada")
    ((name, document),) = stack.role_policies("ListBadgesRole").items()
    assert "dynamodb:Query" in document
    assert deployed.call("GET", "/users/me/badges", ada).status == 200
    stack.put_role_policy("ListBadgesRole", name, document.replace("dynamodb:Query", "dynamodb:Scan"))
    assert deployed.call("GET", "/users/me/badges", ada).status == 500
    stack.put_role_policy("ListBadgesRole", name, document)
    assert deployed.call("GET", "/users/me/badges", ada).status == 200


@pytest.fixture(scope="module")
def prod(engine: Engine, template: dict[str, Any], keys: str) -> Iterator[Deployed]:
    """The stack that samconfig.toml describes as prod, from scratch, which trusts published keys alone."""
    begun = time.monotonic()
    stack = deploy(engine, template, "prod", **PROD, JwtAlgorithm="RS256", JwksUrl=keys)
    print(f"\nprod, from scratch: {len(stack.ids)} resources in {time.monotonic() - begun:.0f} s")
    with closing(Deployed(stack)) as service:
        yield service


def test_prod_works_from_scratch_with_published_keys(prod: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    assert prod.deployment.status == "CREATE_COMPLETE"
    assert _names(prod.deployment.ids) == _names(prod.deployment.application.resources)
    assert "JwtSecret" not in prod.deployment.ids
    assert main(["smoke", prod.url, "--token", published("smoke-test")]) == 0, capsys.readouterr().out
    assert prod.call("GET", "/users/me", published("ada", aud="another")).status == 403
    assert prod.call("GET", "/users/me", prod.token("ada")).status == 403


def _names(resources: Iterable[str]) -> list[str]:
    """Return the sorted logical ids, without the hash that SAM makes of a layer's address."""
    return sorted(re.sub("(?<=Layer)[0-9a-f]{10}$", "", name) for name in resources)
