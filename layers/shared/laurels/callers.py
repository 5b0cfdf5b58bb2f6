"""The caller of a request, as the authorizer read them from the token, and what the caller may do."""

from enum import StrEnum
from typing import Literal, NamedTuple

from laurels.errors import Forbidden, NotFound, Unauthenticated


class Client(NamedTuple):
    """The sender's address and user agent. Neither proves anything."""

    ip_address: str = ""
    user_agent: str = ""


# A user's id is the auth service's `sub`: text of this pattern that is not reserved. Tokens, paths, bodies and messages
# that name anything else are refused.
USER_ID = r"^[A-Za-z0-9._@|:-]{1,128}$"
# `me` and `search` are static parts of paths in the place of a user's id. Clients and caches remove `.` and `..` from
# addresses, such as an avatar's.
RESERVED_IDS = frozenset({"me", "search", ".", ".."})


class Grant(StrEnum):
    """A role or a scope that a token may hold. Neither replaces the other."""

    ADMIN = "role:admin"
    STATS_WRITE = "scope:stats:write"
    AWARDS_WRITE = "scope:awards:write"
    USERS_WRITE = "scope:users:write"
    USERS_READ = "scope:users:read"
    GROUPS_WRITE = "scope:groups:write"
    PROCESSING_WRITE = "scope:processing:write"


# In a route's `allow`, beside grants: the user whose id is in the path.
SELF: Literal["self"] = "self"
Allowed = Grant | Literal["self"]


class Caller(NamedTuple):
    """The holder of the token; `sub` is empty where a route takes calls without a token."""

    sub: str = ""
    grants: frozenset[str] = frozenset()
    name: str = ""
    sid: str = ""  # the session that the token belongs to
    language: str = ""  # the preferred one

    @classmethod
    def from_context(cls, context: dict[str, str]) -> "Caller":
        """Return the caller in the authorizer's context: sub, roles, scope, name, sid and lang, where present."""
        roles = (f"role:{role}" for role in context.get("roles", "").split())
        scopes = (f"scope:{scope}" for scope in context.get("scope", "").split())
        about = (context.get(part, "") for part in ("name", "sid", "lang"))
        return cls(context.get("sub", ""), frozenset((*roles, *scopes)), *about)

    @property
    def is_admin(self) -> bool:
        return Grant.ADMIN in self.grants

    def holds(self, *grants: Grant) -> bool:
        """True if the token holds any of them."""
        return not self.grants.isdisjoint(grants)

    def needs(self, *grants: Grant) -> None:
        """Raise Forbidden unless the token holds any of them."""
        if not self.holds(*grants):
            raise Forbidden(f"This needs one of: {', '.join(grant.value.split(':', 1)[1] for grant in grants)}.")

    def resolve(self, user_id: str) -> str:
        """Return the caller's id for `me`, any other id as it is. Raises Unauthenticated for `me` without a token, and
        NotFound for a reserved id."""
        if user_id == "me":
            if not self.sub:
                raise Unauthenticated("Send a token: without one there is no `me`.")
            user_id = self.sub
        if user_id in RESERVED_IDS:
            raise NotFound("There is no such user, or it is not yours.")
        return user_id

    def acting_for(self, user_id: str, *grants: Grant) -> str:
        """Return the user's id if it is the caller's own or the token holds any of the grants. Raises NotFound
        otherwise, so that callers cannot find out which users exist."""
        user_id = self.resolve(user_id)
        if user_id != self.sub and not self.holds(*grants):
            raise NotFound("There is no such user, or it is not yours.")
        return user_id
