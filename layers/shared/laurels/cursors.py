"""Cursors: a position in a list, signed together with the query it belongs to.

A cursor that is forged, changed or taken from another list raises Malformed (400). After a rotation of the secret,
cursors signed with the previous one stay valid.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from laurels import secrets, settings
from laurels.errors import Invalid, Malformed

_SIGNATURE_BYTES = 16


def seal(position: str, query: str) -> str:
    """Return the opaque cursor for a position; `query` identifies the list."""
    plain = position.encode()
    return _text(_signature(secrets.current(settings.text("CURSOR_SECRET_ARN")), plain, query) + plain)


def unseal(cursor: str, query: str) -> str:
    """Return the position in a cursor that `seal` made for the same query. Raises Malformed for any other cursor."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        signature, position = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:].decode()
        # Base64 has unused bits, so two texts can decode to the same bytes: accept only the one that `seal` makes.
        if _text(raw) == cursor and len(signature) == _SIGNATURE_BYTES:
            found = secrets.accepted(
                settings.text("CURSOR_SECRET_ARN"),
                lambda secret: hmac.compare_digest(signature, _signature(secret, position.encode(), query)) or None,
            )
            if found:
                return position
    except ValueError:
        pass
    detail = "is not of this list; start again without a cursor"
    raise Malformed(f"cursor: {detail}", errors=Invalid.field("cursor", detail, "foreign_cursor").errors)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _signature(secret: str, plain: bytes, query: str) -> bytes:
    return hmac.digest(secret.encode(), query.encode() + b"\0" + plain, hashlib.sha256)[:_SIGNATURE_BYTES]
