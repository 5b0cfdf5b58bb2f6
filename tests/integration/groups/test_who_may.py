"""The matrix of rights in a group. A right that is added to the product's table, or taken out, is noticed."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from laurels.groups import rules
from laurels.groups.rules import Act, Part
from tests.events import ADMIN, Answer, user
from tests.integration.groups import school
from tests.integration.groups.school import ANNA, SERVICE, STRANGER, TEACHER

CALLERS: dict[str, dict[str, str]] = {
    "learner": ANNA,
    "teacher": TEACHER,
    "former member": user("former"),
    "former teacher": user("former-teacher"),
    "member of another group": user("other-learner"),
    "teacher of another group": user("other-teacher"),
    "stranger": STRANGER,
    "service": SERVICE,
    "service without the scope": {"sub": "a-service", "scope": "stats:write awards:write users:write users:read"},
    "admin": ADMIN,
}
MEMBERS, GRANTED = ("learner", "teacher"), ("service", "admin")


class Row(NamedTuple):
    """A request, and who may make it. Others who know the group get 403, and everybody else 404."""

    name: str
    ask: Callable[[str, dict[str, str]], Answer]
    may: tuple[str, ...]
    act: Act | None
    knows: tuple[str, ...] = (*MEMBERS, *GRANTED)


ROWS = [
    Row("get", school.get, (*MEMBERS, *GRANTED), Act.SEE),
    Row("members", school.members, (*MEMBERS, *GRANTED), Act.LIST_MEMBERS),
    Row("board", school.board, (*MEMBERS, "admin"), Act.SEE_BOARD),
    Row("report", school.report, ("teacher", *GRANTED), Act.SEE_REPORT),
    Row("report as CSV", lambda g, who: school.report(g, who, "text/csv"), ("teacher", *GRANTED), Act.SEE_REPORT),
    Row("change", lambda g, who: school.patch(g, {"name": "8B"}, who), ("teacher", *GRANTED), Act.CHANGE),
    Row("add", lambda g, who: school.put(g, "new", who), ("teacher", *GRANTED), Act.ADD_MEMBERS),
    Row("change a role", lambda g, who: school.put(g, "boris", who, "teacher"), ("teacher", *GRANTED), Act.ADD_MEMBERS),
    Row(
        "import",
        lambda g, who: school.import_all(g, {"user_id": "new"}, caller=who),
        ("teacher", *GRANTED),
        Act.ADD_MEMBERS,
    ),
    Row(
        "import nothing valid",
        lambda g, who: school.import_all(g, {"user_id": ""}, caller=who),
        ("teacher", *GRANTED),
        Act.ADD_MEMBERS,
    ),
    Row("remove", lambda g, who: school.remove(g, "boris", who), ("teacher", *GRANTED), Act.REMOVE_MEMBERS),
    Row("remove nobody", lambda g, who: school.remove(g, "nobody", who), ("teacher", *GRANTED), Act.REMOVE_MEMBERS),
    Row("award", lambda g, who: school.award(g, "kind", "boris", caller=who), ("teacher",), Act.AWARD),
    Row("leave", lambda g, who: school.remove(g, "me", who), (*MEMBERS, *GRANTED), Act.LEAVE),
    Row("delete", school.delete, GRANTED, Act.DELETE),
]


class Wrong(NamedTuple):
    row: str
    who: str
    status: int
    expected: str


def differences(rows: list[Row], callers: dict[str, dict[str, str]], group_id: str, undo: Any) -> Iterator[Wrong]:
    for row in rows:
        for who, token in callers.items():
            with undo():
                status = row.ask(group_id, token).status
            expected = "2xx" if who in row.may else "403" if who in row.knows else "404"
            if not str(status).startswith(expected.rstrip("x")):
                yield Wrong(row.name, who, status, expected)


@pytest.fixture
def group_id(queues: Any) -> str:
    from tests.integration.achievements.catalogue import create, draft

    assert create(draft("kind", by_teachers=True)).status == 201
    made = school.a_class("anna", "boris", "former")
    assert school.put(made, "former-teacher", role="teacher").status == 200
    other = school.create(name="Another").body["group_id"]
    assert school.put(other, "other-learner").status == 200
    assert school.put(other, "other-teacher", role="teacher").status == 200
    for user_id in ("former", "former-teacher"):
        assert school.remove(made, user_id).status == 204
    return made


@pytest.fixture
def undo(dynamodb_client: Any, table: str) -> Any:
    from tests.integration.people import world

    return lambda: world.undone(dynamodb_client, table)


def test_each_caller_may_do_exactly_what_the_table_says(group_id: str, undo: Any) -> None:
    assert not [*differences(ROWS, CALLERS, group_id, undo)]


def test_a_guard_that_is_taken_out_or_put_in_is_noticed(
    group_id: str, undo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each entry of the product's table, with the callers whom it is about."""
    who = {Part.LEARNER: "learner", Part.TEACHER: "teacher", Part.SERVICE: "service", Part.ADMIN: "admin"}
    for act in {row.act for row in ROWS if row.act}:
        rows = [row for row in ROWS if row.act is act]
        for part in Part:
            if act is Act.LEAVE and part in (Part.SERVICE, Part.ADMIN):
                continue  # a caller who is not a member can only remove others
            with monkeypatch.context() as patched:
                patched.setitem(rules.MAY, act, rules.MAY[act] ^ {part})
                changed = [*differences(rows[:1], {who[part]: CALLERS[who[part]]}, group_id, undo)]
            assert changed, f"nothing changes if {act} is another matter for {part}"


