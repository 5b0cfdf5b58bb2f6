"""Learners, as the table keeps them."""

from typing import Any

from laurels import keys, table
from laurels.table import Put

ANNA = {"sub": "anna", "name": "Анна Каренина"}
BORIS = {"sub": "boris", "name": "Boris"}


def settle(user_id: str = "anna", **fields: Any) -> dict[str, Any]:
    """Puts a profile there; what it is."""
    item = {
        **keys.profile(user_id)._asdict(),
        "v": 1,
        "rev": 1,
        "user_id": user_id,
        "display_name": user_id.title(),
        "is_verified": False,
        "is_active": True,
        "created_at": "2026-11-20T18:22:05.000Z",
        "updated_at": "2026-11-20T18:22:05.000Z",
        **fields,
    }
    table.write(Put(item))
    return item


def visible(**levels: str) -> dict[str, Any]:
    """The preferences of somebody who has chosen who sees what."""
    return {"visibility": levels}
