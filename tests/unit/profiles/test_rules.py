"""Who may see what of a profile, and how it is told."""

from itertools import product
from typing import Any

import pytest

from laurels.callers import Caller, Grant
from laurels.profiles import rules
from laurels.profiles.models import Profile, PublicProfile
from laurels.standings.models import Board, Counter, Score, Standing

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
    ],
)
def test_boards_name_who_wants_it_and_is_active(item: dict[str, Any], listed: bool) -> None:
    assert rules.is_listed(item) is listed


ITEM = {
    "PK": "USER#anna",
    "SK": "PROFILE",
    "rev": 3,
    "user_id": "anna",
    "display_name": "Anna",
    "phone_number": "+49301234567",
    "last_login_at": "2026-11-20T18:22:05.000Z",
    "last_seen_at": "2026-11-20T18:22:05.000Z",
    "preferences": {"email_notifications": True},
    "created_at": "2026-11-20T18:22:05.000Z",
    "updated_at": "2026-11-20T18:22:05.000Z",
}
PRIVATE = {"phone_number", "last_login_at", "last_seen_at"}


def test_others_are_not_told_what_is_private() -> None:
    others = rules.describe(ITEM, Standing("anna"), private=False).model_dump()
    own = rules.describe(ITEM, Standing("anna"), private=True).model_dump()
    assert own.keys() - others.keys() == PRIVATE
    assert not {"PK", "SK", "rev", "preferences"} & own.keys()
    assert (own["phone_number"], own["display_name"]) == ("+49301234567", "Anna")
    assert Profile.model_fields.keys() - PublicProfile.model_fields.keys() == PRIVATE


def test_progress_points_and_achievements_come_from_the_standing() -> None:
    standing = Standing("anna", average_grade=91.5)
    standing.counters[Counter.TESTS_PASSED] = 7
    standing.scores[Board.POINTS], standing.scores[Board.ACHIEVEMENTS] = Score(150), Score(2)
    told = rules.describe(ITEM | {"points": 9, "achievements_count": 9}, standing, private=False)
    assert (told.points, told.achievements_count) == (150, 2)
    assert told.progress.model_dump() == {
        "total_courses": 0,
        "completed_courses": 0,
        "active_courses": 0,
        "average_grade": 91.5,
        "homeworks_completed": 0,
        "tests_passed": 7,
    }
