"""Visibility: who may see which figure of a user, and which users a search finds."""

from itertools import product
from typing import Any

import pytest

from laurels.callers import Caller, Grant
from laurels.people import rules
from laurels.people.figures import GUARDS, Figure, Guard
from laurels.people.models import Visibility

CALLERS = {
    "nobody": Caller(),
    "a user": Caller("boris"),
    "a service": Caller("a-service", frozenset({Grant.AWARDS_WRITE, Grant.USERS_READ})),
    "the owner": Caller("anna"),
    "an admin": Caller("an-admin", frozenset({Grant.ADMIN})),
}
OWN = ("the owner", "an admin")
LEVELS = (None, "public", "users", "private")


def profile(**visibility: str | None) -> dict[str, Any]:
    chosen = {part: level for part, level in visibility.items() if level}
    return {"user_id": "anna", "preferences": {"visibility": chosen}}


def shows(item: dict[str, Any] | None, caller: str, figure: Figure, default: Visibility = Visibility.USERS) -> bool:
    return rules.view("anna", item, CALLERS[caller], default).shows(figure)


def expected(caller: str, *levels: str | None, default: str = "users") -> bool:
    """The same rule written differently: the strictest level decides."""
    if caller in OWN:
        return True
    return {"public": True, "users": caller != "nobody", "private": False}[
        max((level or default for level in levels), key=("public", "users", "private").index)
    ]


@pytest.mark.parametrize("default", Visibility)
@pytest.mark.parametrize("caller", CALLERS)
def test_the_owners_visibility_applies_to_other_callers(caller: str, default: Visibility) -> None:
    for whole, part in product(LEVELS, LEVELS):
        item = profile(profile=whole, stats=part, badges="public")
        assert shows(item, caller, Figure.PROFILE, default) is expected(caller, whole, default=default)
        # A hidden profile also hides the other parts.
        assert shows(item, caller, Figure.STATS, default) is expected(caller, whole, part, default=default)
        assert shows(item, caller, Figure.BADGES, default) is expected(caller, whole, default=default)


@pytest.mark.parametrize("item", [None, {}, {"preferences": {}}, {"preferences": {"visibility": {}}}])
@pytest.mark.parametrize("caller", CALLERS)
def test_the_default_applies_to_users_who_never_chose(caller: str, item: dict[str, Any] | None) -> None:
    for default in Visibility:
        assert shows(item, caller, Figure.AWARDS, default) is expected(caller, default)


@pytest.mark.parametrize("figure", Figure)
def test_each_figure_is_guarded_by_the_profile_or_by_the_owner(figure: Figure) -> None:
    assert GUARDS[figure] & {Guard.PROFILE, Guard.OWNER}


@pytest.mark.parametrize("caller", CALLERS)
def test_what_is_the_owners_alone_is_visible_only_to_them_and_admins(caller: str) -> None:
    item = profile(**dict.fromkeys(Guard, "public"))  # also a part of that name that somebody wrote into the item
    for figure in (Figure.CONTACT, Figure.TIME_ZONE):
        assert shows(item, caller, figure) is (caller in OWN)


@pytest.mark.parametrize("caller", CALLERS)
def test_inactive_users_are_visible_only_to_themselves_and_admins(caller: str) -> None:
    assert shows({"is_active": False}, caller, Figure.PROFILE, Visibility.PUBLIC) is (caller in OWN)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("figure", Figure)
def test_erased_users_are_visible_to_no_one(caller: str, figure: Figure) -> None:
    erased = {"is_active": False, "erased_at": "2026-11-20T18:22:05.000Z"}
    assert not shows(erased, caller, figure, Visibility.PUBLIC)


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
    assert rules.is_findable(item, Visibility.USERS) is findable


def test_by_a_private_default_a_search_finds_only_users_who_chose_otherwise() -> None:
    assert not rules.is_findable({"is_active": True}, Visibility.PRIVATE)
    assert rules.is_findable({"is_active": True} | profile(profile="users"), Visibility.PRIVATE)
