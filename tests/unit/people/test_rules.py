"""Visibility: who may see which part of a user, and which users appear in lists."""

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
    """The same rule written differently: the strictest level decides."""
    if caller in ("the owner", "an admin"):
        return True
    return {"public": True, "users": caller != "nobody", "private": False}[
        max((level or "public" for level in levels), key=("public", "users", "private").index)
    ]


@pytest.mark.parametrize("caller", CALLERS)
def test_the_owners_visibility_applies_to_other_callers(caller: str) -> None:
    for whole, part in product(LEVELS, LEVELS):
        item = profile(profile=whole, stats=part)
        assert rules.may_see("anna", item, CALLERS[caller], "profile") is expected(caller, whole)
        # A hidden profile also hides the other parts.
        assert rules.may_see("anna", item, CALLERS[caller], "stats") is expected(caller, whole, part)
        assert rules.may_see("anna", item, CALLERS[caller], "badges") is expected(caller, whole)


@pytest.mark.parametrize("item", [None, {}, {"preferences": {}}, {"preferences": {"visibility": {}}}])
@pytest.mark.parametrize("caller", CALLERS.values())
def test_by_default_everyone_may_see_everything(caller: Caller, item: dict[str, Any] | None) -> None:
    assert rules.may_see("anna", item, caller, "achievements")


@pytest.mark.parametrize("caller", CALLERS)
def test_inactive_users_are_visible_only_to_themselves_and_admins(caller: str) -> None:
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
def test_boards_list_users_who_are_active_and_did_not_opt_out(item: dict[str, Any], listed: bool) -> None:
    assert rules.is_listed(item) is listed


@pytest.mark.parametrize("caller", CALLERS.values())
@pytest.mark.parametrize("part", ["profile", "achievements", "badges", "goals", "stats"])
def test_erased_users_are_visible_to_no_one(caller: Caller, part: str) -> None:
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
def test_a_search_finds_active_users_with_a_visible_profile(item: dict[str, Any], findable: bool) -> None:
    assert rules.is_findable(item) is findable
