"""Tombstones: what remains of an erased user, so that nothing that arrives late brings the user back.

The key of a tombstone is a hash of the user's id with a secret key: the id and the secret lead to it, and nobody can
read an id out of it. Each write for a user reads the tombstone in a request that it makes anyway, or checks
it in its transaction. What was read before the tombstone was written, and is written after it, the erasure's last sweep
deletes.
"""

import hmac

from laurels import keys, settings
from laurels.errors import Gone
from laurels.keys import Key
from laurels.writes import ABSENT, Check, Item


def key(user_id: str) -> Key:
    """Return the key of the user's tombstone: an item that exists only if the user was erased."""
    secret = settings.text("TOMBSTONE_SECRET").encode()
    return keys.tombstone(hmac.digest(secret, user_id.encode(), "sha256").hex())


def absent(user_id: str) -> Check:
    """Return the part of a transaction that fails if the user was erased."""
    return Check(key(user_id), when=ABSENT)


def refuse(tombstone: Item | None) -> None:
    """Raise Gone if the item that was read under `key` exists."""
    if tombstone is not None:
        raise gone()


def gone() -> Gone:
    """Return the error for a write for an erased user."""
    return Gone("This user was erased and cannot come back.")
