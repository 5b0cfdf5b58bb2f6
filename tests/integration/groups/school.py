"""A class with a teacher and learners, and calls of its endpoints."""

from collections import Counter
from typing import Any

from groups import (
    award_members,
    create_group,
    delete_group,
    get_group,
    get_group_board,
    get_group_report,
    import_members,
    list_groups,
    list_members,
    put_member,
    remove_member,
    update_group,
)
from tests.contents import contents
from tests.events import ADMIN, Answer, call, user

SERVICE = {"sub": "school-service", "scope": "groups:write"}
TEACHER, ANNA, BORIS, STRANGER = user("marie"), user("anna"), user("boris"), user("stranger")
Who = dict[str, str]

__all__ = ["ADMIN", "ANNA", "BORIS", "SERVICE", "STRANGER", "TEACHER"]


def create(caller: Who = SERVICE, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    return call(create_group.handler, caller=caller, headers=headers, body={"kind": "class", "name": "7B"} | fields)


def a_class(*learners: str, **fields: Any) -> str:
    """Create a group with Marie as its teacher; return its id."""
    group_id: str = create(**fields).body["group_id"]
    assert put(group_id, "marie", role="teacher").status == 200
    for learner in learners:
        assert put(group_id, learner).status == 200
    return group_id


def get(group_id: str, caller: Who = SERVICE) -> Answer:
    return call(get_group.handler, path={"group_id": group_id}, caller=caller)


def patch(group_id: str, body: Any, caller: Who = SERVICE, headers: dict[str, str] | None = None) -> Answer:
    return call(update_group.handler, path={"group_id": group_id}, caller=caller, body=body, headers=headers)


def delete(group_id: str, caller: Who = SERVICE, headers: dict[str, str] | None = None) -> Answer:
    return call(delete_group.handler, path={"group_id": group_id}, caller=caller, headers=headers)


def put(group_id: str, user_id: str, caller: Who = SERVICE, role: str = "learner") -> Answer:
    path = {"group_id": group_id, "user_id": user_id}
    return call(put_member.handler, path=path, caller=caller, body={"role": role})


def remove(group_id: str, user_id: str, caller: Who = SERVICE) -> Answer:
    return call(remove_member.handler, path={"group_id": group_id, "user_id": user_id}, caller=caller)


def import_all(group_id: str, *rows: Any, caller: Who = SERVICE) -> Answer:
    return call(import_members.handler, path={"group_id": group_id}, caller=caller, body={"items": list(rows)})


def members(group_id: str, caller: Who = SERVICE, **query: str) -> Answer:
    return call(list_members.handler, path={"group_id": group_id}, caller=caller, query=query)


def ids(group_id: str, caller: Who = SERVICE) -> list[str]:
    return [each["user_id"] for each in members(group_id, caller, limit="100").body["items"]]


def groups_of(user_id: str, caller: Who | None = None, **query: str) -> Answer:
    return call(list_groups.handler, path={"user_id": user_id}, caller=caller or user(user_id), query=query)


def board(group_id: str, caller: Who = ANNA, **query: str) -> Answer:
    return call(get_group_board.handler, path={"group_id": group_id}, caller=caller, query=query)


def report(group_id: str, caller: Who = TEACHER, accept: str = "application/json", **query: str) -> Answer:
    path, headers = {"group_id": group_id}, {"accept": accept}
    return call(get_group_report.handler, path=path, caller=caller, headers=headers, query=query)


def award(group_id: str, code: str, *users: str, caller: Who = TEACHER) -> Answer:
    body = {"code": code, "user_ids": list(users)}
    return call(award_members.handler, path={"group_id": group_id}, caller=caller, body=body)


def count(group_id: str) -> int:
    found: int = get(group_id, ADMIN).body["members_count"]
    return found


def check(dynamodb: Any, name: str) -> None:
    """Assert that counts are those of the items, and that the two items of each membership agree."""
    items = contents(dynamodb, name)
    found, mirrored = {}, {}
    for item in items:
        if item["SK"].startswith("MEMBER#"):
            found[item["PK"].removeprefix("GROUP#"), item["user_id"]] = item["role"], item["joined_at"]
        elif item["SK"].startswith("MEMBERSHIP#"):
            mirrored[item["group_id"], item["PK"].removeprefix("USER#")] = item["role"], item["joined_at"]
    assert found == mirrored
    members, groups = Counter(group for group, _ in found), Counter(user_id for _, user_id in found)
    for item in items:
        if item["SK"] == "GROUP":
            assert item["members_count"] == members[item["group_id"]]
        elif item["SK"] == "MEMBERSHIPS":
            assert item["groups_count"] == groups[item["PK"].removeprefix("USER#")]
