"""Secrets rotated while the service runs, without a deployment: no good token and no good cursor is refused."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import jwt
import pytest

from local.tokens import JWT_SECRET
from tests.e2e.conftest import Service

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


@contextmanager
def rotated(stack: Service, name: str, value: str) -> Iterator[None]:
    """Give a secret of the stack a new value; afterwards its old one again."""
    client, secret = stack.stack.clients("secretsmanager"), stack.stack.application.secrets[name].arn
    old = client.get_secret_value(SecretId=secret)["SecretString"]
    client.put_secret_value(SecretId=secret, SecretString=value)
    yield
    client.put_secret_value(SecretId=secret, SecretString=old)


def test_tokens_of_the_old_and_of_the_new_secret_are_good_during_and_after_a_rotation(stack: Service) -> None:
    new_secret = "the next secret, which is long enough"
    numbers = iter(range(1000))

    def admits(secret: str) -> bool:
        claims = {"sub": "emmy", "exp": int(time.time()) + 600, "jti": str(next(numbers))}  # no answer of the cache
        return stack.call("GET", "/users/me", token=jwt.encode(claims, secret, "HS256")).status == 200

    assert admits(JWT_SECRET)
    assert not admits(new_secret)
    with rotated(stack, "JwtSecret", new_secret):
        assert all(admits(secret) for secret in (new_secret, JWT_SECRET) * 5)
    assert all(admits(secret) for secret in (JWT_SECRET, new_secret) * 5)


def test_cursors_stay_good_during_and_after_a_rotation(stack: Service) -> None:
    admin = stack.token("boss", roles=["admin"])

    def following(cursor: str) -> tuple[int, str]:
        answer = stack.call("GET", f"/users?limit=1&cursor={cursor}", token=admin)
        return answer.status, answer.json()["items"][0]["user_id"] if answer.status == 200 else ""

    def first() -> str:
        return str(stack.call("GET", "/users?limit=1", token=admin).json()["next_cursor"])

    for user_id in ("rotating-1", "rotating-2", "rotating-3"):
        assert stack.call("GET", "/users/me", token=stack.token(user_id)).status == 200
    old = first()
    page = following(old)
    assert page[0] == 200
    with rotated(stack, "CursorSecret", "another secret of cursors"):
        assert following(old) == page
        new = first()
        assert following(new) == page
    assert following(old) == following(new) == page
