"""Cursors: a position in a list, signed together with the query that it belongs to.

A cursor that was made up, changed, or taken from another list is Malformed (400).
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from laurels import settings
from laurels.errors import Invalid, Malformed

_SIGNATURE_BYTES = 16


def seal(position: str, query: str) -> str:
    """The opaque cursor of a position; `query` says which list it is a position in."""
    plain = position.encode()
    return urlsafe_b64encode(_signature(plain, query) + plain).rstrip(b"=").decode()


def unseal(cursor: str, query: str) -> str:
    """The position in a cursor that `seal` made for the same query."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        signature, plain = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        # The re-encoding catches base64's loose ends: two texts must not stand for one cursor.
        if hmac.compare_digest(signature, _signature(plain, query)) and seal(plain.decode(), query) == cursor:
            return plain.decode()
    except ValueError:
        pass
    detail = "is not of this list; start again without a cursor"
    raise Malformed(f"cursor: {detail}", errors=Invalid.field("cursor", detail, "foreign_cursor").errors)


def _signature(plain: bytes, query: str) -> bytes:
    key = settings.text("CURSOR_SECRET").encode()
    return hmac.digest(key, query.encode() + b"\0" + plain, hashlib.sha256)[:_SIGNATURE_BYTES]
