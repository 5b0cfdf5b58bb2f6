"""The check of every test's responses finds responses that the endpoint does not declare."""

from typing import Any

import pytest

from laurels.errors import NotFound, Unavailable
from laurels.fields import Shape
from laurels.http import Endpoint, Made, Revised
from tests import contract
from tests.contract import Contract
from tests.events import call
from tests.events import event as event_of

ETAG = {"ETag": {"schema": {"type": "string"}}}
WORD = {"application/json": {"schema": {"$ref": "#/components/schemas/Word"}}}
DOCUMENT = {
    "paths": {
        "/v1/words": {
            "get": {
                "operationId": "word",
                "responses": {
                    "200": {"headers": ETAG, "content": WORD},
                    "304": {"headers": ETAG},
                    "5XX": {"$ref": "#/components/responses/Problem"},
                },
            },
            "post": {
                "operationId": "word",
                "responses": {
                    "201": {"content": WORD},
                    "404": {"$ref": "#/components/responses/Problem"},
                    "5XX": {"$ref": "#/components/responses/Problem"},
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Word": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
            "Problem": {"type": "object", "required": ["code"]},
        },
        "responses": {
            "Problem": {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        },
    },
}


class Word(Shape):
    word: str


class Other(Shape):
    word: int


def check(result: Any, method: str = "get", headers: dict[str, str] | None = None, **options: Any) -> None:
    """Check the response of an endpoint that returns the result, or raises it."""
    app = Endpoint()

    def word() -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    getattr(app, method)("/v1/words", summary="A word", tags=["words"], **options)(word)

    answer = app.handler(event_of(app.handler, headers=headers), None)
    Contract(DOCUMENT).check(app.route, answer)


def test_declared_responses_pass() -> None:
    check(Revised(Word(word="x"), 1))
    check(Revised(Word(word="x"), 1), headers={"if-none-match": "*"})
    check(Made(Word(word="x"), is_new=True), "post")
    check(NotFound(), "post")
    check(Unavailable())


@pytest.mark.parametrize(
    ("result", "method", "options", "said"),
    [
        (Made(Word(word="x"), is_new=False), "post", {}, "status 200"),
        (Word(word="x"), "post", {"status_code": 202}, "status 202"),
        (NotFound(), "get", {}, "status 404"),
        (Revised(Word(word="x"), 1), "post", {}, "with an undeclared ETag"),
        (Word(word="x"), "get", {}, "without the declared ETag"),
        (
            Revised(Word(word="x"), 1),
            "get",
            {"content_type": "text/plain"},
            "content type 'text/plain' with status 200",
        ),
        (None, "post", {}, "content type '' with status 201"),
        (Other(word=1), "post", {}, r"a body whose \$\.word is wrong: 1 is not of type 'string'"),
    ],
)
def test_undeclared_responses_are_found(result: Any, method: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(AssertionError, match=rf"{method.upper()} /v1/words answers with .*{said}.*make openapi"):
        check(result, method, **options)


def test_every_response_in_a_test_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Endpoint()

    @app.get("/v1/words", summary="A word", tags=["words"])
    def word() -> Word:
        return Word(word="x")

    assert call(app.handler).status == 200  # openapi.json does not contain it
    monkeypatch.setattr(contract, "OURS", Contract(DOCUMENT))
    with pytest.raises(AssertionError, match="without the declared ETag"):
        call(app.handler)
