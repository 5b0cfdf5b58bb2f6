"""Every key of the table and every name in the bucket, on one screen: both are shared namespaces.

With an empty last part, a key is the prefix for a Query.
"""

from typing import NamedTuple
from zlib import crc32

# Standings are spread over this many partitions: each takes 1,000 writes/s, and the schedule reads them in parallel.
# Changing the number moves users to other partitions, so it needs a migration.
STANDING_SHARDS = 64
# Each of the two lists of users is spread over this many: a sign-up writes two units to each list. This number needs a
# migration as well.
USER_LIST_SHARDS = 16
# The words of names that begin with the same two letters are spread over this many, by user: each sign-up with such a
# name writes two units there.
NAME_SHARDS = 2
# Every stat update and award reads one copy of the versions of what is in force and of the catalogue: each serves
# 3,000 consistent reads/s.
VERSION_COPIES = 8


class Key(NamedTuple):
    PK: str
    SK: str


def profile(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "PROFILE")


def session(user_id: str, session_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"SESSION#{session_id}")


def sessions_guard(user_id: str) -> Key:
    """The list of a user's active sessions. Every sign-in rewrites it, so that two at once cannot both find room."""
    return Key(f"USER#{user_id}", "SESSIONS")


def badge(user_id: str, badge_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"BADGE#{badge_id}")


def goal(user_id: str, goal_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"GOAL#{goal_id}")


def idempotency(user_id: str, origin: str = "") -> Key:
    """The response to a request with an `Idempotency-Key`, which holds data of this user."""
    return Key(f"USER#{user_id}", f"IDEMPOTENCY#{origin}")


def idempotency_count(user_id: str, day: str = "") -> Key:
    """How many of those a UTC day has brought."""
    return Key(f"USER#{user_id}", f"IDEMPOTENCY-COUNT#{day}")


def award(user_id: str, code: str = "") -> Key:
    return Key(f"USER#{user_id}", f"AWARD#{code}")


def resume(user_id: str, resume_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"RESUME#{resume_id}")


def requirements(user_id: str, requirements_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"REQUIREMENTS#{requirements_id}")


def documents_count(user_id: str) -> Key:
    """How many documents the user has, at most: creations count, deletions do not (see documents/counting.py)."""
    return Key(f"USER#{user_id}", "DOCUMENTS")


def document_text(user_id: str, document_id: str = "") -> Key:
    """The text of a resume or of requirements: lists do not read it."""
    return Key(f"USER#{user_id}", f"TEXT#{document_id}")


def processing(user_id: str, processing_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"PROCESSING#{processing_id}")


def processing_result(user_id: str, processing_id: str = "") -> Key:
    """The long texts of a result: lists do not read them."""
    return Key(f"USER#{user_id}", f"RESULT#{processing_id}")


def processing_owner(processing_id: str) -> Key:
    """Whose processing it is: a result names no user."""
    return Key(f"PROCESSING#{processing_id}", "OWNER")


def processing_starts(user_id: str) -> Key:
    """When the user started the latest processings, to limit them."""
    return Key(f"USER#{user_id}", "STARTS")


def group(group_id: str = "") -> Key:
    return Key(f"GROUP#{group_id}", "GROUP")


def group_member(group_id: str, user_id: str = "") -> Key:
    """A member in the group's partition: one Query reads a group with all of its members."""
    return Key(f"GROUP#{group_id}", f"MEMBER#{user_id}")


def membership(user_id: str, group_id: str = "") -> Key:
    """The same membership in the user's partition, where the user's list of groups and erasures find it."""
    return Key(f"USER#{user_id}", f"MEMBERSHIP#{group_id}")


def memberships(user_id: str) -> Key:
    """In how many groups the user is. Every join changes it, so that two at once cannot both find room."""
    return Key(f"USER#{user_id}", "MEMBERSHIPS")


def achievement(code: str = "") -> Key:
    return Key("CATALOGUE", f"ACHIEVEMENT#{code}")


def metric(name: str = "") -> Key:
    """The definition of an own metric, with its texts."""
    return Key("CATALOGUE", f"METRIC#{name}")


def criteria() -> Key:
    """The criteria of all achievements and the definitions of own metrics, in one item: what counts or earns needs all
    of them."""
    return Key("CATALOGUE", "CRITERIA")


def criteria_version(user_id: str) -> Key:
    """The copy of that item's version, and of the catalogue's, that is read along with this user's standing."""
    return criteria_version_copy(crc32(user_id.encode()) % VERSION_COPIES)


