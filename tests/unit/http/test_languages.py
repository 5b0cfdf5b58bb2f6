"""Which language a reader gets."""

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from laurels.languages import Languages, accepted, choose
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
        ("en;q=0, ru;q=0.000, de;q=0.", ()),  # explicitly not wanted
        ("*, ru;q=0.1", ("ru",)),
        ("en;q=1.000,ru;q=1", ("en", "ru")),
    ],
)
def test_accept_language_is_read_best_first(header: str, languages: tuple[str, ...]) -> None:
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
def test_nonsense_in_it_is_passed_over(nonsense: str) -> None:
    assert accepted(nonsense) == ()
    assert accepted(f"{nonsense}, de;q=0.3") == ("de",)


def test_of_a_header_of_10_kb_only_the_first_20_languages_count() -> None:
    header = ",".join(f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz") * 5
    assert len(accepted(header)) == 20


@examples(st.text(max_size=300))
def test_no_header_is_an_error(header: str) -> None:
    assert call(look.handler, path=USER, headers={"accept-language": header}).status == 200


def test_asked_for_then_preferred_then_accepted_then_english() -> None:
    languages = Languages("de", ("fr", "ru"))
    assert languages.order("it") == ("de", "it", "fr", "ru", "en")
    assert languages.order() == ("de", "fr", "ru", "en")
    assert Languages().order() == ("en",)
    assert Languages("ru", ("en", "ru")).order("ru") == ("ru", "en")


def test_a_request_says_which_it_asks_for_and_which_it_accepts() -> None:
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
        (("zh", "en"), "en"),  # which Chinese to give is not ours to guess
        (("it", "fr"), "en"),  # the alphabetically first
    ],
)
def test_the_best_text_there_is(order: tuple[str, ...], language: str) -> None:
    texts = {tag: f"in {tag}" for tag in ("ru", "pt-BR", "en", "pt", "zh-Hant")}
    assert choose(texts, order) == (language, f"in {language}")


@examples(st.dictionaries(st.text(max_size=8), st.integers(), min_size=1), st.lists(st.text(max_size=8)))
def test_there_is_always_a_text(texts: dict[str, int], order: list[str]) -> None:
    language, text = choose(texts, tuple(order))
    assert texts[language] == text
