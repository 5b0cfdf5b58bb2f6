"""The form of a token and the meaning of its claims: no I/O, no clock, no settings."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from laurels.callers import RESERVED_IDS, USER_ID
from laurels.languages import normal

MAX_HEADER = 8192  # characters; API Gateway takes 10 KB of headers in all

_BEARER = re.compile(r"bearer +([A-Za-z0-9_.=-]+)", re.IGNORECASE | re.ASCII)
_USER_ID = re.compile(USER_ID)
_SESSION_ID = re.compile(r"[!-~]{1,128}")
_GRANT = re.compile(r"[!-~]{1,64}")
# A lone surrogate is valid in JSON but not in UTF-8; control characters do not belong in a name.
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MAX_NAME = 80


class Refused(Exception):
    """The token is not accepted. `reason` is a word for the log and never holds a part of the token."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def bearer(header: str) -> str:
    """Return the token of an Authorization header (RFC 6750 §2.1). Raises Refused. Two headers arrive joined by a
    comma, which no token contains."""
    if len(header) > MAX_HEADER:
        raise Refused("header_too_long")
    match = _BEARER.fullmatch(header)
    if match is None:
        raise Refused("not_one_bearer_token")
    return match[1]


def context(claims: Mapping[str, Any], roles_claim: str, scope_claim: str) -> dict[str, str]:
    """Return verified claims as the flat strings that functions get: `sub`, and where present `roles` and `scope`
    (space-separated), `sid`, `name`, `lang`. Raises Refused for a `sub` or `sid` that is no id.

    Other malformed claims are left out: the token still identifies the caller, but grants nothing that is not plainly
    written.
    """
    found = {
        "sub": _subject(claims.get("sub")),
        "roles": _roles(claims.get(roles_claim)),
        "scope": _scope(claims.get(scope_claim)),
        "sid": _session(claims["sid"]) if "sid" in claims else "",
        "name": _name(claims.get("name")),
        "lang": _language(claims.get("lang")),
    }
    return {name: value for name, value in found.items() if value}


def _subject(sub: object) -> str:
    if not isinstance(sub, str) or not _USER_ID.fullmatch(sub):
        raise Refused("sub_is_not_a_user_id")
    if sub in RESERVED_IDS:
        raise Refused("sub_is_reserved")
    return sub


def _session(sid: object) -> str:
    if not isinstance(sid, str) or not _SESSION_ID.fullmatch(sid):
        raise Refused("sid_is_not_a_session_id")
    # API Gateway allows no slash in a path part, not even escaped, so nobody could revoke such a session.
    return sha256(sid.encode()).hexdigest() if "/" in sid else sid


def _roles(roles: object) -> str:
    return _joined(roles) if isinstance(roles, list) else ""


def _scope(scope: object) -> str:
    return _joined(scope.split(" ")) if isinstance(scope, str) else ""


def _joined(grants: Iterable[object]) -> str:
    """Join the grants with spaces. A grant that contains a space is dropped: `"not admin"` must not become `admin`."""
    return " ".join(grant for grant in grants if isinstance(grant, str) and _GRANT.fullmatch(grant))


def _name(name: object) -> str:
    return _UNSENDABLE.sub("", name).strip()[:_MAX_NAME].rstrip() if isinstance(name, str) else ""


def _language(lang: object) -> str:
    return normal(lang) if isinstance(lang, str) else ""
