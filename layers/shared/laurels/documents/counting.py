"""The most documents and processings that one user may have, also if many are created at once.

A count is raised in the transaction that creates, and never lowered: so a deletion costs no further write, and the
count is never below the truth. When it reaches the limit, what is there is counted by a Query, and the count is set to
that, unless another creation has raised it meanwhile.
"""

from laurels import keys, table
from laurels.documents.models import MAX_DOCUMENTS, Kind
from laurels.errors import Conflict
from laurels.keys import Key
from laurels.writes import Below, Update


def one_more(user_id: str, kind: Kind) -> Update:
    """Return the write that counts one more document, on the condition that there is room."""
    limited = {kind.value: Below(MAX_DOCUMENTS[kind])}
    return Update(keys.documents_count(user_id), add={kind.value: 1, "rev": 1}, set={"v": 1}, when=limited)


def recount(user_id: str, kind: Kind, prefix: Key) -> None:
    """Correct a count that has reached the limit. Raises Conflict if there is no room, and ConditionFailed if another
    creation was faster."""
    key = keys.documents_count(user_id)
    stored = table.get(key, consistent=True) or {}
    present = room(prefix, MAX_DOCUMENTS[kind], kind.value)
    # On the revision, because the count may have become what it was.
    table.write(Update(key, set={kind.value: present}, add={"rev": 1}, when={"rev": stored.get("rev")}))


def room(prefix: Key, limit: int, name: str) -> int:
    """Return how many items a prefix has. Raises Conflict if they are as many as the limit."""
    present = sum(1 for _ in table.query_all(prefix, consistent=True))
    if present >= limit:
        raise Conflict(f"You have {limit:,} {name}, and there can be no more. Delete some first.")
    return present
