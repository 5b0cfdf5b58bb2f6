"""Metrics in the reader's language, patches, and how many metrics there may be. No I/O."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from laurels.errors import Conflict, Invalid
from laurels.fields import field_errors
from laurels.languages import choose
from laurels.metrics.models import MetricDraft, MetricPatch
from laurels.revisions import merge_patch
from laurels.standings.definitions import TAKEN, Definition, Definitions, boards

Item = Mapping[str, Any]
MAX_ACTIVE = 16  # so many fit into a standing of 2 KB
MAX_BOARDS = 6
MAX_DEFINED = 48  # archived ones too: standings keep what was counted in them


def localised(item: Item, order: tuple[str, ...]) -> dict[str, Any]:
    """Return the metric with its best texts. The unit is of the same language unless only another has one."""
    translations = item["translations"]
    language, chosen = choose(translations, order)
    with_unit = {tag: text for tag, text in translations.items() if text.get("unit")}
    unit = chosen.get("unit") or (choose(with_unit, order)[1]["unit"] if with_unit else None)
    return {**item, "language": language, "title": chosen["title"], "unit": unit}


def patched(item: Item, patch: MetricPatch) -> MetricDraft:
    """Return the definition with a patch applied. Raises Invalid, with the fields, if the result is no definition, and
    Conflict for another kind."""
    if patch.kind not in (None, item["kind"]):
        detail = f"{item['metric']} is a {item['kind']}, and cannot become a {patch.kind}. Define another metric."
        raise Conflict(detail, errors=[{"field": "kind", "detail": "cannot change", "code": "not_of_metric"}])
    fields = {name: item[name] for name in MetricDraft.model_fields if name in item}
    try:
        return MetricDraft.model_validate(merge_patch(fields, {**patch.changes, "kind": item["kind"]}))
    except ValidationError as error:
        raise Invalid.fields(field_errors(error)) from None


def check_name(metric: str) -> None:
    """Raise Conflict for a name that has a meaning already."""
    if metric in TAKEN:
        detail = f"{metric} is the name of a built-in metric or board. Choose another one."
        raise Conflict(detail, errors=[{"field": "metric", "detail": "is taken", "code": "taken"}])


def check_room(definition: Definition, others: Definitions) -> None:
    """Raise Conflict if there is no room for a metric beside the others."""
    others = {metric: each for metric, each in others.items() if metric != definition.metric}
    active = sum(each.is_active for each in others.values())
    if len(others) >= MAX_DEFINED:
        raise _no_room(f"There are {MAX_DEFINED} metrics, archived ones too. Restore one of these.")
    if definition.is_active and active >= MAX_ACTIVE:
        raise _no_room(f"There are {MAX_ACTIVE} active metrics. Archive one first.")
    if definition.is_active and definition.board and len(boards(others)) >= MAX_BOARDS:
        raise _no_room(f"There are {MAX_BOARDS} boards of own metrics. Take the board from one first.")


def _no_room(detail: str) -> Conflict:
    return Conflict(detail, errors=[{"field": "metric", "detail": "finds no room", "code": "no_room"}])
