"""Cursors: a position in a list, signed together with the query it belongs to.

A cursor that is forged, changed or taken from another list raises Malformed (400).
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from laurels import settings
from laurels.errors import Invalid, Malformed

_SIGNATURE_BYTES = 16


def seal(position: str, query: str) -> str:
    """Return the opaque cursor for a position; `query` identifies the list."""
    plain = position.encode()
    return urlsafe_b64encode(_signature(plain, query) + plain).rstrip(b"=").decode()


def unseal(cursor: str, query: str) -> str:
    """Return the position in a cursor that `seal` made for the same query. Raises Malformed for any other cursor."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        signature, plain = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        # Base64 has unused bits, so two texts can decode to the same bytes: accept only the one that `seal` makes.
        if hmac.compare_digest(signature, _signature(plain, query)) and seal(plain.decode(), query) == cursor:
            return plain.decode()
    except ValueError:
        pass
    detail = "is not of this list; start again without a cursor"
    raise Malformed(f"cursor: {detail}", errors=Invalid.field("cursor", detail, "foreign_cursor").errors)


def _signature(plain: bytes, query: str) -> bytes:
    key = settings.text("CURSOR_SECRET").encode()
    return hmac.digest(key, query.encode() + b"\0" + plain, hashlib.sha256)[:_SIGNATURE_BYTES]
