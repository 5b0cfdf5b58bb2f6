"""Every key of the table, on one screen: a single table is one shared namespace.

An empty last part makes the prefix of a Query.
"""

from typing import NamedTuple
from zlib import crc32

# Standings are spread over this many partitions: each takes 1,000 writes/s, and the schedule reads them in parallel.
# Changing the number moves users to other partitions, so it needs a migration.
STANDING_SHARDS = 64


class Key(NamedTuple):
    PK: str
    SK: str


def profile(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "PROFILE")


def award(user_id: str, code: str = "") -> Key:
    return Key(f"USER#{user_id}", f"AWARD#{code}")


def achievement(code: str = "") -> Key:
    return Key("CATALOGUE", f"ACHIEVEMENT#{code}")


def standing(user_id: str) -> Key:
    return standing_shard(crc32(user_id.encode()) % STANDING_SHARDS, user_id)


def standing_shard(shard: int, user_id: str = "") -> Key:
    return Key(f"STANDING#{shard:02d}", f"USER#{user_id}")


def boards_lock() -> Key:
    return Key("BOARDS", "LOCK")


def boards_current() -> str:
    """The S3 object that names the version of the boards that readers see."""
    return "boards/current.json"


def boards_file(version: str, name: str = "") -> str:
    """An S3 object of one version of the boards."""
    return f"boards/{version}/{name}"


def idempotency(scope: str) -> Key:
    return Key(f"IDEMPOTENCY#{scope}", "IDEMPOTENCY")


def user_of(key_part: str) -> str:
    """The user id in a `USER#…` part."""
    return key_part.removeprefix("USER#")
