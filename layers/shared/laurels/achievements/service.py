"""Achievements: keep the catalogue, award what users have earned, list both."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError

from laurels import clock, keys, table, telemetry
from laurels.achievements import rules
from laurels.achievements.models import (
    Achievement,
    AchievementDefinition,
    AchievementDraft,
    AchievementImport,
    Award,
    AwardDraft,
    AwardFilter,
    ImportReport,
    ImportRow,
    ImportStatus,
)
from laurels.callers import Caller
from laurels.errors import Conflict
from laurels.languages import Languages
from laurels.paging import Listing, Page
from laurels.people import service as people
from laurels.shapes import field_errors
from laurels.standings import rules as standing_rules
from laurels.standings import service as standings
from laurels.table import ABSENT, ConditionFailed, Item, Put

VERSION = 1


def create(draft: AchievementDraft, origin: str) -> AchievementDefinition:
    """Adds a definition to the catalogue; Conflict if its code is taken, unless it was taken from the same origin."""
    item = _definition(draft, clock.iso(clock.now())) | {"origin": origin}
    try:
        table.write(Put(item, when=ABSENT))
    except ConditionFailed as failure:
        item = failure.item or {}
        if item.get("origin") != origin:
            detail = f"There is an achievement {draft.code} already. Change it, or choose another code."
            raise Conflict(detail) from failure
    return AchievementDefinition.model_validate(item)


def import_all(rows: AchievementImport) -> ImportReport:
    """Creates or replaces definitions by their codes, and says for each row what became of it.

    The rows that are right are written in one transaction, so that a catalogue is never half imported.
    """
    drafts: dict[int, AchievementDraft] = {}
    report: dict[int, ImportRow] = {}
    for index, row in enumerate(rows.items):
        draft, errors = _checked(row, taken={earlier.code for earlier in drafts.values()})
        if draft:
            drafts[index] = draft
        else:
            code = row["code"] if isinstance(row.get("code"), str) else None
            report[index] = ImportRow(index=index, code=code, status=ImportStatus.FAILED, errors=errors)
    for index, existed in zip(drafts, standings.retrying(lambda: _upsert([*drafts.values()])), strict=True):
        status = ImportStatus.UPDATED if existed else ImportStatus.CREATED
        report[index] = ImportRow(index=index, code=drafts[index].code, status=status)
    items = [report[index] for index in sorted(report)]
    counts = {str(status): sum(row.status is status for row in items) for status in ImportStatus}
    return ImportReport(items=items, **counts)


def _checked(row: dict[str, Any], taken: set[str]) -> tuple[AchievementDraft | None, list[str]]:
    """A row of an import as a draft, or what is wrong with it."""
    try:
        draft = AchievementDraft.model_validate(row)
    except ValidationError as error:
        return None, [f"{each['field']}: {each['detail']}" for each in field_errors(error)]
    if draft.code in taken:
        return None, ["code: stands in an earlier row of this import"]
    return draft, []


def _upsert(drafts: Sequence[AchievementDraft]) -> list[bool]:
    """Writes definitions of different codes; says for each whether there was one before."""
    existing = table.get_many([keys.achievement(draft.code) for draft in drafts], consistent=True)
    now = clock.iso(clock.now())
    changes = [
        Put(_definition(draft, now, before), when={"rev": before["rev"]} if before else ABSENT)
        for draft, before in zip(drafts, existing, strict=True)
    ]
    if changes:
        table.write(*changes)
    return [before is not None for before in existing]


def list_catalogue(caller: Caller, languages: Languages, page: Page, category: str | None) -> Listing[Achievement]:
    """The definitions by code, in the caller's language: those that can be earned, and secret ones that the caller
    has earned. Admins see all."""
    order = languages.order(_preferred_language(caller))

    @cache
    def earned() -> set[str]:
        return {award["code"] for award in table.query_all(keys.award(caller.sub))} if caller.sub else set()

    def visible(item: Item) -> bool:
        return item["is_active"] and (not item["is_secret"] or item["code"] in earned())

    def listed(item: Item) -> bool:
        return category in (None, item.get("category")) and (caller.is_admin or visible(item))

    found = table.select(keys.achievement(), listed, limit=page.limit, after=page.cursor)
    items = [rules.localise(item, order) for item in found.items]
    return Listing[Achievement](items=items, next_cursor=found.last)


def award(user_id: str, draft: AwardDraft, languages: Languages) -> tuple[Award, bool]:
    """Awards an achievement once, with its points, in one transaction; says whether this call made the award.

    Any number of calls in parallel make one award and exact points: each writes the award and the standing together,
    on condition that there is no award and that nobody has changed the standing.
    """
    now = clock.now()
    rules.check_awarded_at(draft.awarded_at, now)
    award_id = uuid.uuid4().hex  # tells our own award from another's when the answer to our write was lost
    order = languages.order()

    def attempt() -> tuple[Award, bool]:
        names = (keys.award(user_id, draft.code), keys.standing(user_id), keys.achievement(draft.code))
        existing, stored, definition = table.get_many(names, consistent=True)
        if existing:
            ours = existing["award_id"] == award_id
            return rules.describe(existing, definition, order, already_awarded=not ours), ours
        rules.check_draft(draft.own_fields, definition)
        at = draft.awarded_at or now
        item = _award(user_id, draft, award_id, definition, clock.iso(at))
        standing = standings.of(user_id, stored)
        standing_rules.earn(standing, item["points"], clock.epoch_ms(at), clock.epoch_ms(now))
        table.write(Put(item, when=ABSENT), standings.put(standing))
        return rules.describe(item, definition, order), True

    made = standings.retrying(attempt)
    telemetry.count("Awards", made[1])
    return made


def list_awards(user_id: str, caller: Caller, languages: Languages, page: Page, wanted: AwardFilter) -> Listing[Award]:
    """What the user has earned, by code, for those who may see it."""
    profile_of = people.read_many(list(dict.fromkeys(filter(None, (user_id, caller.sub)))))
    people.require_visible(user_id, profile_of[user_id], caller, "achievements")
    order = languages.order(str((profile_of.get(caller.sub) or {}).get("language", "")))

    def asked_for(item: Item) -> bool:
        awarded_at = clock.moment(item["awarded_at"])
        return (
            wanted.code in (None, item["code"])
            and (wanted.since is None or awarded_at >= wanted.since)
            and (wanted.until is None or awarded_at < wanted.until)
        )

    found = table.select(keys.award(user_id, wanted.code or ""), asked_for, limit=page.limit, after=page.cursor)
    codes = [item["code"] for item in found.items if "title" not in item]
    definitions = dict(zip(codes, table.get_many([keys.achievement(code) for code in codes]), strict=True))
    items = [rules.describe(item, definitions.get(item["code"]), order) for item in found.items]
    return Listing[Award](items=items, next_cursor=found.last)


def _preferred_language(caller: Caller) -> str:
    """The caller's own setting: it counts even where a language is asked for, as not every text may be in that one."""
    profile = table.get(keys.profile(caller.sub)) if caller.sub else None
    return str((profile or {}).get("language", ""))


def _definition(draft: AchievementDraft, now: str, before: Item | None = None) -> Item:
    fields = draft.model_dump(mode="json", exclude_none=True)
    created_at = before["created_at"] if before else now
    stamps = {"v": VERSION, "rev": before["rev"] + 1 if before else 1, "created_at": created_at, "updated_at": now}
    return keys.achievement(draft.code)._asdict() | fields | stamps


def _award(user_id: str, draft: AwardDraft, award_id: str, definition: Item | None, awarded_at: str) -> Item:
    """Of the catalogue's definition an award keeps the points that it was worth; the texts stay the catalogue's."""
    own = {"points": definition["points"]} if definition else draft.model_dump(include=draft.own_fields)
    if definition is None:
        own.setdefault("description", "")
    stamps = {"v": VERSION, "award_id": award_id, "code": draft.code, "awarded_at": awarded_at}
    return keys.award(user_id, draft.code)._asdict() | stamps | own
