"""Which bodies are accepted, and that any other gets a clear 4xx."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from laurels import bodies
from tests.events import Answer, call
from tests.unit.http.toys import USER, Mark, change, create, given, mark


def post(**request: Any) -> Answer:
    given.arguments = {}
    answer = call(create.handler, path=USER, **request)
    assert bool(given.arguments) == (answer.status < 300), "the function is called for good bodies only"
    return answer


@pytest.mark.parametrize("body", [b'{"title": "x"}', b' \r\n\t{"title":"x"}\n', '{"title":"x"}'])
def test_json_is_accepted_as_text_and_in_base64(body: bytes | str) -> None:
    assert post(raw=body).status == 201


@pytest.mark.parametrize(
    "raw",
    [
        "{",
        "title=x",
        "{'title': 'x'}",
        '{"title": "x"} {"title": "y"}',
        '{"title": "x",}',
        '{"title": "\\ud800"}',  # half a character
        '{"title": "\ud800"}',
        '{"title": "\n"}',
        b'{"title": "\xff"}',
        b'\xef\xbb\xbf{"title": "x"}',  # a byte order mark (RFC 8259, section 8.1)
        '{"title": "x"}'.encode("utf-16"),
        b"\x1f\x8b\x08\x00",
        b"\x00",
        "[" * 100_000,
        '{"tags":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"stars": ' + "9" * 5000 + "}",
        '{"a":' * 100_000,
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_invalid_json_is_400(raw: str | bytes) -> None:
    answer = post(raw=raw)
    assert (answer.status, answer.body["code"]) == (400, "malformed")
    assert answer.body["detail"].startswith("The body is not valid JSON: ")


@pytest.mark.parametrize("raw", [None, "", b"", "  \n"])
def test_a_missing_body_is_400(raw: str | bytes | None) -> None:
    answer = post(raw=raw)
    assert (answer.status, answer.body["detail"]) == (400, "This request needs a JSON body.")


@pytest.mark.parametrize("raw", [None, "", b""])
def test_a_missing_body_is_an_empty_object_if_no_field_is_required(raw: str | bytes | None) -> None:
    assert call(mark.handler, path=USER, raw=raw).status == 201
    assert given.arguments["mark"] == Mark()


@pytest.mark.parametrize("raw", [None, "", b""])
def test_a_patch_without_a_body_is_400_even_if_no_field_is_required(raw: str | bytes | None) -> None:
    assert call(change.handler, path=USER, raw=raw).status == 400


@pytest.mark.parametrize("body", [None, [], [{"title": "x"}], 1, "title", True, 1.5])
def test_json_that_is_not_an_object_is_422(body: Any) -> None:
    answer = post(body=body)
    assert (answer.status, answer.fields) == (422, ["body"])


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ('{"title": "x", "title": "y"}', "title"),
        ('{"title": "x", "tags": ["y"], "tags": ["y"]}', "tags"),
        ('{"title": "x", "ti\\u0074le": "x"}', "title"),
    ],
)
def test_a_duplicate_name_is_400_and_named(raw: str, field: str) -> None:
    given.arguments = {}
    answer = call(create.handler, path=USER, raw=raw)
    assert (answer.status, answer.fields, given.arguments) == (400, [field], {})


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["title"]),
        ({"title": None}, ["title"]),
        ({"title": 5}, ["title"]),
        ({"title": ["x"]}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"title": " \u200b\u2060 "}, ["title"]),  # only invisible characters
        ({"title": "two\nlines"}, ["title"]),
        ({"title": "x", "stars": "5"}, ["stars"]),
        ({"title": "x", "stars": True}, ["stars"]),
        ({"title": "x", "stars": 1.5}, ["stars"]),
        ({"title": "x", "stars": 5.0}, ["stars"]),
        ({"title": "x", "stars": float("nan")}, ["stars"]),
        ({"title": "x", "stars": 10**30}, ["stars"]),
        ({"title": "x", "stars": None}, ["stars"]),
        ({"title": "x", "stars": 0}, ["stars"]),
        ({"title": "x", "done": 1}, ["done"]),
        ({"title": "x", "done": "true"}, ["done"]),
        ({"title": "x", "weight": "1.5"}, ["weight"]),
        ({"title": "x", "at": 1795198925}, ["at"]),
        ({"title": "x", "at": "1795198925"}, ["at"]),
        ({"title": "x", "at": "2026-11-20"}, ["at"]),
        ({"title": "x", "at": "2026-11-20T18:22:05"}, ["at"]),
        ({"title": "x", "at": "0001-01-01T00:00:00+14:00"}, ["at"]),
        ({"title": "x", "at": "9999-12-31T23:59:59-14:00"}, ["at"]),
        ({"title": "x", "tags": "a"}, ["tags"]),
        ({"title": "x", "tags": ["a", 1, None]}, ["tags.1", "tags.2"]),
        ({"title": "x", "text": "x" * 21}, ["text"]),
        ({"title": "x", "text": "\u0958" * 11}, ["text"]),  # 22 characters in NFC
        ({"title": "x", "colour": "red"}, ["colour"]),
        ({"title": "x", "__proto__": {}, "": 1}, ["__proto__", "body"]),
    ],
)
def test_an_invalid_body_is_422_and_names_each_field(body: Any, fields: list[str]) -> None:
    answer = post(body=body)
    assert (answer.status, answer.fields) == (422, fields)
    assert answer.body["detail"].startswith(f"{fields[0]}: ")
    for error in answer.body["errors"]:
        assert error.keys() == {"field", "detail", "code"}
        assert error["detail"]
        assert error["code"]


FORBIDDEN = ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066"]


@pytest.mark.parametrize("character", FORBIDDEN, ids=ascii)
def test_control_and_direction_characters_are_422(character: str) -> None:
    for name in ("title", "text"):
        answer = post(body={"title": "x"} | {name: f"a{character}b"})
        assert (answer.status, answer.fields) == (422, [name])
        assert answer.body["errors"][0]["detail"] == "must not hold control characters"


@pytest.mark.parametrize("text", ["🎓👩‍🎓🏴󠁧󠁢󠁥󠁮󠁧󠁿", "مرحبا", "שלום", "Ёлка", "日本語", "می‌خواهم", "a\u200fb"])
def test_texts_of_every_script_are_kept_unchanged(text: str) -> None:
    assert post(body={"title": text, "text": text}).status == 201
    assert given.arguments["note"].title == unicodedata.normalize("NFC", text) == given.arguments["note"].text


def test_texts_are_normalised_to_nfc_and_titles_are_trimmed() -> None:
    post(body={"title": "\u3000 Cafe\u0301 ", "text": " e\u0301\n\tx "})
    assert given.arguments["note"].title == "Caf\u00e9"
    assert given.arguments["note"].text == " \u00e9\n\tx "


def padded(size: int) -> bytes:
    return b'{"title": "x"' + b" " * (size - 14) + b"}"


def test_a_body_of_a_megabyte_is_accepted_and_one_byte_more_is_413() -> None:
    assert post(raw=padded(bodies.MAX_BYTES)).status == 201
    answer = post(raw=padded(bodies.MAX_BYTES + 1))
    assert (answer.status, answer.body["detail"]) == (413, "A body has at most 1000000 bytes.")


def test_the_limit_counts_bytes_and_not_characters() -> None:
    assert post(raw=json.dumps({"title": "x", "text": "я" * 500_000}, ensure_ascii=False)).status == 413


def test_the_response_to_a_body_with_many_errors_is_small_enough_to_send() -> None:
    answer = post(raw=json.dumps({f"x{number}": 1 for number in range(75_000)}))
    assert answer.status == 422
    assert len(answer.body["errors"]) == 100
    answer = post(raw=json.dumps({"x" * 900_000: 1}))
    assert len(answer.text) < 2000


@pytest.mark.parametrize(
    "header",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; charset=us-ascii",
        "application/json; version=1",
        'application/json; charset="utf-8"; version=1',
        None,
    ],
)
def test_json_in_utf_8_and_a_body_without_a_content_type_are_accepted(header: str | None) -> None:
    headers = {} if header is None else {"content-type": header}
    assert post(raw='{"title": "x"}', headers=headers).status == 201


@pytest.mark.parametrize(
    "header",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; version=1; charset=latin-1; profile=utf-8",
        "application/merge-patch+json",  # for PATCH only, and this is a POST
        "application/jsonp",
    ],
)
def test_any_other_content_type_is_415_and_the_detail_names_the_right_one(header: str) -> None:
    answer = post(raw='{"title": "x"}', headers={"content-type": header})
    assert answer.status == 415
    assert "Content-Type: application/json" in answer.body["detail"]


@pytest.mark.parametrize("header", ["application/json", "application/merge-patch+json; charset=utf-8"])
def test_a_patch_may_also_be_sent_as_merge_patch_json(header: str) -> None:
    request = {"path": USER, "raw": '{"title": "x"}', "headers": {"content-type": header}}
    assert call(change.handler, **request).status == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
notes = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("title", "stars", "weight", "done", "text", "at", "tags", "other"), json_values)
)


@examples(json_values | notes)
def test_no_json_body_causes_a_5xx(body: Any) -> None:
    assert post(body=body).status in (201, 400, 422)


@examples(st.binary(max_size=200) | st.text(st.characters(), max_size=200))
def test_no_bytes_cause_a_5xx(raw: bytes | str) -> None:
    assert post(raw=raw).status in (201, 400, 422)
