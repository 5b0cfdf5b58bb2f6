"""What an endpoint makes of what its function returns."""

import json
from typing import Any

import pytest

from laurels.fields import Shape
from laurels.http import Endpoint, Reply
from tests.events import call, send
from tests.events import event as event_of


class Word(Shape):
    word: str


def endpoint(result: Any, method: str = "get", **options: Any) -> Endpoint:
    """One that returns that."""
    app = Endpoint()

    @getattr(app, method)("/v1/words", summary="A word", tags=["words"], **options)
    def word() -> Any:
        return result

    return app


def test_a_shape_is_sent_as_json_that_is_not_stored_by_caches() -> None:
    answer = call(endpoint(Word(word="שלום 🎓")).handler)
    assert (answer.status, answer.body) == (200, {"word": "שלום 🎓"})
    assert answer.headers == {"content-type": "application/json", "cache-control": "no-store"}
    assert "שלום 🎓" in answer.text


@pytest.mark.parametrize(
    ("method", "options", "status"),
    [("get", {}, 200), ("post", {}, 201), ("post", {"status_code": 202}, 202), ("put", {}, 200), ("patch", {}, 200)],
)
def test_the_route_says_the_status(method: str, options: dict[str, Any], status: int) -> None:
    assert call(endpoint({}, method, **options).handler).status == status


def test_the_reply_may_say_another() -> None:
    assert call(endpoint(Reply(Word(word="x"), status=200), "post").handler).status == 200


def test_nothing_is_204_without_a_body() -> None:
    answer = endpoint(None, "delete").handler(event_of(endpoint(None, "delete").handler), None)
    assert answer == {"statusCode": 204, "headers": {}}


def test_bytes_are_sent_in_base64_with_the_headers_of_the_reply() -> None:
    handler = endpoint(Reply(b"\x1f\x8b\xff", headers={"content-type": "text/html"})).handler
    assert handler(event_of(handler), None)["isBase64Encoded"] is True
    answer = call(handler)
    assert (answer.text.encode("latin-1"), answer.headers) == (b"\x1f\x8b\xff", {"content-type": "text/html"})


def test_an_etag_of_the_content_stays_while_the_content_does() -> None:
    first = call(endpoint(Reply(Word(word="x"), etag=True)).handler).headers["etag"]
    assert call(endpoint(Reply(Word(word="x"), etag=True)).handler).headers["etag"] == first
    assert call(endpoint(Reply(Word(word="y"), etag=True)).handler).headers["etag"] != first


def test_an_etag_of_a_document_changes_with_its_revision_and_with_its_content() -> None:
    replies = [Reply(Word(word=word), revision=revision) for word in "xy" for revision in (1, 2)]
    etags = {call(endpoint(reply).handler).headers["etag"] for reply in replies}
    assert len(etags) == 4
    assert {etag[:3] for etag in etags} == {'"1-', '"2-'}


def test_what_has_an_etag_is_asked_for_again_every_time_unless_the_reply_says_otherwise() -> None:
    assert call(endpoint(Reply({}, etag=True)).handler).headers["cache-control"] == "private, no-cache"
    public = Reply({}, etag=True, headers={"cache-control": "public, max-age=300"})
    assert call(endpoint(public).handler).headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("sent", ["{etag}", "W/{etag}", '"another", {etag}', '"another",W/{etag}', "*", " * "])
def test_what_the_client_has_already_is_304_without_a_body(sent: str) -> None:
    handler = endpoint(Reply(Word(word="x"), revision=7)).handler
    etag = call(handler).headers["etag"]
    answer = handler(event_of(handler, headers={"if-none-match": sent.format(etag=etag)}), None)
    assert answer == {"statusCode": 304, "headers": {"etag": etag, "cache-control": "private, no-cache"}}


@pytest.mark.parametrize("sent", ["", '"another"', "garbage", 'W/"7-0000000000000000"', '"*"'])
def test_what_the_client_has_not_is_sent(sent: str) -> None:
    handler = endpoint(Reply(Word(word="x"), revision=7)).handler
    assert call(handler, headers={"if-none-match": sent}).status == 200


def test_only_a_get_is_304() -> None:
    handler = endpoint(Reply(Word(word="x"), revision=7), "patch").handler
    etag = call(handler).headers["etag"]
    assert call(handler, headers={"if-none-match": etag}).status == 200


def test_an_answer_holds_nothing_that_lambda_could_not_send() -> None:
    handler = endpoint(Reply(Word(word="x\x00\u2028"), status=200, headers={"x-of-ours": "1"}, etag=True)).handler
    assert send(handler, json.loads(json.dumps(event_of(handler)))).body == {"word": "x\x00\u2028"}
