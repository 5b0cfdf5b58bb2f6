"""The catalogue of achievements: create, change, archive, import and read definitions.

A definition, its entry in the item of all criteria, which stat updates read, and a new version of the catalogue are
written in one transaction. Other calls hold definitions by that version (see held_definitions.py).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError

from laurels import clock, keys, revisions, settings, table
from laurels.achievements import catalogue_rules, criteria, held_definitions, rules
from laurels.achievements.catalogue_models import (
    Achievement,
    AchievementDefinition,
    AchievementDraft,
    AchievementImport,
    AchievementPatch,
    EditableAchievement,
    ImportReport,
    ImportRow,
    ImportStatus,
)
from laurels.achievements.held_definitions import Lookup
from laurels.callers import Caller
from laurels.errors import Conflict, FieldError, NotFound
from laurels.fields import error_lines
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.paging import Listing, PageQuery
from laurels.retries import retrying
from laurels.revisions import Revised
from laurels.standings import in_force, thresholds
from laurels.standings.definitions import Definitions
from laurels.standings.models import Metric
from laurels.table import Cancelled, ConditionFailed
from laurels.writes import ABSENT, Item, Put, Update, Write

VERSION = 1
_TRANSACTION = 100  # writes at most
_UNKNOWN = "There is no such achievement."


def create(draft: AchievementDraft, origin: Origin) -> AchievementDefinition:
    """Create a definition, once per origin. Raises Conflict if its code is taken."""
    item = _definition(draft, clock.iso(clock.now()), None, origin.id)
    in_force.check(catalogue_rules.new_conditions(draft))

    def attempt() -> Item:
        try:
            _write(Put(item, when=ABSENT), *_following({draft.code: (None, item)}))
        except ConditionFailed as failure:
            found = failure.item or {}
            if not origin.made(found):
                detail = f"There is an achievement {draft.code} already. Change it, or choose another code."
                taken: FieldError = {"field": "code", "detail": "is taken", "code": "taken"}
                raise Conflict(detail, errors=[taken]) from failure
            return found
        return item

    return AchievementDefinition.model_validate(retrying(attempt))


def update(code: str, patch: AchievementPatch, expected: int | None) -> Revised[AchievementDefinition]:
    """Change the fields that were sent. A patch that changes nothing writes nothing.

    `expected` is the revision of `If-Match`. Raises NotFound, Invalid, and Stale if it is not the current one.
    """

    def attempt() -> Revised[AchievementDefinition]:
        before = table.get(keys.achievement(code), consistent=True)
        if before is None:
            raise NotFound(_UNKNOWN)
        draft = catalogue_rules.patched(before, patch)
        item = _definition(draft, clock.iso(clock.now()), before)
        same = _same_content(before, item)
        if revisions.is_unchanged(expected, before["rev"], same=same):
            return Revised(AchievementDefinition.model_validate(before), before["rev"])
        in_force.check(catalogue_rules.new_conditions(draft, before))
        _write(Put(item, when=_unchanged(before)), *_following({code: (before, item)}))
        return Revised(AchievementDefinition.model_validate(item), item["rev"])

    return retrying(attempt)


def archive(code: str, expected: int | None) -> None:
    """Archive a definition: it can no longer be earned, and its awards stay. Idempotent. Raises NotFound and Stale."""
    condition = {"is_active": True} | ({} if expected is None else {"rev": expected})
    now = clock.iso(clock.now())
    archived = {"is_active": False, "updated_at": now}
    change = Update(keys.achievement(code), set=archived, add={"rev": 1}, when=condition)
    without_criteria = in_force.change({}, [criteria.attribute(code)], catalogue=True)

    def attempt() -> None:
        try:
            _write(change, *without_criteria)
        except ConditionFailed as failure:
            if failure.item is None:
                raise NotFound(_UNKNOWN) from None
            if failure.item["is_active"]:
                revisions.require_match(expected, failure.item["rev"])
                raise  # `retrying` repeats the attempt

    retrying(attempt)


def import_all(rows: AchievementImport) -> ImportReport:
    """Create or replace definitions by code, and report the outcome of each row. A row that changes nothing writes
    nothing, so that a repeated import leaves no trace.

    All valid rows are written in one transaction, so that no catalogue is imported by half. More rows than fit beside
    the versions, which are about 90, take two transactions.
    """
    drafts: dict[int, AchievementDraft] = {}
    report: dict[int, ImportRow] = {}
    metrics = cache(lambda: in_force.fresh().metrics)
    for index, row in enumerate(rows.items):
        draft, errors = _checked(row, {earlier.code for earlier in drafts.values()}, metrics)
        if draft:
            drafts[index] = draft
        else:
            code = row["code"] if isinstance(row.get("code"), str) else None
            report[index] = ImportRow(index=index, code=code, status=ImportStatus.FAILED, errors=errors)
    for index, existed in zip(drafts, _upsert([*drafts.values()], Origin.unique()), strict=True):
        status = ImportStatus.UPDATED if existed else ImportStatus.CREATED
        report[index] = ImportRow(index=index, code=drafts[index].code, status=status)
    items = [report[index] for index in sorted(report)]
    counts = {str(status): sum(row.status is status for row in items) for status in ImportStatus}
    return ImportReport(items=items, **counts)


def _checked(
    row: dict[str, Any], taken: set[str], metrics: Callable[[], Definitions]
) -> tuple[AchievementDraft | None, list[str]]:
    """Return a row as a draft, or its errors. `metrics` reads the definitions of own metrics."""
    try:
        draft = AchievementDraft.model_validate(row)
    except ValidationError as error:
        return None, error_lines(error)
    if draft.code in taken:
        return None, ["code: is in an earlier row of this import"]
    own = {at: each for at, each in catalogue_rules.new_conditions(draft).items() if each.metric not in Metric}
    found = thresholds.wrong(own, metrics()) if own else []
    if found:  # the stored definition may have had the condition when its metric was archived
        (before,) = table.get_many([keys.achievement(draft.code)], consistent=True)
        new = catalogue_rules.new_conditions(draft, before)
        found = thresholds.wrong({at: each for at, each in own.items() if at in new}, metrics())
    return (None, [f"{each['field']}: {each['detail']}" for each in found]) if found else (draft, [])


def _same_content(before: Item | None, item: Item) -> bool:
    """True if a stored definition has the content of the new one; definitions of before a field was added lack it."""
    fields = AchievementDraft.model_fields.items()
    return before is not None and all(
        item.get(name, each.default) == before.get(name, each.default) for name, each in fields
    )


def _upsert(drafts: Sequence[AchievementDraft], origin: Origin) -> list[bool]:
    """Write definitions with different codes. Return for each whether one of another origin existed: an earlier attempt
    whose response was lost has this origin."""

    def attempt() -> list[bool]:
        existing = table.get_many([keys.achievement(draft.code) for draft in drafts], consistent=True)
        now = clock.iso(clock.now())
        pairs = {
            draft.code: (before, item)
            for draft, before in zip(drafts, existing, strict=True)
            if not _same_content(before, item := _definition(draft, now, before, origin.id))
        }
        changes: list[Write] = [
            Put(item, when=_unchanged(before) if before else ABSENT) for before, item in pairs.values()
        ]
        if pairs:
            changes += _following(pairs)
        if len(changes) > _TRANSACTION:
            half = len(drafts) // 2
            return _upsert(drafts[:half], origin) + _upsert(drafts[half:], origin)
        if changes:
            table.write(*changes)
        return [before is not None and not origin.made(before) for before in existing]

    return retrying(attempt, settings.seconds("IMPORT_SECONDS"))


def get(code: str, caller: Caller, languages: Languages) -> Revised[Achievement]:
    """Return a definition in the caller's language; admins get all editable fields. Raises NotFound.

    Archived and secret achievements are visible only to admins and to users who have earned them.
    """
    definitions = Lookup([code], in_force.any_copy())
    newest = caller.is_admin or definitions.must_be_consistent  # admins read what they have just written
    item = definitions.found(table.get_many(definitions.keys, consistent=newest))[code]
    if item is None or not (caller.is_admin or _is_open(item) or _has_earned(caller, code)):
        raise NotFound(_UNKNOWN)
    order = languages.order(caller.language)
    shape = EditableAchievement if caller.is_admin else Achievement
    return Revised(shape.model_validate(rules.localised(item, order)), item["rev"])


def list_all(caller: Caller, languages: Languages, page: PageQuery, category: str | None) -> Listing[Achievement]:
    """List definitions by code, in the caller's language: active ones, and secret ones that the caller has earned.
    Admins get all."""
    order = languages.order(caller.language)

    @cache
    def earned() -> set[str]:
        awards = table.query_all(keys.award(caller.sub)) if caller.sub else ()
        return {award["code"] for award in awards if rules.is_of_catalogue(award)}

    def visible(item: Item) -> bool:
        return item["is_active"] and (not item["is_secret"] or item["code"] in earned())

    def listed(item: Item) -> bool:
        return category in (None, item.get("category")) and (caller.is_admin or visible(item))

    read = held_definitions.pages(consistent=caller.is_admin)
    found = table.select(keys.achievement(), listed, limit=page.limit, after=page.cursor, read=read)
    items = [Achievement.model_validate(rules.localised(item, order)) for item in found.items]
    return Listing[Achievement](items=items, next_cursor=found.last)


def _is_open(item: Item) -> bool:
    return item["is_active"] and not item["is_secret"]


def _has_earned(caller: Caller, code: str) -> bool:
    return bool(caller.sub) and rules.is_of_catalogue(table.get(keys.award(caller.sub, code)))


def _definition(draft: AchievementDraft, now: str, before: Item | None, origin: str = "") -> Item:
    """Return the item of a definition. It keeps the creation time, the origin and the rarity of the one
    before it."""
    made = {"created_at": now, "origin": origin} if before is None else before
    stamps = {"v": VERSION, "rev": before["rev"] + 1 if before else 1, "updated_at": now}
    kept = {name: made[name] for name in ("created_at", "origin", "rarity") if name in made}
    return keys.achievement(draft.code)._asdict() | draft.model_dump(mode="json", exclude_none=True) | stamps | kept


def _unchanged(before: Item) -> dict[str, Any]:
    """Return the condition that nothing has changed a definition. A count of rarity does not change its revision."""
    return {"rev": before["rev"], "rarity": before.get("rarity")}


def _following(pairs: Mapping[str, tuple[Item | None, Item]]) -> list[Write]:
    """Return the writes that follow from those of definitions (before and after, by code): a new version of the
    catalogue, and a change of the item of all criteria, if any. Each code has its own attribute there.

    Raises Conflict if the item has no room left. Concurrent writes may exceed the limit, which is a quarter of what an
    item can hold.
    """
    texts = {code: (criteria.text_of(before), criteria.text_of(after)) for code, (before, after) in pairs.items()}
    different = {criteria.attribute(code): new for code, (old, new) in texts.items() if old != new}
    if not different:
        return in_force.change_of_catalogue()
    wanted = {name: text for name, text in different.items() if text is not None}
    if wanted and not criteria.fit(table.get(keys.criteria(), consistent=True) or {}, different):
        detail = "There is no room for more criteria. Archive achievements that have some, or clear theirs, first."
        raise Conflict(detail, errors=[{"field": "criteria", "detail": "are too many together", "code": "no_room"}])
    gone = [name for name, text in different.items() if text is None]
    return in_force.change(wanted, gone, catalogue=True)


def _write(change: Put | Update, *others: Write) -> None:
    """Write a transaction. Raises ConditionFailed, with the stored item, if its first write's condition fails."""
    try:
        table.write(change, *others)
    except Cancelled as failure:
        raise ConditionFailed(failure.reasons[0].item) from failure
