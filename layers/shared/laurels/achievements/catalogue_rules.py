"""Changes of a definition. No I/O."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from laurels.achievements.catalogue_models import AchievementDraft, AchievementPatch, Condition
from laurels.errors import Invalid
from laurels.fields import field_errors
from laurels.languages import canonical
from laurels.revisions import merge_patch

Item = Mapping[str, Any]


def patched(item: Item, patch: AchievementPatch) -> AchievementDraft:
    """Return the definition with a patch applied. Raises Invalid, with the fields, if the result is no definition."""
    fields = {name: item[name] for name in AchievementDraft.model_fields if name in item}
    # A patch has canonical language tags; definitions stored earlier may have others.
    fields["translations"] = {canonical(tag): text for tag, text in item["translations"].items()}
    try:
        return AchievementDraft.model_validate(merge_patch(fields, patch.changes))
    except ValidationError as error:
        raise Invalid.fields(field_errors(error)) from None


def new_conditions(draft: AchievementDraft, before: Item | None = None) -> dict[str, Condition]:
    """Return the conditions that the definition before did not have, by their fields: it may keep those of archived
    metrics."""
    known = {(each["metric"], each["value"]) for each in ((before or {}).get("criteria") or {}).get("all", ())}
    conditions = enumerate(draft.criteria.all if draft.criteria else ())
    return {f"criteria.all.{at}": each for at, each in conditions if (each.metric, each.value) not in known}
