"""The form of the Authorization header, and the context made from claims."""

import re
from typing import Any

import pytest

from laurels.authorizer import rules
from laurels.authorizer.rules import Refused


def context(**claims: Any) -> Any:
    return rules.context({"sub": "42"} | claims, "roles", "scope")


@pytest.mark.parametrize("header", ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer    a.b.c"])
def test_the_scheme_is_bearer_in_any_case_and_one_or_more_spaces_follow(header: str) -> None:
    assert rules.bearer(header) == "a.b.c"


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearera.b.c",
        "a.b.c",
        "Basic dXNlcjpwYXNz",
        "Bearer\ta.b.c",
        "Bearer a.b.c d",
        "Bearer a.b.c\n",
        "Bearer a.b.c,Bearer a.b.c",
        "Basic dXNlcjpwYXNz,Bearer a.b.c",
        "Bearer a.b.\u0441",
        "Bearer \ud800",
        "Bearer a.b.c\0",
    ],
)
def test_anything_but_one_bearer_token_is_refused(header: str) -> None:
    with pytest.raises(Refused, match="not_one_bearer_token"):
        rules.bearer(header)


def test_a_header_may_be_8192_characters_long_and_no_longer() -> None:
    longest = "Bearer " + "a" * (8192 - len("Bearer "))
    assert rules.bearer(longest) == longest[7:]
    with pytest.raises(Refused, match="header_too_long"):
        rules.bearer(longest + "a")


@pytest.mark.parametrize(
    "sub", ["42", "auth0|5f7c", "a.b_c@d:e-f", "x" * 128, "Me", "3f2b8e1c-0f6d-4c52-9d0e-111111111111"]
)
def test_a_user_id_is_1_to_128_of_the_permitted_characters(sub: str) -> None:
    assert context(sub=sub) == {"sub": sub}


@pytest.mark.parametrize(
    "sub",
    ["", " ", "a b", "x" * 129, "42\n", "a/b", "a#b", "пользователь", "４２", 42, True, None, ["42"], {"id": "42"}],
)
def test_any_other_sub_is_refused(sub: Any) -> None:
    with pytest.raises(Refused, match="sub_is_not_a_user_id"):
        context(sub=sub)


@pytest.mark.parametrize("sub", ["me", "search", ".", ".."])
def test_a_sub_that_is_reserved_in_paths_is_refused(sub: str) -> None:
    with pytest.raises(Refused, match="sub_is_reserved"):
        context(sub=sub)


@pytest.mark.parametrize("sid", ["", "x" * 129, "a b", "a\0b", 7, None, ["s"], {"s": 1}, True])
def test_a_token_with_a_malformed_sid_is_refused(sid: Any) -> None:
    with pytest.raises(Refused, match="sid_is_not_a_session_id"):
        context(sid=sid)


def test_a_sid_that_cannot_be_part_of_a_path_becomes_its_digest() -> None:
    found = {context(sid=sid)["sid"] for sid in ("a/b", "a/b", "a//b", "/")}
    assert len(found) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", sid) for sid in found)
    assert context(sid="a%b?c#d")["sid"] == "a%b?c#d"


def test_a_token_with_all_claims_fills_every_field_with_text() -> None:
    assert context(
        roles=["admin", "teacher"],
        scope="stats:write awards:write",
        sid="s-1",
        name="Анна",
        lang="pt-BR",
        email="a@b.example",
    ) == {
        "sub": "42",
        "roles": "admin teacher",
        "scope": "stats:write awards:write",
        "sid": "s-1",
        "name": "Анна",
        "lang": "pt-BR",
    }


@pytest.mark.parametrize("roles", ["admin", {"admin": True}, 1, True, None, [["admin"]], [{"name": "admin"}], []])
def test_roles_that_are_not_a_list_of_strings_grant_nothing(roles: Any) -> None:
    assert context(roles=roles) == {"sub": "42"}


@pytest.mark.parametrize(
    "role", ["not admin", "admin x", "x\tadmin", "x\u00a0admin", "x\u2028admin", "", "a" * 65, 1, None]
)
def test_a_malformed_role_is_dropped_and_never_split_into_several(role: int | str | None) -> None:
    assert context(roles=[role, "teacher"]) == {"sub": "42", "roles": "teacher"}


@pytest.mark.parametrize(
    "scope", [["stats:write"], {"stats:write": 1}, 1, None, "", "   ", "x\tstats:write", "x\u00a0stats:write"]
)
def test_a_scope_that_is_not_text_separated_by_spaces_grants_nothing(scope: Any) -> None:
    assert context(scope=scope) == {"sub": "42"}


def test_scopes_may_be_separated_by_more_than_one_space() -> None:
    assert context(scope=" a:b  c:d ")["scope"] == "a:b c:d"


def test_roles_and_scope_are_read_from_the_configured_claims() -> None:
    claims = {"sub": "42", "roles": ["admin"], "scope": "a:b", "https://p.example/roles": ["teacher"], "scp": "c:d"}
    assert rules.context(claims, "https://p.example/roles", "scp") == {"sub": "42", "roles": "teacher", "scope": "c:d"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Ann\x00a\n ", "Anna"),
        ("A\ud800nna", "Anna"),
        ("x" * 81, "x" * 80),
        ("می‌خواهم", "می‌خواهم"),
        (" ", None),
        (["Anna"], None),
    ],
)
def test_a_name_is_trimmed_and_loses_characters_that_cannot_be_sent_or_shown(
    name: list[str] | str, kept: str | None
) -> None:
    assert context(name=name).get("name") == kept


@pytest.mark.parametrize("lang", ["", "e", "en_US", "en;q=1", "../../x", 1, None, ["en"]])
def test_a_lang_that_is_not_a_language_tag_is_left_out(lang: Any) -> None:
    assert context(lang=lang) == {"sub": "42"}


@pytest.mark.parametrize(("lang", "kept"), [("DE", "de"), ("pt-br", "pt-BR"), ("de-DE-u-fw-mon-mu-celsius",) * 2])
def test_a_lang_is_kept_in_its_canonical_case(lang: Any, kept: Any) -> None:
    assert context(lang=lang)["lang"] == kept
