"""From rows to a plan: all that is to be written, by user, and what is refused. Pure functions."""

import re
from typing import TypeVar

from laurels.callers import RESERVED_IDS, USER_ID
from local.migration import accounts, belongings
from local.migration.models import Plan, User
from local.migration.reading import Refusal, Row, Tables

_New = TypeVar("_New")


def plan(tables: Tables) -> Plan:
    """Return what the rows become. Awards are in the order of their times, as they were earned."""
    made = Plan()
    profiles, refused = accounts.accounts(tables["profiles"], tables["preferences"])
    made.refused += refused
    for user_id, profile in profiles.items():
        made.users[user_id] = User(profile)
    codes = _definitions(tables["achievements"], made)
    for row in tables["awards"]:
        if found := _owned(row, belongings.award(row, codes), made):
            found[0].awards.append(found[1])
    for row in tables["badges"]:
        if badge := _owned(row, belongings.badge(row), made):
            badge[0].badges.append(badge[1])
    for row in tables["goals"]:
        if goal := _owned(row, belongings.goal(row), made):
            goal[0].goals.append(goal[1])
    new_ids: dict[tuple[str | None, str], str] = {}
    for row in tables["requirements"]:
        if requirements := _owned(row, belongings.requirements(row), made):
            requirements[0].requirements.append(requirements[1])
            new_ids[_named(row)] = requirements[1].origin.new_id()
    new_resumes: dict[tuple[str | None, str], str] = {}
    for row in tables["resumes"]:
        if resume := _owned(row, belongings.resume(row, new_ids), made):
            resume[0].resumes.append(resume[1])
            new_resumes[_named(row)] = resume[1].origin.new_id()
    for row in tables["processings"]:
        if processing := _owned(row, belongings.processing(row, new_resumes, new_ids), made):
            processing[0].processings.append(processing[1])
    for user in made.users.values():
        user.awards.sort(key=lambda each: str(each.draft.awarded_at))
    return made


def _named(row: Row) -> tuple[str, str]:
    """Return the user and the former id of a document's row."""
    return str(row.cells["user_id"]), str(row.cells["id"])


def _definitions(rows: list[Row], made: Plan) -> dict[str, str]:
    """Add the definitions to the plan; return the code of each former id."""
    codes: dict[str, str] = {}
    taken: set[str] = set()
    for row in rows:
        former, definition, refused = belongings.definition(row)
        made.refused += refused
        if definition is None:
            continue
        code = definition.draft.code
        if code in taken:
            made.refused.append(Refusal(row.file, row.number, None, f"an earlier row has the code {code}"))
            continue
        taken.add(code)
        codes[former or code] = code
        made.definitions.append(definition)
    return codes


def _owned(row: Row, found: tuple[str | None, _New | None, list[Refusal]], made: Plan) -> tuple[User, _New] | None:
    """Return the user of the plan whom a row is about, with what the row becomes; None if the row is refused."""
    user_id, new, refused = found
    made.refused += refused
    if new is None:
        return None
    if user_id is None or user_id in RESERVED_IDS or not re.fullmatch(USER_ID, user_id):
        made.refused.append(Refusal(row.file, row.number, None, "has no good user_id"))
        return None
    return made.users.setdefault(user_id, User()), new
