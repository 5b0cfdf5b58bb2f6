"""Short texts need a visible character; Unicode's properties decide which characters are invisible."""

import unicodedata
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from laurels.achievements.shared_models import AchievementTitle, Category
from laurels.badges.models import BadgeDraft
from laurels.characters import IGNORABLE, is_blank
from laurels.fields import Title, tidied
from laurels.goals.models import GoalDraft
from laurels.profiles.models import ProfileDraft, ProfilePatch, SocialLinkDraft
from laurels.sessions.models import DeviceText

NOTHING = {
    "spaces": " \u00a0\u3000\u1680\u2003",
    "Hangul filler": "\u3164",
    "halfwidth Hangul filler": "\uffa0",
    "Hangul jamo fillers": "\u115f\u1160",
    "braille blank": "\u2800",
    "variation selector": "\ufe0f",
    "variation selector supplement": "\U000e0100",
    "grapheme joiner": "\u034f",
    "zero widths": "\u200b\u200c\u200d\u2060\ufeff",
    "soft hyphen": "\u00ad",
    "Mongolian separators": "\u180b\u180e",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "Arabic letter mark": "\u061c",
    "tags": "\U000e0041\U000e007f",
    "musical null notehead": "\U0001d159",
    "musical controls": "\U0001d173",
    "shorthand controls": "\U0001bca0",
    "several": " \u3164\u2800\ufe0f\u200d ",
}
SOMETHING = [
    "Anna",
    "👩\u200d🎓",
    "❤\ufe0f",
    "می\u200cخواهم",
    "1\ufe0f\u20e3",
    "🏴\U000e0067\U000e0062\U000e007f",
    "\U0001fae9",  # an emoji of Unicode 16, which Python 3.13 does not know
    "\uf8ff",  # a private character that many fonts show
    "हिन्दी",
    "각",
    "Ⰰ",
    "·",
]
SHORT_TEXTS: list[Any] = [Title, AchievementTitle, Category, DeviceText]
FIELDS: list[tuple[type[BaseModel], str, dict[str, Any]]] = [
    (ProfilePatch, "display_name", {}),
    (ProfileDraft, "display_name", {}),
    (ProfilePatch, "location", {}),
    (ProfileDraft, "location", {}),
    (SocialLinkDraft, "network", {"url": "https://example.org"}),
    (GoalDraft, "title", {}),
    (BadgeDraft, "name", {}),
]


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_an_invisible_text_is_refused_in_every_field(text: str) -> None:
    assert is_blank(text)
    assert tidied(text, 80) == ""
    for kind in SHORT_TEXTS:
        with pytest.raises(ValidationError, match="must not be blank"):
            TypeAdapter(kind).validate_python(text)
    for model, field, others in FIELDS:
        with pytest.raises(ValidationError, match="must not be blank") as refused:
            model.model_validate({field: text, **others})
        assert refused.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("text", SOMETHING)
def test_one_visible_character_is_enough(text: str) -> None:
    assert TypeAdapter(Title).validate_python(text) == unicodedata.normalize("NFC", text)


@pytest.mark.slow
def test_format_and_ignorable_characters_are_blank() -> None:
    for number in range(0x110000):
        character = chr(number)
        if unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp") or IGNORABLE.match(character):
            assert is_blank(character), hex(number)


@pytest.mark.slow
def test_letters_digits_and_punctuation_are_not_blank() -> None:
    blank = {chr(number) for number in range(0x110000) if is_blank(chr(number))}
    seen = {each for each in blank if unicodedata.category(each)[0] in "LNPS" or unicodedata.category(each) == "Co"}
    assert seen == {*"\u115f\u1160\u3164\uffa0\u2800\U00013441\U00013442\U0001d159"}
