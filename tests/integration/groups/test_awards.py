"""POST /v1/groups/{group_id}/awards: awards by teachers."""

from typing import Any

import pytest

from laurels.standings import service as standings
from tests.integration.achievements.catalogue import archive, create, draft, patch
from tests.integration.groups import school
from tests.integration.groups.school import TEACHER

USERS = ("anna", "boris", "marie", "stranger")


@pytest.fixture
def group_id() -> str:
    assert create(draft("kind", by_teachers=True, points=5)).status == 201
    return school.a_class("anna", "boris", "clara")


def test_each_row_has_its_result_and_a_repetition_awards_nothing(group_id: str) -> None:
    answer = school.award(group_id, "kind", "anna", "boris", "anna", "marie", "stranger")
    assert answer.status == 200
    assert [(row["user_id"], row["status"]) for row in answer.body["items"]] == [
        ("anna", "awarded"),
        ("boris", "awarded"),
        ("marie", "failed"),
        ("stranger", "failed"),
    ]
    assert (answer.body["awarded"], answer.body["already_awarded"], answer.body["failed"]) == (2, 0, 2)
    again = school.award(group_id, "kind", "anna", "boris", "clara").body
    assert [row["status"] for row in again["items"]] == ["already_awarded", "already_awarded", "awarded"]
    assert [standings.get(user_id).points for user_id in ("anna", "boris", "clara", "marie", "stranger")] == [
        *(5, 5, 5, 0, 0)
    ]


def test_an_erased_learner_s_row_is_refused(group_id: str, queues: Any) -> None:
    from tests.integration.privacy.erasing_and_exporting import arrive, leave

    arrive("anna")
    leave("anna")
    body = school.award(group_id, "kind", "anna", "boris").body
    assert [row["status"] for row in body["items"]] == ["failed", "awarded"]


def test_only_achievements_for_teachers_can_be_awarded(group_id: str) -> None:
    assert create(draft("by-criteria")).status == 201
    for code, why in (("by-criteria", "not_by_teachers"), ("nothing", "unknown_code")):
        answer = school.award(group_id, code, "anna")
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, why)
    assert archive("kind").status == 204
    answer = school.award(group_id, "kind", "anna")
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "archived")
    assert patch({"by_teachers": True}, "by-criteria").body["by_teachers"] is True
    assert school.award(group_id, "by-criteria", "anna").body["awarded"] == 1


def test_a_hundred_users_at_most(group_id: str) -> None:
    assert school.award(group_id, "kind", caller=TEACHER).status == 422
    assert school.award(group_id, "kind", *(f"user-{n}" for n in range(101))).status == 422
    assert school.award(group_id, "kind", *(f"user-{n}" for n in range(100))).body["failed"] == 100


def test_a_definition_of_before_teachers_is_left_alone_by_a_patch_that_changes_nothing() -> None:
    from laurels import keys, table
    from laurels.writes import Update

    assert create(draft("old")).status == 201
    table.write(Update(keys.achievement("old"), remove=["by_teachers"]))
    before = table.get(keys.achievement("old"))
    assert patch({"points": 50}, "old").body["by_teachers"] is False
    assert table.get(keys.achievement("old")) == before
