"""How requests are bound to a function's parameters, by their types."""

from datetime import UTC, datetime
from typing import Any

import pytest

from laurels import etags
from laurels.http import Caller, Client, Endpoint, Grant, IfMatch
from tests.events import call, event, send, user
from tests.unit.http.toys import USER, NoteFilter, change, create, given, look


def test_a_path_part_is_bound_by_its_name() -> None:
    assert call(look.handler, path={"user_id": "auth0|6.a-b_c:d@e"}).status == 200
    assert given.arguments["user_id"] == "auth0|6.a-b_c:d@e"


@pytest.mark.parametrize("user_id", ["", "a b", "a/b", "a#b", "x" * 129, "ü", "a\n", "\x00", "\ud800", "٣"])
def test_an_id_in_a_path_that_cannot_exist_is_404(user_id: str) -> None:
    assert call(look.handler, path={"user_id": user_id}).status == 404


def test_the_caller_is_made_from_the_authorizer_context() -> None:
    found = {"sub": "42", "roles": "admin teacher", "scope": "stats:write awards:write", "name": "Анна"}
    call(look.handler, path=USER, caller=found)
    caller = given.arguments["caller"]
    assert (caller.sub, caller.name) == ("42", "Анна")
    assert caller.is_admin
    assert caller.holds(Grant.STATS_WRITE)
    assert caller.holds(Grant.USERS_READ, Grant.AWARDS_WRITE)
    assert not caller.holds(Grant.USERS_READ)


@pytest.mark.parametrize("authorizer", [None, {}, {"lambda": None}, {"lambda": {}}])
def test_without_a_token_the_caller_is_anonymous(authorizer: Any) -> None:
    made = event(look.handler, path=USER)
    made["requestContext"]["authorizer"] = authorizer
    assert send(look.handler, made).status == 200
    assert given.arguments["caller"] == Caller()


def test_the_client_has_the_address_and_user_agent_of_the_request() -> None:
    echo = Endpoint()

    @echo.get("/v1/echo", summary="Echo", tags=["notes"])
    def say(client: Client) -> dict[str, str]:
        return {"from": client.ip_address, "by": client.user_agent}

    assert call(echo.handler).body == {"from": "203.0.113.7", "by": "tests"}
    bare = event(echo.handler)
    bare["requestContext"]["http"] = {"method": "GET", "path": "/v1/echo"}
    assert send(echo.handler, bare).body == {"from": "", "by": ""}


def test_roles_and_scopes_are_not_interchangeable() -> None:
    call(look.handler, path=USER, caller=user("42", roles="stats:write", scope="admin role:admin"))
    caller = given.arguments["caller"]
    assert not caller.is_admin
    assert not caller.holds(Grant.STATS_WRITE)


def test_query_parameters_are_parsed_from_text_and_bound_by_their_aliases() -> None:
    query = {"from": "2026-11-20T18:22:05+03:00", "stars": "3", "done": "true"}
    assert call(look.handler, path=USER, query=query).status == 200
    at = datetime(2026, 11, 20, 15, 22, 5, tzinfo=UTC)
    assert given.arguments["wanted"] == NoteFilter.model_construct(since=at, stars=3, done=True)


def test_unknown_query_parameters_are_422_and_named() -> None:
    answer = call(look.handler, path=USER, query={"utm_source": "mail", "since": "yesterday", "": "x"})
    assert (answer.status, answer.fields) == (422, ["", "since", "utm_source"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"stars": "many"}, "stars"),
        ({"stars": "3,4"}, "stars"),  # as API Gateway joins a parameter that is sent twice
        ({"stars": "9" * 5000}, "stars"),
        ({"stars": ""}, "stars"),
        ({"done": "maybe"}, "done"),
        ({"from": "2026-11-20"}, "from"),
        ({"from": "2026-11-20T18:22:05 03:00"}, "from"),  # a plus sign that was not escaped
        ({"from": "1795198925"}, "from"),
        ({"lang": "english please"}, "lang"),
        ({"lang": "en,ru"}, "lang"),
    ],
)
def test_a_wrong_query_parameter_is_422_and_named(query: dict[str, str], field: str) -> None:
    answer = call(look.handler, path=USER, query=query)
    assert (answer.status, answer.fields) == (422, [field])


@pytest.mark.parametrize("header", [None, "*", " * "])
def test_without_an_etag_any_revision_is_expected(header: str | None) -> None:
    headers = {} if header is None else {"if-match": header}
    assert call(change.handler, path=USER, body={"title": "x"}, headers=headers).status == 200
    assert given.arguments["if_match"] == IfMatch(None)


def etag(revision: int | str, document: str = USER["user_id"]) -> str:
    """An ETag of the document, in quotes."""
    return f'"{etags.of(document, revision, b"content")}"'  # type: ignore[arg-type]  # texts are for wrong ones


@pytest.mark.parametrize(
    "header",
    [
        etag(12),
        f" {etag(12)},",
        f"{etag(9)}, {etag(12)}",
        f"{etag(12)},{etag(9)}",  # as API Gateway joins a header that is sent twice
        f'"of, somebody else",{etag(12)} , "12"',
        f"W/{etag(13)}, {etag(12)}",
        f"{etag(13, 'another')}, {etag(12)}",
    ],
)
def test_an_etag_gives_the_expected_revision_and_the_latest_of_several_is_used(header: str) -> None:
    assert call(change.handler, path=USER, body={"title": "x"}, headers={"if-match": header}).status == 200
    assert given.arguments["if_match"] == IfMatch(12)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        '"12"',
        '"12-0123456789abcdef"',
        etag(12).replace("12-", "13-"),
        etag(12, "another"),
        etag("012"),
        etag(12).strip('"'),
        f"W/{etag(12)}",  # a weak ETag never matches (RFC 9110, section 13.1.1)
        f"W/{etag(12)}, W/{etag(13)}",
        f'"x {etag(12)}',
        etag("٣"),
        etag("9" * 5000),
    ],
)
def test_an_if_match_without_a_strong_etag_of_the_document_is_412(header: str) -> None:
    given.arguments = {}
    answer = call(change.handler, path=USER, body={"title": "x"}, headers={"if-match": header})
    assert (answer.status, answer.body["code"], given.arguments) == (412, "stale", {})


def test_a_body_is_bound_if_the_method_has_one() -> None:
    assert call(create.handler, path=USER, body={"title": "x", "stars": 5}).status == 201
    assert given.arguments["note"].stars == 5


def test_a_parameter_that_cannot_be_bound_raises_an_error_when_it_is_declared() -> None:
    with pytest.raises(TypeError, match="cannot tell where to read 'number' from"):

        @Endpoint().get("/v1/x", summary="X", tags=["x"])
        def get(number: int) -> None: ...
