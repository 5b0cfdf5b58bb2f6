"""Erasure: hide and sign out a user at once. Their data is deleted later."""

import uuid

from laurels import clock, keys, table
from laurels.callers import Caller
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.profiles.models import Erasure
from laurels.retries import retrying
from laurels.sessions import service as sessions
from laurels.standings import service as standings
from laurels.standings.models import Listing
from laurels.writes import ABSENT, Put

VERSION = 1


def erase(user_id: str, caller: Caller) -> Erasure:
    """Hide the user from everybody at once, and record that their data is to be deleted. Idempotent.

    Raises NotFound for an unknown user.
    """
    erasure_id = uuid.uuid4().hex

    def attempt() -> str:
        before, standing = people.read(user_id, consistent=True)
        if before is None and not standing.revision and caller.sub != user_id:
            raise people.not_found()
        if before is not None and people_rules.is_erased(before):
            return str(before["erasure_id"])
        now = clock.iso(clock.now())
        left = {"is_active": False, "erased_at": now, "erasure_id": erasure_id}
        _, hiding = people.changed(before, before or people.fresh(user_id), left)
        note = {**keys.erasure(erasure_id)._asdict(), "v": VERSION, "user_id": user_id}
        standing.listing = Listing.HIDDEN
        table.write(
            *hiding,
            standings.put(standing),
            Put(note | {"status": "pending", "requested_at": now}, when=ABSENT),
        )
        return erasure_id

    erasure = Erasure(erasure_id=retrying(attempt))
    sessions.revoke_all(user_id)
    return erasure
