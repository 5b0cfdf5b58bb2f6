"""Badges to test with."""

from typing import Any

from badges import create_badge, delete_badge, list_badges
from tests.events import Answer, call, user

ANNA = user("anna")


def make(
    body: Any = None, caller: dict[str, str] | None = ANNA, user_id: str = "me", headers: dict[str, str] | None = None
) -> Answer:
    body = {"name": "Marathon"} if body is None else body
    return call(create_badge.handler, path={"user_id": user_id}, caller=caller, body=body, headers=headers)


def listed(caller: dict[str, str] | None = ANNA, user_id: str = "anna", **query: str) -> Answer:
    return call(list_badges.handler, path={"user_id": user_id}, caller=caller, query=query)


def remove(badge_id: str, caller: dict[str, str] | None = ANNA, user_id: str = "me") -> Answer:
    return call(delete_badge.handler, path={"user_id": user_id, "badge_id": badge_id}, caller=caller)
