"""Storing and patching preferences."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from laurels.errors import Invalid
from laurels.people.models import Visibility
from laurels.preferences import rules
from laurels.preferences.models import MAX_CUSTOM_BYTES, Preferences, PreferencesPatch, Visibilities, zones
from laurels.revisions import merge_patch
from laurels.standings.models import Listing


def kept(settings: Any, profile: dict[str, Any] | None = None) -> dict[str, Any]:
    patch = PreferencesPatch.model_validate_json(json.dumps({"custom_settings": settings}))
    changed = rules.patched(profile or {}, patch.changes)
    return {name: value for name, value in changed.items() if value is not None}  # None: the field is deleted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), json_values, max_size=4))
def test_custom_settings_are_returned_unchanged(settings: dict[str, Any]) -> None:
    found = rules.describe(kept(settings), Visibility.USERS, Listing.SHOWN)
    assert json.loads(found.model_dump_json())["custom_settings"] == merge_patch({}, settings)


@pytest.mark.parametrize(("length", "fits"), [(MAX_CUSTOM_BYTES - 8, True), (MAX_CUSTOM_BYTES - 7, False)])
def test_custom_settings_may_have_8192_bytes_in_total(length: int, fits: bool) -> None:
    settings = {"a": "x" * length}
    assert len(json.dumps(settings, separators=(",", ":")).encode()) == length + 8
    if fits:
        assert len(kept(settings)["preferences"]["custom_settings"]) == MAX_CUSTOM_BYTES
        with pytest.raises(Invalid):
            kept({"b": 1}, kept(settings))
        assert kept({"a": None, "b": 1}, kept(settings)) == kept({"b": 1})
    else:
        with pytest.raises(Invalid) as refusal:
            kept(settings)
        assert [error["field"] for error in refusal.value.errors] == ["custom_settings"]


def test_the_limit_counts_bytes_and_not_characters() -> None:
    with pytest.raises(Invalid):
        kept({"a": "ы" * (MAX_CUSTOM_BYTES // 2)})


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "[[-1e999]]", "9" * 400])
def test_numbers_that_are_not_portable_json_are_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        PreferencesPatch.model_validate_json(f'{{"custom_settings": {{"a": {{"b": {text}}}}}}}')
    assert refusal.value.errors()[0]["loc"][0] == "custom_settings"


def test_an_empty_item_is_described_by_the_defaults() -> None:
    found = rules.describe({"language": "ru", "display_name": "Anna"}, Visibility.PRIVATE, Listing.ANONYMOUS)
    assert found.model_dump(exclude={"visibility"}) == Preferences(
        language="ru", visibility=found.visibility, leaderboards=Listing.ANONYMOUS
    ).model_dump(exclude={"visibility"})
    assert found.visibility.model_dump() == dict.fromkeys(Visibilities.model_fields, Visibility.PRIVATE)


def test_a_chosen_visibility_and_listing_replace_the_defaults() -> None:
    chosen = {"preferences": {"visibility": {"stats": "public"}, "leaderboards": "shown"}}
    found = rules.describe(chosen, Visibility.PRIVATE, Listing.HIDDEN)
    assert (found.visibility.stats, found.visibility.goals) == (Visibility.PUBLIC, Visibility.PRIVATE)
    assert found.leaderboards is Listing.SHOWN


def test_all_iana_time_zones_are_accepted() -> None:
    assert {"UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/Argentina/Buenos_Aires"} <= zones()
    for zone in zones():
        assert PreferencesPatch(timezone=zone).timezone == zone


@pytest.mark.parametrize(
    "zone",
    [
        *("Mars/Olympus", "europe/berlin", "EUROPE/BERLIN", "Europe", "Europe/", "/Europe/Berlin", "Europe/Berlin/"),
        *("../Europe/Berlin", "Europe/../Europe/Berlin", "/etc/localtime", "./UTC", "Europe//Berlin", "posixrules"),
        *("localtime", "Factory", "UTC+1", "+01:00", "", " ", "UTC\x00", "UTC ", "Еurope/Berlin", "x" * 10_000),
        *("posix/Europe/Berlin", "right/UTC", "tzdata.zi", "zone.tab", "Europe\\Berlin", "Europe/Berlin\n"),
    ],
)
def test_any_other_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        PreferencesPatch(timezone=zone)
