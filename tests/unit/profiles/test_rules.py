"""Descriptions of profiles."""

from laurels.people.figures import Guard
from laurels.people.rules import EVERYTHING, View
from laurels.profiles import rules
from laurels.profiles.models import Profile, ProfilePatch, PublicProfile
from laurels.standings.models import Board, Counter, OwnNumber, Score, Standing

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
PRIVATE = {"avatar_error", "phone_number", "last_login_at", "last_seen_at"}


def without(*parts: Guard) -> View:
    return View(frozenset(Guard) - {Guard.OWNER, *parts})


OTHERS = without()


def test_private_fields_are_shown_to_the_owner_only() -> None:
    others = rules.describe(ITEM, Standing("anna"), view=OTHERS).model_dump()
    own = rules.describe(ITEM, Standing("anna"), view=EVERYTHING).model_dump()
    assert own.keys() - others.keys() == PRIVATE
    assert not {"PK", "SK", "rev", "preferences"} & own.keys()
    assert (own["phone_number"], own["display_name"]) == ("+49301234567", "Anna")
    assert Profile.model_fields.keys() - PublicProfile.model_fields.keys() == PRIVATE


def test_progress_points_and_achievements_come_from_the_standing() -> None:
    standing = Standing("anna", average_grade=91.5)
    standing.counters[Counter.TESTS_PASSED] = 7
    standing.own = {"minutes_read": OwnNumber(number=30), "best_score": OwnNumber(is_counter=False, number=8750)}
    standing.scores[Board.POINTS], standing.scores[Board.ACHIEVEMENTS] = Score(150), Score(2)
    found = rules.describe(ITEM | {"points": 9, "achievements_count": 9}, standing, view=OTHERS)
    assert (found.points, found.achievements_count) == (150, 2)
    assert found.progress
    assert found.progress.model_dump() == {
        "total_courses": 0,
        "completed_courses": 0,
        "active_courses": 0,
        "average_grade": 91.5,
        "homeworks_completed": 0,
        "tests_passed": 7,
        "metrics": {"best_score": 87.5, "minutes_read": 30},
    }


def test_fields_from_hidden_parts_are_null() -> None:
    standing = Standing("anna", average_grade=91.5)
    standing.scores[Board.POINTS], standing.scores[Board.ACHIEVEMENTS] = Score(150), Score(2)
    no_stats = rules.describe(ITEM, standing, view=without(Guard.STATS, Guard.GOALS))
    assert (no_stats.progress, no_stats.points, no_stats.achievements_count) == (None, None, 2)
    no_awards = rules.describe(ITEM, standing, view=without(Guard.ACHIEVEMENTS))
    assert (no_awards.points, no_awards.achievements_count) == (150, None)
    assert no_awards.progress


def test_a_caller_who_may_not_see_the_profile_is_shown_what_it_wrote() -> None:
    found = rules.written(ITEM | {"is_verified": True, "about": "hers"}, ProfilePatch(is_verified=True))
    assert found.model_dump() == {"user_id": "anna", "is_verified": True}
    assert rules.written(ITEM, ProfilePatch()).model_dump() == {"user_id": "anna"}
