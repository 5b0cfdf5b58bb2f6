"""A user's profile as other rooms need it. Its partner is the standing: both are read in one request.

It has no endpoint of its own: all that is shown by visibility asks here.
"""

from collections.abc import Mapping, Sequence

from laurels import keys, table
from laurels.callers import Caller
from laurels.errors import NotFound
from laurels.people import rules
from laurels.people.models import Card
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.table import Item


def read(user_id: str, *, consistent: bool = False) -> tuple[Item | None, Standing]:
    """The user's profile (as the table keeps it) and standing, in one request."""
    profile, standing = table.get_many([keys.profile(user_id), keys.standing(user_id)], consistent=consistent)
    return profile, standings.of(user_id, standing)


def require_visible(user_id: str, profile: Item | None, caller: Caller, part: str) -> None:
    """Raises NotFound unless the caller may see that part of the user's."""
    if not rules.may_see(user_id, profile, caller, part):
        raise NotFound("There is no such user, or it is not yours to see.")


def read_many(user_ids: Sequence[str]) -> dict[str, Item | None]:
    """The profiles of distinct users, as the table keeps them; one request for 100."""
    return dict(zip(user_ids, table.get_many([keys.profile(user_id) for user_id in user_ids]), strict=True))


def cards(found: Mapping[str, Item | None]) -> dict[str, Card]:
    """How these users appear in lists now. Who wants to be anonymous or hidden, or is not active, is left out."""
    return {
        user_id: Card.model_validate(profile or {})
        for user_id, profile in found.items()
        if rules.is_listed(profile or {})
    }
