"""Tokens for callers, signed with the secret of the local stack, or of a deployed one."""

import time
from collections.abc import Iterable

import jwt

# The value of the JWT secret in every local stack: fixed, so that a token can be made without asking one.
JWT_SECRET = "local-development-secret-not-for-production-use"  # noqa: S105 (it protects nothing)
DAY = 86_400


def mint(
    user_id: str,
    *,
    roles: Iterable[str] = (),
    scope: str = "",
    sid: str = "",
    ttl: int = DAY,
    name: str = "",
    issuer: str = "",
    audience: str = "",
    secret: str = JWT_SECRET,
) -> str:
    """Return a signed token. `ttl` in seconds, negative for one that has expired; `scope` space-separated."""
    now = int(time.time())
    claims: dict[str, object] = {"sub": user_id, "iat": min(now, now + ttl), "exp": now + ttl}
    optional = {"roles": list(roles), "scope": scope, "sid": sid, "name": name, "iss": issuer, "aud": audience}
    return jwt.encode(claims | {key: value for key, value in optional.items() if value}, secret, algorithm="HS256")
