"""Metrics: define, change, archive and read them.

A definition and its entry in the item of what is in force, which stat updates read, are written in one transaction.
"""

from collections.abc import Callable

from laurels import clock, keys, revisions, table
from laurels.callers import Caller
from laurels.errors import Conflict, NotFound
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.metrics import built_in, rules
from laurels.metrics.models import EditableMetric, MetricDefinition, MetricDraft, MetricInfo, MetricPatch
from laurels.paging import Listing, PageQuery
from laurels.retries import retrying
from laurels.revisions import Revised
from laurels.standings import definitions, in_force
from laurels.standings.in_force import InForce
from laurels.writes import ABSENT, Item, Put, When

VERSION = 1
_UNKNOWN = "There is no such metric."


def create(draft: MetricDraft, origin: Origin) -> MetricDefinition:
    """Define a metric, once per origin. Raises Conflict if its name is taken or there is no room for it."""
    rules.check_name(draft.metric)
    now = clock.iso(clock.now())
    made = _item(draft) | {"rev": 1, "created_at": now, "updated_at": now, "origin": origin.id}

    def attempt() -> Item:
        found, known = table.get(keys.metric(draft.metric), consistent=True), in_force.fresh()
        if found is None:
            _write(made, ABSENT, known)
            return made
        if not origin.made(found):
            detail = f"There is a metric {draft.metric} already. Change or restore it, or choose another name."
            raise Conflict(detail, errors=[{"field": "metric", "detail": "is taken", "code": "taken"}])
        return found

    return MetricDefinition.model_validate(retrying(attempt))


def update(metric: str, patch: MetricPatch, expected: int | None) -> Revised[MetricDefinition]:
    """Change the fields that were sent. A patch that changes nothing writes nothing.

    `expected` is the revision of `If-Match`. Raises NotFound; Conflict for a built-in metric, another kind, and where
    there is no room; Invalid; Stale if `expected` is not the current revision.
    """
    return _change(metric, lambda before: _item(rules.patched(before, patch)), expected)


def archive(metric: str, expected: int | None) -> None:
    """Archive a metric: nothing more is counted in it, and what was counted stays. Idempotent. Raises as `update`."""
    _change(metric, lambda before: before | {"is_active": False}, expected)


def _change(metric: str, compute: Callable[[Item], Item], expected: int | None) -> Revised[MetricDefinition]:
    if metric in built_in.ITEMS:
        raise Conflict(f"{metric} is built in, and stays as it is.")

    def attempt() -> Revised[MetricDefinition]:
        before, known = table.get(keys.metric(metric), consistent=True), in_force.fresh()
        if before is None:
            raise NotFound(_UNKNOWN)
        wanted = compute(before)
        same = all(wanted.get(name) == before.get(name) for name in MetricDraft.model_fields)
        if revisions.is_unchanged(expected, before["rev"], same=same):
            return Revised(MetricDefinition.model_validate(before), before["rev"])
        stamps = {"rev": before["rev"] + 1, "updated_at": clock.iso(clock.now())}
        made = wanted | {name: before[name] for name in ("created_at", "origin")} | stamps
        _write(made, {"rev": before["rev"]}, known)
        return Revised(MetricDefinition.model_validate(made), made["rev"])

    return retrying(attempt)


def get(metric: str, caller: Caller, languages: Languages) -> Revised[MetricInfo]:
    """Return a metric in the caller's language, archived or not; admins get all editable fields. Raises NotFound."""
    item = built_in.ITEMS.get(metric)
    if item is None:
        item = table.get(keys.metric(metric), consistent=caller.is_admin)  # admins read what they have just written
    if item is None:
        raise NotFound(_UNKNOWN)
    return Revised(_describe(item, caller, languages), item.get("rev", 0))


def list_all(caller: Caller, languages: Languages, page: PageQuery) -> Listing[MetricInfo]:
    """List the metrics, archived ones too: the built-in ones, then the others by name."""
    own = table.query_all(keys.metric(), consistent=caller.is_admin)
    items = [*built_in.ITEMS.values(), *own]
    start = int(page.cursor or 0)
    end = start + page.limit
    shown = [_describe(item, caller, languages) for item in items[start:end]]
    return Listing[MetricInfo](items=shown, next_cursor=str(end) if end < len(items) else None)


def _describe(item: Item, caller: Caller, languages: Languages) -> MetricInfo:
    shape = EditableMetric if caller.is_admin else MetricInfo
    return shape.model_validate(rules.localised(item, languages.order(caller.language)))


def _item(draft: MetricDraft) -> Item:
    return keys.metric(draft.metric)._asdict() | {"v": VERSION} | draft.model_dump(mode="json", exclude_none=True)


def _write(item: Item, when: When, known: InForce) -> None:
    """Write a definition if `known` is in force still: others may have taken the room. Raises Conflict."""
    definition = definitions.of(item)
    rules.check_room(definition, known.metrics)
    text = {definitions.attribute(definition.metric): definitions.text_of(item)}
    table.write(Put(item, when=when), *in_force.change(text, [], when={"version": known.version}))