def criteria_version_copy(copy: int) -> Key:
    return Key(f"CRITERIA#{copy}", "VERSION")


def newest_user(created_at: str, user_id: str) -> Key:
    """A user in the list by the time the profile was created."""
    return newest_users_shard(crc32(user_id.encode()) % USER_LIST_SHARDS, f"{created_at}#{user_id}")


def newest_users_shard(shard: int, position: str = "") -> Key:
    return Key(f"USERS#NEWEST#{shard:02d}", position)


def user_by_id(user_id: str) -> Key:
    """A user in the list by id."""
    return users_by_id_shard(crc32(user_id.encode()) % USER_LIST_SHARDS, user_id)


def users_by_id_shard(shard: int, user_id: str = "") -> Key:
    return Key(f"USERS#ID#{shard:02d}", user_id)


def name_word(word: str, user_id: str) -> Key:
    """A normalised word of a display name, of at least two characters."""
    return names_shard(crc32(user_id.encode()) % NAME_SHARDS, word, user_id)


def names_shard(shard: int, word: str, user_id: str = "") -> Key:
    """A word in one of the partitions of its first two letters; without a user id, the prefix for a search. The first
    partition has no number: the words of names that were stored when it was the only one are there."""
    return Key(f"NAMES#{word[:2]}#{shard}" if shard else f"NAMES#{word[:2]}", f"{word}#{user_id}" if user_id else word)


def erasure(erasure_id: str = "") -> Key:
    return Key(f"ERASURE#{erasure_id}", "ERASURE")


def tombstone(digest: str) -> Key:
    """What remains of an erased user. `digest` is a keyed hash of the user's id (see tombstones.py)."""
    return Key(f"TOMBSTONE#{digest}", "TOMBSTONE")


def export(user_id: str, export_id: str = "") -> Key:
    return Key(f"USER#{user_id}", f"EXPORT#{export_id}")


def export_file(user_id: str, export_id: str = "") -> str:
    """The S3 object of a finished export."""
    return f"exports/{user_id}/{export_id}.zip" if export_id else f"exports/{user_id}/"


def standing(user_id: str) -> Key:
    return standing_shard(crc32(user_id.encode()) % STANDING_SHARDS, user_id)


def standings() -> Key:
    """The beginning of the keys of all standings."""
    return Key("STANDING#", "USER#")


def standing_shard(shard: int, user_id: str = "") -> Key:
    return Key(f"{standings().PK}{shard:02d}", f"{standings().SK}{user_id}")


def shard_of(key: Key) -> int | None:
    """The number of a standing's partition; None for another item."""
    return int(key.PK.removeprefix(standings().PK)) if key.PK.startswith(standings().PK) else None


def standings_changed(shard: str = "") -> Key:
    """Up to when the standings of a partition may have changed, for the boards."""
    return Key("BOARDS", f"CHANGED#{shard}")


def boards_lock() -> Key:
    return Key("BOARDS", "LOCK")


def boards_current() -> str:
    """The S3 object that points to the version of the boards that readers see."""
    return "boards/current.json"


def boards_file(version: str, name: str = "") -> str:
    """An S3 object of one version of the boards."""
    return f"boards/{version}/{name}"


def boards_work(version: str, name: str = "") -> str:
    """An S3 object that the state machine needs until a version is complete."""
    return boards_file(version, f"work/{name}")


def boards_runs(version: str = "", name: str = "") -> str:
    """An S3 object with the places of some users on all boards, which later versions may use again."""
    return f"boards/runs/{version}/{name}" if version else "boards/runs/"


def avatar_upload(user_id: str = "", upload_id: str = "") -> str:
    """The S3 object that a presigned form lets a user write."""
    return f"uploads/avatars/{user_id}/{upload_id}" if user_id else "uploads/avatars/"


def document_upload(user_id: str = "", kind: str = "", document_id: str = "") -> str:
    """The S3 object that a presigned form lets a user write. `kind` is `resumes` or `requirements`."""
    folder = f"uploads/documents/{user_id}/" if user_id else "uploads/documents/"
    return f"{folder}{kind}/{document_id}" if document_id else folder


def avatar(user_id: str, avatar_id: str = "", size: int = 0) -> str:
    """The S3 object of an avatar; `size` is its width and height in pixels."""
    return f"avatars/{user_id}/{avatar_id}/{size}.webp" if avatar_id else f"avatars/{user_id}/"


def user_of(key_part: str) -> str:
    """The user id in a `USER#…` part."""
    return key_part.removeprefix("USER#")
