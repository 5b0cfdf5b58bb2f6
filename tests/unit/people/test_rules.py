"""Who may see what of a user, and who appears in lists."""

from itertools import product
from typing import Any

import pytest

from laurels.callers import Caller, Grant
from laurels.people import rules

CALLERS = {
    "nobody": Caller(),
    "a user": Caller("boris"),
    "a service": Caller("a-service", frozenset({Grant.AWARDS_WRITE, Grant.USERS_READ})),
    "the owner": Caller("anna"),
    "an admin": Caller("an-admin", frozenset({Grant.ADMIN})),
}
LEVELS = (None, "public", "users", "private")


def profile(**visibility: str | None) -> dict[str, Any]:
    chosen = {part: level for part, level in visibility.items() if level}
    return {"user_id": "anna", "preferences": {"visibility": chosen}}


def expected(caller: str, *levels: str | None) -> bool:
    """The rule in other words: the strictest of the levels decides."""
    if caller in ("the owner", "an admin"):
        return True
    return {"public": True, "users": caller != "nobody", "private": False}[
        max((level or "public" for level in levels), key=("public", "users", "private").index)
    ]


@pytest.mark.parametrize("caller", CALLERS)
def test_the_owners_visibility_decides_for_others(caller: str) -> None:
    for whole, part in product(LEVELS, LEVELS):
        item = profile(profile=whole, stats=part)
        assert rules.may_see("anna", item, CALLERS[caller], "profile") is expected(caller, whole)
        # A hidden profile hides the rest too.
        assert rules.may_see("anna", item, CALLERS[caller], "stats") is expected(caller, whole, part)
        assert rules.may_see("anna", item, CALLERS[caller], "badges") is expected(caller, whole)


@pytest.mark.parametrize("item", [None, {}, {"preferences": {}}, {"preferences": {"visibility": {}}}])
@pytest.mark.parametrize("caller", CALLERS.values())
def test_without_a_choice_everybody_may_see_all(caller: Caller, item: dict[str, Any] | None) -> None:
    assert rules.may_see("anna", item, caller, "achievements")


@pytest.mark.parametrize("caller", CALLERS)
def test_who_is_not_active_is_seen_by_themself_and_admins_only(caller: str) -> None:
    seen = rules.may_see("anna", {"is_active": False}, CALLERS[caller], "profile")
    assert seen is (caller in ("the owner", "an admin"))


@pytest.mark.parametrize(
    ("item", "listed"),
    [
        ({}, True),
        ({"preferences": {"leaderboards": "shown"}}, True),
        ({"preferences": {"leaderboards": "anonymous"}}, False),
        ({"preferences": {"leaderboards": "hidden"}}, False),
        ({"is_active": False}, False),
        ({"preferences": {"visibility": {"profile": "users"}}}, True),
        ({"preferences": {"visibility": {"profile": "private"}}}, False),
        ({"preferences": {"visibility": {"profile": "private"}, "leaderboards": "shown"}}, False),
    ],
)
def test_boards_name_who_wants_it_and_is_active(item: dict[str, Any], listed: bool) -> None:
    assert rules.is_listed(item) is listed


@pytest.mark.parametrize("caller", CALLERS.values())
@pytest.mark.parametrize("part", ["profile", "achievements", "badges", "goals", "stats"])
def test_of_who_has_left_nobody_sees_anything(caller: Caller, part: str) -> None:
    erased = {"is_active": False, "erased_at": "2026-11-20T18:22:05.000Z"}
    assert not rules.may_see("anna", erased, caller, part)


@pytest.mark.parametrize(
    ("item", "findable"),
    [
        ({"is_active": True}, True),
        ({"is_active": True, "preferences": {"visibility": {"profile": "users", "stats": "private"}}}, True),
        ({"is_active": True, "preferences": {"visibility": {"profile": "private"}}}, False),
        ({"is_active": True, "preferences": {"leaderboards": "hidden"}}, True),
        ({"is_active": False}, False),
    ],
)
def test_a_search_finds_who_is_active_and_not_private(item: dict[str, Any], findable: bool) -> None:
    assert rules.is_findable(item) is findable
