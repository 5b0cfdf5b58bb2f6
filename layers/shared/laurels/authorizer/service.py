"""Authorization: verifies a token and checks that its user and session are still valid."""

from typing import Any

import jwt

from laurels import settings
from laurels.authorizer import jwks, presence, rules
from laurels.authorizer.rules import Refused
from laurels.errors import Misconfigured

ALGORITHMS = ("HS256", "RS256", "ES256")
MAX_LEEWAY = 60  # seconds
MIN_SECRET = 32  # bytes, RFC 7518 §3.2


def authorize(header: str) -> dict[str, str]:
    """Return the context of the caller in an Authorization header. Raises Refused, Misconfigured, KeysUnavailable,
    Unavailable."""
    claims = verify(rules.bearer(header))
    roles_claim, scope_claim = settings.text("JWT_ROLES_CLAIM", "roles"), settings.text("JWT_SCOPE_CLAIM", "scope")
    return presence.confirm(rules.context(claims, roles_claim, scope_claim))


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a token with a valid signature, times, issuer and audience.

    The algorithm is the configured one, whatever the token says (RFC 8725 §3.1). Raises Refused, Misconfigured,
    KeysUnavailable.
    """
    algorithm = settings.text("JWT_ALGORITHM")
    if algorithm not in ALGORITHMS:
        raise Misconfigured(f"JWT_ALGORITHM is not one of {', '.join(ALGORITHMS)}.")
    source = settings.text("JWT_SECRET" if algorithm == "HS256" else "JWKS_URL")
    if algorithm == "HS256" and len(source.encode()) < MIN_SECRET:
        raise Misconfigured(f"JWT_SECRET is shorter than {MIN_SECRET} bytes.")
    audience = settings.text("JWT_AUDIENCE", "")
    try:
        header = jwt.get_unverified_header(token)
        # Checked first, so that a token with another algorithm cannot cause a request to the issuer.
        if header.get("alg") != algorithm:
            raise Refused("algorithm_is_another")
        key = source if algorithm == "HS256" else jwks.find(source, algorithm, header.get("kid"))
        if key is None:
            raise Refused("key_is_unknown")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=settings.text("JWT_ISSUER", "") or None,
            audience=audience or None,
            leeway=min(max(settings.number("JWT_LEEWAY", 30), 0), MAX_LEEWAY),
            options={"require": ["exp", "sub"], "verify_aud": bool(audience)},
        )
    except jwt.InvalidKeyError as error:  # JWKS keys were checked when they were fetched, so this is the secret
        raise Misconfigured("JWT_SECRET is a public key or certificate, not a secret.") from error
    except jwt.PyJWTError as error:
        raise Refused(type(error).__name__) from None  # the message may quote the token
    return claims
