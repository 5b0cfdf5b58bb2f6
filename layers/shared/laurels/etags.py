"""ETags of documents with a revision: `{revision}-{hash}`.

The first half of the hash is of the content as it is shown: it changes with what has no revision, such as points. The
second half is of the document's id, the revision and the first half, so `If-Match` accepts every ETag that this
document had at that revision, in whatever language and for whatever caller, and no other. That needs no read.
"""

import re
from hashlib import blake2b

_ETAG = re.compile(r"(0|[1-9][0-9]{0,14})-([0-9a-f]{8})([0-9a-f]{8})", re.ASCII)


def of(document: str, revision: int, content: bytes) -> str:
    """Return the ETag, without quotes. `document` is the document's id."""
    shown = _hash(content)
    return f"{revision}-{shown}{_proof(document, revision, shown)}"


def revision_in(etag: str, document: str) -> int | None:
    """Return the revision in an ETag of the document; None if it is not one."""
    match = _ETAG.fullmatch(etag)
    if match is None or _proof(document, match[1], match[2]) != match[3]:
        return None
    return int(match[1])


def _proof(document: str, revision: int | str, shown: str) -> str:
    return _hash(f"{document} {revision} {shown}".encode())


def _hash(content: bytes) -> str:
    return blake2b(content, digest_size=4).hexdigest()
