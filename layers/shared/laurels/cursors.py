"""Cursors: a position in a list, encrypted and signed together with the query it belongs to.

A position may name a user whom the list does not show. So it is encrypted with a key stream that follows from the
secret and the signature, as SIV does (RFC 5297).

A cursor that is forged, changed or taken from another list raises Malformed (400). After a rotation of the secret,
cursors signed with the previous one stay valid.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from operator import xor

from laurels import secrets, settings
from laurels.errors import Invalid, Malformed

_SIGNATURE_BYTES = 16


def seal(position: str, query: str) -> str:
    """Return the opaque cursor for a position; `query` identifies the list."""
    secret, plain = secrets.current(settings.text("CURSOR_SECRET_ARN")), position.encode()
    signature = _signature(secret, plain, query)
    return _text(signature + _masked(secret, signature, plain))


def unseal(cursor: str, query: str) -> str:
    """Return the position in a cursor that `seal` made for the same query. Raises Malformed for any other cursor."""
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        # Base64 has unused bits, so two texts can decode to the same bytes: accept only the one that `seal` makes.
        if _text(raw) == cursor and len(raw) >= _SIGNATURE_BYTES:
            found = secrets.accepted(settings.text("CURSOR_SECRET_ARN"), lambda secret: _opened(secret, raw, query))
            if found is not None:
                return found.decode()
    except ValueError:
        pass
    detail = "is not of this list; start again without a cursor"
    raise Malformed(f"cursor: {detail}", errors=Invalid.field("cursor", detail, "foreign_cursor").errors)


def _opened(secret: str, raw: bytes, query: str) -> bytes | None:
    signature, masked = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    plain = _masked(secret, signature, masked)
    return plain if hmac.compare_digest(signature, _signature(secret, plain, query)) else None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _signature(secret: str, plain: bytes, query: str) -> bytes:
    return hmac.digest(secret.encode(), query.encode() + b"\0" + plain, hashlib.sha256)[:_SIGNATURE_BYTES]


def _masked(secret: str, signature: bytes, content: bytes) -> bytes:
    """Encrypt or decrypt the content: either is the XOR with the key stream."""
    stream = hashlib.shake_256(secret.encode() + signature).digest(len(content))
    return bytes(map(xor, content, stream))
