"""Authorization: verifies a token and checks that its user and session are still valid."""

from typing import Any

import jwt

from laurels import secrets, settings
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

    The algorithm is a configured one (RFC 8725 §3.1): one, or two while one replaces the other. Each has its own key: a
    secret for HS256, published keys for the others. Raises Refused, Misconfigured, KeysUnavailable, Unavailable.
    """
    algorithms = settings.text("JWT_ALGORITHM").split(",")
    if unknown := set(algorithms) - set(ALGORITHMS):
        raise Misconfigured(f"JWT_ALGORITHM: {', '.join(unknown)} is not one of {', '.join(ALGORITHMS)}.")
    secret = settings.text("JWT_SECRET_ARN") if "HS256" in algorithms else ""
    keys = settings.text("JWKS_URL") if algorithms != ["HS256"] else ""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        # Checked first, so that a token with another algorithm cannot cause a request to the issuer.
        if algorithm not in algorithms:
            raise Refused("algorithm_is_another")
        if algorithm == "HS256":
            claims = secrets.accepted(secret, lambda value: _signed_with(value, token))
            if claims is None:
                raise Refused("InvalidSignatureError")
            return claims
        key = jwks.find(keys, algorithm, header.get("kid"))
        if key is None:
            raise Refused("key_is_unknown")
        return _claims(token, key, algorithm)
    except jwt.InvalidKeyError as error:  # JWKS keys were checked when they were fetched, so this is the secret
        raise Misconfigured("The secret of tokens is a public key or certificate.") from error
    except jwt.PyJWTError as error:
        raise Refused(type(error).__name__) from None  # the message may quote the token


def _signed_with(secret: str, token: str) -> dict[str, Any] | None:
    """Return the claims of an HS256 token, or None if it is signed with another secret."""
    if len(secret.encode()) < MIN_SECRET:
        raise Misconfigured(f"The secret of tokens is shorter than {MIN_SECRET} bytes.")
    try:
        return _claims(token, secret, "HS256")
    except jwt.InvalidSignatureError:
        return None


def _claims(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    audience = settings.text("JWT_AUDIENCE", "")
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        issuer=settings.text("JWT_ISSUER", "") or None,
        audience=audience or None,
        leeway=min(max(settings.number("JWT_LEEWAY", 30), 0), MAX_LEEWAY),
        options={"require": ["exp", "sub"], "verify_aud": bool(audience)},
    )
    return claims
