"""Definitions and awards in the reader's language, and the checks on drafts of awards. No I/O."""

from collections.abc import Iterable, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any

from laurels import clock
from laurels.achievements import criteria
from laurels.achievements.criteria import Criterion
from laurels.achievements.models import (
    AchievementProgress,
    Award,
    AwardFilter,
    AwardOrder,
    AwardStatus,
    ConditionProgress,
)
from laurels.errors import FieldError, Invalid
from laurels.languages import choose
from laurels.people.figures import measured
from laurels.people.rules import View
from laurels.standings.models import Standing

Item = Mapping[str, Any]
EARLIEST = 365 * 24 * 3600 * 1000  # 1971 in epoch milliseconds: standings keep times without a sign


def localised(item: Item, order: tuple[str, ...]) -> dict[str, Any]:
    """Return the definition with its best texts. Title and description fall back independently."""
    language, title, description = _texts(item["translations"], order)
    return {**item, "language": language, "title": title, "description": description}


def is_of_catalogue(award: Item | None) -> bool:
    """True if there is an award and it is for a code of the catalogue, so that it has no texts of its own."""
    return award is not None and "title" not in award


def describe(award: Item, definition: Item | None, order: tuple[str, ...], *, already_awarded: bool = False) -> Award:
    """Return the award with the catalogue's present texts, or with its own outside the catalogue."""
    fields = {**award, "already_awarded": already_awarded, "language": None}
    if is_of_catalogue(award):
        if definition is None:  # the definition was deleted; the award stays
            fields |= {"title": award["code"], "description": ""}
        else:
            language, title, description = _texts(definition["translations"], order)
            fields |= {"language": language, "title": title, "description": description}
            fields |= {name: definition.get(name) for name in ("icon_url", "category", "rarity")}
    return Award.model_validate(fields)


def in_progress(definition: Item, criterion: Criterion, standing: Standing, order: tuple[str, ...]) -> Award:
    """Return an achievement that is not earned yet, with the user's progress."""
    fields = localised(definition, order)
    about = {"awarded_at": None, "status": AwardStatus.IN_PROGRESS, "progress": progress(criterion, standing)}
    return Award.model_validate(fields | about)


def is_progress_wanted(criterion: Criterion, wanted: AwardFilter, view: View) -> bool:
    """True if the filter accepts the achievement, and the caller may see all that its criterion measures."""
    return wanted.code in (None, criterion.code) and all(view.shows(measured(each)) for each, _ in criterion.conditions)


def progress(criterion: Criterion, standing: Standing) -> AchievementProgress:
    """Return the progress. Values are capped at their targets; with several conditions, the whole counts those that are
    met."""
    values = criteria.reached(standing)
    conditions = [
        ConditionProgress(metric=metric, value=min(values.get(metric, 0), target), target=target)
        for metric, target in criterion.conditions
    ]
    if len(conditions) == 1:
        value, target = conditions[0].value, conditions[0].target
    else:
        value, target = sum(each.value >= each.target for each in conditions), len(conditions)
    return AchievementProgress(value=value, target=target, conditions=conditions)


def rarity(earned_by: int, users: int, counted_at: str) -> dict[str, Any]:
    """Return the rarity of an achievement as its definition stores it."""
    share = round(100 * earned_by / users, 2) if users else 0
    return {"earned_by": earned_by, "users": users, "share": share, "counted_at": counted_at}


def in_order(awards: Iterable[Item], wanted: AwardFilter, after: str) -> list[dict[str, Any]]:
    """Return the awards that the filter accepts, in its order, after a position (empty: from the beginning).

    Awards of the same moment are ordered by code.
    """
    kept = [dict(award) for award in awards if _is_wanted(award, wanted)]
    kept.sort(key=itemgetter("code"))
    if wanted.order is AwardOrder.CODE:
        return [award for award in kept if award["code"] > after]
    kept.sort(key=itemgetter("awarded_at"), reverse=True)  # stable: codes stay in order
    if not after:
        return kept
    moment, _, code = after.partition(" ")
    return [award for award in kept if (award["awarded_at"], code) < (moment, award["code"])]


def first(awards: Iterable[dict[str, Any]], most: int, definitions: int) -> list[dict[str, Any]]:
    """Return the first awards: at most so many, and no more of the catalogue than so many definitions."""
    taken: list[dict[str, Any]] = []
    for award in islice(awards, most):
        taken.append(award)
        definitions -= is_of_catalogue(award)
        if not definitions:  # stop before the next one is read
            break
    return taken


def _is_wanted(award: Item, wanted: AwardFilter) -> bool:
    if wanted.code not in (None, award["code"]):
        return False
    if not (wanted.since or wanted.until):
        return True
    awarded_at = clock.moment(award["awarded_at"])
    return (wanted.since is None or awarded_at >= wanted.since) and (wanted.until is None or awarded_at < wanted.until)


def position(award: Item, order: AwardOrder) -> str:
    """Return the award's position in a list of that order."""
    return str(award["code"] if order is AwardOrder.CODE else f"{award['awarded_at']} {award['code']}")


def check_awarded_at(at: int, now: int) -> None:
    """Raise Invalid for a time (epoch milliseconds) that no award can have."""
    if at > now + clock.AHEAD:
        raise Invalid.field("awarded_at", "must not lie in the future", "in_the_future")
    if at < EARLIEST:
        raise Invalid.field("awarded_at", "must not lie before 1971", "too_old")


def check_draft(own_fields: set[str], definition: Item | None) -> None:
    """Raise Invalid unless the draft names an active definition or has the title of an achievement of its own."""
    if definition is None:
        if "title" not in own_fields:
            unknown: FieldError = {"field": "code", "detail": "is not in the catalogue", "code": "unknown_code"}
            detail = "is needed for a code outside the catalogue"
            raise Invalid.fields([unknown, {"field": "title", "detail": detail, "code": "missing"}])
    elif own_fields:
        detail = "is set by the catalogue for this code; send the code alone"
        raise Invalid.fields(
            [{"field": name, "detail": detail, "code": "set_by_catalogue"} for name in sorted(own_fields)]
        )
    elif not definition["is_active"]:
        raise Invalid.field("code", "is archived and cannot be earned any more", "archived")


def _texts(translations: Mapping[str, Any], order: tuple[str, ...]) -> tuple[str, str, str]:
    """Return language, title and description. The description is of the same language unless only another has one."""
    language, chosen = choose(translations, order)
    described = {tag: text for tag, text in translations.items() if text["description"]}
    description = chosen["description"] or (choose(described, order)[1]["description"] if described else "")
    return language, chosen["title"], description
