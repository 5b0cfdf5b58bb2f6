"""The members whose names each caller sees: on the list of members, on the board and in the report."""

from typing import Any

import pytest

from laurels.groups import rules
from laurels.groups.rules import Act, Part
from laurels.people import service as people
from privacy import start_erasure
from tests.events import ADMIN, Answer, call, user
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.groups import school
from tests.integration.groups.school import ANNA, SERVICE, TEACHER

# Learners by what they chose, and whether fellow learners see their names.
CHOICES: dict[str, tuple[dict[str, Any], bool]] = {
    "shown": ({"preferences": {"leaderboards": "shown"}}, True),
    "silent": ({}, True),
    "private": ({"preferences": {"visibility": dict.fromkeys(("profile", "stats", "achievements"), "private")}}, True),
    "anonymous": ({"preferences": {"leaderboards": "anonymous"}}, False),
    "hidden": ({"preferences": {"leaderboards": "hidden"}}, False),
    "inactive": ({"is_active": False}, False),
}
RANKED = {*CHOICES, "never-came", "anna"} - {"hidden", "never-came"}
NAMED = {name for name, (_, is_named) in CHOICES.items() if is_named} | {"anna"}
EVERYBODY = {*CHOICES, "never-came", "anna", "marie"}


def choose(user_id: str, fields: dict[str, Any]) -> None:
    people.revise(user_id, lambda _: fields, None)


@pytest.fixture
def group_id(queues: Any) -> str:
    for name, (fields, _) in {**CHOICES, "anna": ({}, True), "erased": ({}, True)}.items():
        people.begin(people.fresh(name, f"Name {name}"))
        choose(name, fields)
        assert award(adhoc("an-award"), user_id=name).status == 201
    made = school.a_class("anna", *CHOICES, "never-came", "erased")
    assert call(start_erasure.handler, path={"user_id": "erased"}, caller=ADMIN).status == 202
    return made


def listed(answer: Answer) -> set[str]:
    assert answer.status == 200, answer.text
    return {row["user_id"] for row in answer.body["items"] if row["user_id"]}


def test_fellow_learners_see_the_names_of_those_who_are_shown(group_id: str) -> None:
    assert listed(school.members(group_id, ANNA, limit="100")) == NAMED | {"never-came", "marie"}
    for caller in (TEACHER, SERVICE, ADMIN):
        assert listed(school.members(group_id, caller, limit="100")) == EVERYBODY
    for name in ("hidden", "anonymous", "inactive"):
        assert listed(school.members(group_id, user(name), limit="100")) == NAMED | {"never-came", "marie", name}


def test_pages_name_only_members_who_are_shown(group_id: str) -> None:
    found: list[str] = []
    query: dict[str, str] = {"limit": "1"}
    while True:
        page = school.members(group_id, ANNA, **query).body
        found += [each["user_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == sorted(NAMED | {"never-came", "marie"})


@pytest.mark.parametrize("caller", [ANNA, TEACHER, ADMIN], ids=lambda caller: caller["sub"])
def test_a_board_is_the_same_for_everybody(group_id: str, caller: dict[str, str]) -> None:
    body = school.board(group_id, caller, limit="100").body
    assert body["total"] == len(body["items"]) == len(RANKED)
    assert {row["user_id"] for row in body["items"]} == NAMED | {None}
    for row in body["items"]:
        is_named = row["user_id"] is not None
        assert (row["display_name"] is not None) == is_named
        assert row["achieved_at"].endswith("T00:00:00.000Z") != is_named
    assert (body["me"] is None) == (caller is not ANNA)


@pytest.mark.parametrize("mode", ["anonymous", "off"])
def test_an_anonymous_board_names_nobody_to_anybody(group_id: str, mode: str) -> None:
    assert school.patch(group_id, {"board": mode}, TEACHER).status == 200
    callers = (TEACHER, ADMIN) if mode == "off" else (ANNA, TEACHER, ADMIN)
    for caller in callers:
        body = school.board(group_id, caller, limit="100").body
        assert {(row["user_id"], row["display_name"], row["avatar_url"]) for row in body["items"]} == {(None,) * 3}
        assert [row["is_me"] for row in body["items"]].count(True) == (caller is ANNA)
    assert school.patch(group_id, {"board": "shown"}, TEACHER).status == 200
    assert listed(school.board(group_id, ANNA, limit="100")) >= NAMED


def test_a_report_names_every_learner_but_erased_ones(group_id: str) -> None:
    for caller in (TEACHER, SERVICE, ADMIN):
        assert listed(school.report(group_id, caller)) == EVERYBODY - {"marie"}
    assert school.report(group_id, TEACHER).body["items"][0]["user_id"] == "never-came"


def test_a_guard_that_is_taken_out_is_noticed(group_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen() -> list[Any]:
        off = school.board(group_id, ANNA).status
        return [listed(school.members(group_id, ANNA, limit="100")), off]

    assert school.patch(group_id, {"board": "off"}, TEACHER).status == 200
    assert seen() == [NAMED | {"never-came", "marie"}, 404]
    for act in (Act.SEE_EVERYBODY, Act.SEE_BOARD_THAT_IS_OFF):
        with monkeypatch.context() as patched:
            patched.setitem(rules.MAY, act, rules.MAY[act] | {Part.LEARNER})
            assert seen() != [NAMED | {"never-came", "marie"}, 404], act
    with monkeypatch.context() as patched:
        patched.setattr(rules, "is_named", lambda *_: True)
        assert seen() != [NAMED | {"never-came", "marie"}, 404]


def test_outside_of_the_group_a_membership_opens_nothing(group_id: str) -> None:
    from profiles import get_profile
    from stats import get_stats

    for caller in (ANNA, TEACHER):
        for handler in (get_profile.handler, get_stats.handler):
            assert call(handler, path={"user_id": "private"}, caller=caller).status == 404
