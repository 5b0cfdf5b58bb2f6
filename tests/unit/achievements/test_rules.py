"""Descriptions of definitions and awards, and which drafts of awards are valid."""

from datetime import UTC, datetime
from typing import Any

import pytest

from laurels import clock
from laurels.achievements import catalogue_rules, rules
from laurels.achievements.catalogue_models import AchievementPatch
from laurels.achievements.criteria import Criterion
from laurels.errors import Invalid
from laurels.standings.models import Counter, Metric, Standing

TEXTS = ("language", "title", "description")
NOW = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)
NOW_MS = clock.epoch_ms(NOW)
MINUTE, DAY = 60_000, 86_400_000  # milliseconds
AWARD = {"code": "early-bird", "points": 50, "awarded_at": "2026-11-20T18:22:05.000Z"}
OWN = AWARD | {"title": "Olympiad", "description": "Third place", "icon_url": "https://example.org/o.png"}


def definition(**translations: tuple[str, str]) -> dict[str, Any]:
    return {
        "code": "early-bird",
        "points": 20,
        "is_secret": False,
        "is_active": True,
        "by_teachers": False,
        "category": "habits",
        "icon_url": "https://example.org/e.png",
        "translations": {
            tag: {"title": title, "description": description} for tag, (title, description) in translations.items()
        },
    }


def test_title_and_description_are_in_the_readers_language() -> None:
    item = definition(en=("Early bird", "Before six"), ru=("Жаворонок", "До шести"))
    found = rules.localised(item, ("ru", "en"))
    assert tuple(found[name] for name in TEXTS) == ("ru", "Жаворонок", "До шести")


def test_a_text_that_exists_in_english_only_is_shown_in_english() -> None:
    found = rules.localised(definition(en=("Early bird", "Before six")), ("ru", "en"))
    assert tuple(found[name] for name in TEXTS) == ("en", "Early bird", "Before six")


def test_a_missing_description_falls_back_independently_of_the_title() -> None:
    item = definition(en=("Early bird", "Before six"), ru=("Жаворонок", ""), de=("Frühaufsteher", "Vor sechs"))
    found = rules.localised(item, ("ru", "de", "en"))
    assert tuple(found[name] for name in TEXTS) == ("ru", "Жаворонок", "Vor sechs")


def test_without_any_description_it_is_empty() -> None:
    assert rules.localised(definition(ru=("Жаворонок", "")), ("en",))["description"] == ""


def test_an_award_is_described_by_the_catalogue_but_keeps_its_own_points() -> None:
    found = rules.describe(AWARD, definition(en=("Early bird", "Before six")), ("en",))
    assert (found.title, found.language, found.points) == ("Early bird", "en", 50)
    assert (found.category, found.icon_url) == ("habits", "https://example.org/e.png")


def test_an_award_with_its_own_title_ignores_a_later_definition_of_its_code() -> None:
    for catalogue in (None, definition(en=("Early bird", "Before six"))):
        found = rules.describe(OWN, catalogue, ("en",))
        assert (found.title, found.description, found.language) == ("Olympiad", "Third place", None)
        assert (found.category, found.icon_url) == (None, "https://example.org/o.png")


def test_an_award_without_its_definition_shows_its_code() -> None:
    found = rules.describe(AWARD, None, ("en",))
    assert (found.title, found.description, found.language) == ("early-bird", "", None)


def refusal(own_fields: set[str], item: dict[str, Any] | None) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        rules.check_draft(own_fields, item)
    return {error["field"]: error["code"] for error in caught.value.errors}


def test_a_draft_with_a_code_of_the_catalogue_needs_nothing_else() -> None:
    rules.check_draft(set(), definition(en=("x", "")))


@pytest.mark.parametrize("own", [{"title"}, {"title", "points", "description", "icon_url"}])
def test_a_draft_outside_the_catalogue_needs_a_title(own: set[str]) -> None:
    rules.check_draft(own, None)


@pytest.mark.parametrize("own", [set(), {"points", "description"}])
def test_the_error_for_an_unknown_code_also_names_the_missing_title(own: set[str]) -> None:
    assert refusal(own, None) == {"title": "missing", "code": "unknown_code"}


def test_a_draft_cannot_override_the_catalogue() -> None:
    assert refusal({"points"}, definition(en=("x", ""))) == {"points": "set_by_catalogue"}
    assert refusal({"title", "icon_url"}, definition(en=("x", ""))) == dict.fromkeys(
        ["icon_url", "title"], "set_by_catalogue"
    )


def test_archived_achievements_cannot_be_awarded() -> None:
    assert refusal(set(), definition(en=("x", "")) | {"is_active": False}) == {"code": "archived"}


@pytest.mark.parametrize("at", [NOW_MS, NOW_MS - 9000 * DAY, NOW_MS + 5 * MINUTE, rules.EARLIEST])
def test_an_award_may_be_in_the_past_or_up_to_five_minutes_ahead(at: int) -> None:
    rules.check_awarded_at(at, NOW_MS)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW_MS + 5 * MINUTE + 1, "in_the_future"),
        (rules.EARLIEST - 1, "too_old"),
    ],
)
def test_an_award_in_the_future_or_too_old_is_refused(at: int, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_awarded_at(at, NOW_MS)
    assert [(error["field"], error["code"]) for error in caught.value.errors] == [("awarded_at", code)]


def patched(item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    draft = catalogue_rules.patched(item, AchievementPatch.model_validate(changes))
    return draft.model_dump(mode="json", exclude_none=True)


def test_a_patch_is_merged_by_field_and_by_language() -> None:
    item = definition(en=("Early bird", "Before six"), ru=("Жаворонок", "До шести"))
    after = patched(item, points=7, icon_url=None, translations={"ru": None, "en": {"title": "Lark"}})
    del item["icon_url"]
    assert after == item | {"points": 7, "translations": {"en": {"title": "Lark", "description": "Before six"}}}


def test_an_empty_patch_changes_nothing() -> None:
    item = definition(en=("Early bird", "Before six"))
    assert patched(item) == item


def test_criteria_are_replaced_as_a_whole_and_cleared_by_null() -> None:
    first = {"all": [{"metric": "points", "op": "gte", "value": 5}]}
    second = {"all": [{"metric": "tests_passed", "op": "gte", "value": 1}]}
    item = definition(en=("Early bird", "")) | {"criteria": first}
    assert patched(item, criteria=second)["criteria"] == second
    assert "criteria" not in patched(item, criteria=None)
    assert patched(item, points=5)["criteria"] == first


def test_the_last_translation_cannot_be_removed() -> None:
    with pytest.raises(Invalid) as caught:
        patched(definition(en=("Early bird", "")), translations={"en": None})
    assert [error["field"] for error in caught.value.errors] == ["translations"]


def test_progress_of_several_conditions_counts_those_that_are_met() -> None:
    standing = Standing("anna", counters=dict.fromkeys(Counter, 3))
    wanted = Criterion("x", 10, ((Metric.TESTS_PASSED, 2), (Metric.TOTAL_COURSES, 4), (Metric.ACTIVE_COURSES, 3)))
    found = rules.progress(wanted, standing)
    assert (found.value, found.target) == (2, 3)
    assert [(each.value, each.target) for each in found.conditions] == [(2, 2), (3, 4), (3, 3)]