def test_nobody_learns_from_an_answer_that_a_group_exists(group_id: str) -> None:
    """Strangers get the same answer for this group and for one that does not exist."""
    for row in ROWS:
        actual = {}
        for each in (group_id, "0" * 32):
            body = row.ask(each, STRANGER).body
            actual[each] = {name: value for name, value in body.items() if name != "request_id"}
        assert actual[group_id] == actual["0" * 32], row.name


def test_learners_do_not_see_a_board_that_is_off(group_id: str) -> None:
    assert school.patch(group_id, {"board": "off"}, TEACHER).status == 200
    seen = {who: school.board(group_id, token).status for who, token in CALLERS.items()}
    open_to = {"teacher": 200, "admin": 200, "service": 403}
    assert seen == {who: open_to.get(who, 404) for who in CALLERS}


def test_only_services_with_the_scope_and_admins_create_groups() -> None:
    created = {who: school.create(token).status for who, token in CALLERS.items()}
    assert created == {who: 201 if who in GRANTED else 403 for who in CALLERS}


def test_a_user_s_groups_are_for_the_user_and_admins(group_id: str) -> None:
    for who, token in CALLERS.items():
        answer = school.groups_of("anna", token)
        assert answer.status == (200 if who in ("learner", "admin") else 404), who
    (found,) = school.groups_of("anna").body["items"]
    assert (found["group_id"], found["role"], found["members_count"]) == (group_id, "learner", 3)
    assert school.groups_of("former").body["items"] == []


def test_a_removed_member_sees_nothing_from_the_next_request_on(group_id: str) -> None:
    assert school.board(group_id, ANNA).status == 200
    assert school.remove(group_id, "anna", TEACHER).status == 204
    for ask in (school.get, school.members, school.board):
        assert ask(group_id, ANNA).status == 404
    assert "anna" not in school.members(group_id, TEACHER).text


def test_a_learner_leaves_and_cannot_remove_others(group_id: str) -> None:
    assert school.remove(group_id, "boris", ANNA).status == 403
    assert school.remove(group_id, "anna", ANNA).status == 204
    assert school.remove(group_id, "me", ANNA).status == 404, "a repetition is a stranger's"
    assert school.count(group_id) == 2


def test_the_last_teacher_may_go(group_id: str) -> None:
    assert school.remove(group_id, "me", TEACHER).status == 204
    assert school.get(group_id, TEACHER).status == 404
    assert school.get(group_id, ANNA).status == 200
