"""The choice of a language for a response."""

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from laurels.languages import Languages, accepted, canonical, choose, normal
from tests.events import call
from tests.unit.http.toys import USER, given, look


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", ()),
        ("ru", ("ru",)),
        ("ru,en", ("ru", "en")),
        ("en;q=0.5, ru", ("ru", "en")),
        ("de;q=0.8,fr;q=0.8,ru;q=0.9", ("ru", "de", "fr")),
        ("pt-BR , pt ; q=0.9", ("pt-BR", "pt")),
        ("zh-Hant-TW;Q=0.001", ("zh-Hant-TW",)),
        ("en;q=0, ru;q=0.000, de;q=0.", ()),  # explicitly refused
        ("*, ru;q=0.1", ("ru",)),
        ("en;q=1.000,ru;q=1", ("en", "ru")),
        ("DE, EN-gb;q=0.5", ("de", "en-GB")),
        ("de-DE-u-fw-mon-mu-celsius, en;q=0.5", ("de-DE-u-fw-mon-mu-celsius", "en")),
    ],
)
def test_accept_language_is_sorted_by_quality(header: str, languages: tuple[str, ...]) -> None:
    assert accepted(header) == languages


@pytest.mark.parametrize(
    "nonsense",
    [
        "ru;q=inf",
        "ru;q=nan",
        "ru;q=1e9",
        "ru;q=2",
        "ru;q=-1",
        "ru;q=0.5555",
        "ru;q",
        "ru;quality=1",
        ";q=1",
        "r√u",
        "русский",
        "r u",
        "ru\x00",
        "ſv",
        "-".join("a" * 5000),
        "a" * 10_000,
    ],
    ids=lambda nonsense: ascii(nonsense[:20]),
)
def test_malformed_languages_are_ignored(nonsense: str) -> None:
    assert accepted(nonsense) == ()
    assert accepted(f"{nonsense}, de;q=0.3") == ("de",)


def test_only_the_first_20_languages_of_a_header_are_used() -> None:
    header = ",".join(f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz") * 5
    assert len(accepted(header)) == 20


@examples(st.text(max_size=300))
def test_no_accept_language_header_causes_an_error(header: str) -> None:
    assert call(look.handler, path=USER, headers={"accept-language": header}).status == 200


def test_the_order_is_lang_then_preference_then_accept_language_then_english() -> None:
    languages = Languages("de", ("fr", "ru"))
    assert languages.order("it") == ("de", "it", "fr", "ru", "en")
    assert languages.order() == ("de", "fr", "ru", "en")
    assert Languages().order() == ("en",)
    assert Languages("ru", ("en", "ru")).order("ru") == ("ru", "en")


def test_languages_are_bound_from_lang_and_accept_language() -> None:
    call(look.handler, path=USER, query={"lang": "pt-BR"}, headers={"accept-language": "ru, en;q=0.5"})
    assert given.arguments["languages"] == Languages("pt-BR", ("ru", "en"))
    call(look.handler, path=USER, query={"lang": ""})
    assert given.arguments["languages"] == Languages()


@pytest.mark.parametrize(
    ("order", "language"),
    [
        (("ru", "en"), "ru"),
        (("de", "en"), "en"),
        (("pt-PT", "en"), "pt"),
        (("pt-BR",), "pt-BR"),
        (("PT-br",), "pt-BR"),
        (("pt-BR-x-abc",), "pt-BR"),
        (("pt",), "pt"),
        (("zh-Hant-TW", "en"), "zh-Hant"),
        (("zh", "en"), "zh-Hant"),  # any script or region before another language
        (("de-DE-u-mu-celsius", "en"), "en"),
        (("it", "fr"), "en"),  # the first in alphabetical order
    ],
)
def test_the_best_available_text_is_chosen(order: tuple[str, ...], language: str) -> None:
    texts = {tag: f"in {tag}" for tag in ("ru", "pt-BR", "en", "pt", "zh-Hant")}
    assert choose(texts, order) == (language, f"in {language}")


@pytest.mark.parametrize(
    ("tags", "order", "language"),
    [
        ("en-GB de", ("en",), "en-GB"),
        ("en-GB de", (), "en-GB"),
        ("pt-BR en", ("pt",), "pt-BR"),
        ("pt-BR en", ("pt-PT", "en"), "pt-BR"),
        ("de en", ("de-DE-u-fw-mon-mu-celsius",), "de"),
        ("de-AT de-CH en", ("de-CH-1996",), "de-CH"),
        ("zh-Hans zh-Hant-TW en", ("zh-Hant-HK", "en"), "zh-Hant-TW"),
        ("en-AU en-GB fr", ("en-US", "fr", "en-GB"), "en-GB"),  # a requested region before one that is not
        ("fr-CA de", ("it", "fr", "de"), "fr-CA"),
        ("EN de", ("en",), "EN"),  # older definitions may have this spelling
    ],
)
def test_any_region_or_script_of_a_language_is_preferred_to_another_language(
    tags: str, order: tuple[str, ...], language: str
) -> None:
    texts = {tag: f"in {tag}" for tag in tags.split()}
    assert choose(texts, (*order, "en")) == (language, f"in {language}")


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("DE", "de"),
        ("PT-br", "pt-BR"),
        ("ZH-hANT-tw", "zh-Hant-TW"),
        ("ES-419", "es-419"),
        ("SL-ROZAJ-biske-1994", "sl-rozaj-biske-1994"),
        ("de-de-U-FW-MON-mu-celsius", "de-DE-u-fw-mon-mu-celsius"),
        ("EN-ca-X-CA", "en-CA-x-ca"),
    ],
)
def test_a_tag_is_normalised_to_one_spelling(tag: str, kept: str) -> None:
    assert normal(tag) == canonical(tag) == kept
    assert normal(kept) == kept


def test_lang_is_accepted_in_any_case_and_with_extensions() -> None:
    for asked, kept in (("DE", "de"), ("de-DE-u-mu-celsius", "de-DE-u-mu-celsius"), ("PT-br", "pt-BR")):
        assert call(look.handler, path=USER, query={"lang": asked}).status == 200
        assert given.arguments["languages"].asked == kept
    assert call(look.handler, path=USER, query={"lang": "en_US"}).status == 422


@examples(st.dictionaries(st.text(max_size=8), st.integers(), min_size=1), st.lists(st.text(max_size=8)))
def test_a_text_is_always_chosen(texts: dict[str, int], order: list[str]) -> None:
    language, text = choose(texts, tuple(order))
    assert texts[language] == text
