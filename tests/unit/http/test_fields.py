"""The shared field types: which values they accept, and how they normalise them."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError, create_model

from laurels.fields import (
    AchievementCode,
    Day,
    Input,
    Language,
    Shape,
    Text,
    Time,
    Title,
    Url,
    UserId,
    field_errors,
    tidied,
)


def taken(kind: Any, value: Any) -> bool:
    """True if an Input accepts the value as JSON."""
    model: type[Input] = create_model("Holder", __base__=Input, field=(kind, ...))
    try:
        model.model_validate_json(TypeAdapter[Any](Any).dump_json({"field": value}))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org:8080/a/b.png?x=1&y=%20#z",
        "HTTPS://EXAMPLE.ORG/",
        "https://пример.рф/страница",
        "https://[2001:db8::1]/",
        "https://example.org/~anna/(2026)'s",
    ],
)
def test_web_addresses_are_accepted(url: str) -> None:
    assert taken(Url, url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "file:///etc/passwd",
        "mailto:anna@example.org",
        "https:",
        "https://",
        "https:///path",
        "https://?x",
        "https://:443/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://example.org:x/",
        "https://[2001:db8::1/",
        "https://exa mple.org",
        " https://example.org",
        "https://example.org/\n",
        "https://example.org/\u00a0",
        "https://example.org\\@evil.org",
        "https://example.org/<script>",
        'https://example.org/"onload="x',
        "https://example.org/\u202egnp.exe",
        "https://user:password@example.org/",
        "https://example.org@evil.org/",
        "https://example.org/" + "x" * 2048,
    ],
)
def test_urls_that_are_unsafe_to_open_are_refused(url: str) -> None:
    assert not taken(Url, url)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-11-20T18:22:05Z", "2026-11-20T18:22:05.000Z"),
        ("2026-11-20t18:22:05z", "2026-11-20T18:22:05.000Z"),
        ("2026-11-20T18:22:05.123456789+03:00", "2026-11-20T15:22:05.123Z"),
        ("2026-11-20T18:22:05-00:00", "2026-11-20T18:22:05.000Z"),
        ("2024-02-29T00:00:00+14:00", "2024-02-28T10:00:00.000Z"),
    ],
)
def test_times_are_rfc_3339_and_converted_to_utc(text: str, kept: str) -> None:
    assert taken(Time, text)
    adapter = TypeAdapter(Time)
    assert adapter.dump_json(adapter.validate_python(text)) == f'"{kept}"'.encode()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "5",
        5,
        1795198925.5,
        None,
        "2026-11-20",
        "20261120T182205Z",
        "2026-11-20T18:22Z",
        "2026-11-20 18:22:05Z",
        "2026-11-20T18:22:05",
        "2026-11-20T18:22:05+0300",
        "2026-11-20T18:22:05Z ",
        "2026-02-29T00:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T18:22:60Z",
        "2026-11-20T18:22:05+99:00",
        "٢٠٢٦-11-20T18:22:05Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_times_that_are_not_rfc_3339_are_refused(value: Any) -> None:
    assert not taken(Time, value)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-23, 23))  # noqa: DTZ001
def test_a_time_with_any_offset_is_the_same_moment(moment: datetime, hours: int) -> None:
    moment = moment.replace(tzinfo=UTC)
    offset = moment + timedelta(hours=hours)
    text = f"{offset:%Y-%m-%dT%H:%M:%S.%f}".rjust(26, "0") + f"{hours:+03d}:00"
    assert TypeAdapter(Time).validate_python(text) == moment


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (UserId, ["a", "42", "auth0|6.a-b_c:d@e", "x" * 128], ["", "x" * 129, "a b", "a\n", "é", "a#b", "a/b"]),
        (AchievementCode, ["a", "7-days_in_a_row", "x" * 64], ["", "x" * 65, "A", "a b", "a\n", "é", "a.b", "a#"]),
        (
            Language,
            [
                "en",
                "EN",
                "pt-BR",
                "PT-br",
                "zh-Hant-TW",
                "kab",
                "es-419",
                "sl-rozaj-biske",
                "de-DE-u-fw-mon-mu-celsius",
            ],
            ["", "e", "english", "en_US", "en-", "en-x", "en-u", "en-u-a", "x-en", "en\n", "ен", "en" + "-latn" * 13],
        ),
    ],
)
def test_ids_and_codes_consist_of_permitted_characters(kind: Any, good: list[str], bad: list[str]) -> None:
    assert [name for name in good if not taken(kind, name)] == []
    assert [name for name in bad if taken(kind, name)] == []


@given(st.text(st.characters(codec=None), max_size=100))
def test_a_tidied_text_is_a_valid_title_or_empty(text: str) -> None:
    found = tidied(text, 80)
    assert len(found) <= 80
    if found:
        assert TypeAdapter(Title).validate_python(found) == found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Anna", "Anna"),
        ("  Анна\nМария\x00 ", "Анна Мария"),
        ("Jose\u0301", "Jos\u00e9"),
        ("\u202eanna", "anna"),
        ("Fatemeh 👩‍🎓", "Fatemeh 👩‍🎓"),
        ("\ud800", ""),
        ("x" * 79 + " y", "x" * 79),
    ],
)
def test_a_name_from_another_system_is_tidied_and_not_mangled(text: str, kept: str) -> None:
    assert tidied(text, 80) == kept


def test_shapes_ignore_unknown_fields_and_inputs_refuse_them() -> None:
    class Sent(Shape):
        word: str

    class Received(Input):
        word: str

    assert Sent.model_validate({"word": "x", "PK": "y"}) == Sent(word="x")
    with pytest.raises(ValidationError) as caught:
        Received.model_validate({"word": "x", "PK": "y"})
    assert field_errors(caught.value) == [
        {"field": "PK", "detail": "Extra inputs are not permitted", "code": "extra_forbidden"}
    ]


def test_length_errors_count_characters_in_texts_and_items_in_lists() -> None:
    class Received(Input):
        short: Annotated[Title, Field(max_length=5)] = ""
        long: Annotated[Text, Field(min_length=3)] = ""
        few: Annotated[tuple[Title, ...], Field(max_length=1)] = ()

    with pytest.raises(ValidationError) as caught:
        Received.model_validate({"short": "123456", "long": "12", "few": ("1", "2")})
    assert [entry["detail"] for entry in field_errors(caught.value)] == [
        "Text should have at most 5 characters",
        "Text should have at least 3 characters",
        "Tuple should have at most 1 item after validation, not 2",
    ]


def test_titles_are_normalised_to_nfc() -> None:
    nfd = unicodedata.normalize("NFD", "Ёлка")
    assert TypeAdapter(Title).validate_python(nfd) == "Ёлка"


@pytest.mark.parametrize("text", ["2026-11-20", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_iso_dates_are_accepted(text: str) -> None:
    assert taken(Day, text)


@pytest.mark.parametrize(
    "value",
    [
        *("", "2026-02-30", "2026-1-2", "20261120", "2026-W47-5", " 2026-11-20", "0000-01-01", "2026-11-20T00:00:00Z"),
        *("1763596800", "5", 5, 1763596800, 5.0, True, None, [2026, 11, 20]),
    ],
)
def test_anything_but_an_iso_date_is_refused(value: Any) -> None:
    assert not taken(Day, value)
