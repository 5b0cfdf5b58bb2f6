"""The response that an endpoint makes of its function's result."""

import gzip
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from laurels.fields import Shape
from laurels.http import Caller, Endpoint, Languages, Made, Revised
from laurels.pages import html_page
from tests.events import call, send
from tests.events import event as event_of

NOSNIFF = {"x-content-type-options": "nosniff"}


class Word(Shape):
    word: str


def endpoint(result: Any, method: str = "get", **options: Any) -> Endpoint:
    """An endpoint that returns the result."""
    app = Endpoint()

    def word() -> Any:
        return result

    getattr(app, method)("/v1/words", summary="A word", tags=["words"], **options)(word)
    return app


def test_a_shape_is_sent_as_json_that_caches_must_not_store() -> None:
    answer = call(endpoint(Word(word="שלום 🎓")).handler)
    assert (answer.status, answer.body) == (200, {"word": "שלום 🎓"})
    assert answer.headers == {"content-type": "application/json", "cache-control": "no-store", **NOSNIFF}
    assert "שלום 🎓" in answer.text


@pytest.mark.parametrize(
    ("method", "options", "status"),
    [("get", {}, 200), ("post", {}, 201), ("post", {"status_code": 202}, 202), ("put", {}, 200), ("patch", {}, 200)],
)
def test_the_route_sets_the_status(method: str, options: dict[str, Any], status: int) -> None:
    assert call(endpoint({}, method, **options).handler).status == status


def test_a_new_item_has_the_status_of_the_route_and_an_existing_one_is_200() -> None:
    for options, status in (({}, 201), ({"status_code": 202}, 202)):
        assert call(endpoint(Made(Word(word="x"), is_new=True), "post", **options).handler).status == status
        assert call(endpoint(Made(Word(word="x"), is_new=False), "post", **options).handler).status == 200


def test_a_made_item_may_have_a_revision() -> None:
    plain = call(endpoint(Revised(Word(word="x"), 7), "post").handler)
    answer = call(endpoint(Made(Revised(Word(word="x"), 7), is_new=False), "post").handler)
    assert (answer.status, answer.headers, answer.text) == (200, plain.headers, plain.text)


def test_the_etag_of_a_revision_never_changes_as_clients_hold_it() -> None:
    assert call(endpoint(Revised(Word(word="x"), 7)).handler).headers["etag"] == '"7-1524a7bef34c781d"'


def test_none_is_204_without_a_body() -> None:
    answer = endpoint(None, "delete").handler(event_of(endpoint(None, "delete").handler), None)
    assert answer == {"statusCode": 204, "headers": NOSNIFF}


def test_bytes_are_sent_in_base64_with_the_media_type_of_the_route() -> None:
    handler = endpoint(b"\x1f\x8b\xff", content_type="image/x-icon").handler
    assert handler(event_of(handler), None)["isBase64Encoded"] is True
    answer = call(handler)
    headers = {"content-type": "image/x-icon", "cache-control": "no-store", **NOSNIFF}
    assert (answer.text.encode("latin-1"), answer.headers) == (b"\x1f\x8b\xff", headers)


def test_a_page_permits_its_own_scripts_and_styles_only() -> None:
    html = '<style>a</style><script type="application/json">{}</script><script>b</script><script>c\n</script>'
    answer = call(endpoint(html_page(html)).handler)
    assert gzip.decompress(answer.text.encode("latin-1")).decode() == html
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    a, b, c = (f"'sha256-{b64encode(sha256(text).digest()).decode()}'" for text in (b"a", b"b", b"c\n"))
    policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert (policy["style-src"], policy["script-src"], policy["connect-src"]) == (a, f"{b} {c}", "'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_page_without_scripts_permits_none() -> None:
    assert "script-src 'none'" in html_page("<p>").policy


def test_an_etag_of_the_content_changes_only_with_the_content() -> None:
    first = call(endpoint(Word(word="x"), etag=True).handler).headers["etag"]
    assert call(endpoint(Word(word="x"), etag=True).handler).headers["etag"] == first
    assert call(endpoint(Word(word="y"), etag=True).handler).headers["etag"] != first


def test_an_etag_of_a_document_changes_with_its_revision_and_with_its_content() -> None:
    results = [Revised(Word(word=word), revision) for word in "xy" for revision in (1, 2)]
    etags = {call(endpoint(result).handler).headers["etag"] for result in results}
    assert len(etags) == 4
    assert {etag[:3] for etag in etags} == {'"1-', '"2-'}


def test_a_response_with_an_etag_is_revalidated_unless_the_route_sets_max_age() -> None:
    assert call(endpoint({}, etag=True).handler).headers["cache-control"] == "private, no-cache"
    public = call(endpoint({}, etag=True, max_age=300).handler).headers
    assert (public["cache-control"], "vary" in public) == ("public, max-age=300", False)


def test_only_responses_to_anonymous_requests_are_public_and_vary_by_the_headers_read() -> None:
    app = Endpoint()

    @app.get("/v1/words", summary="A word", tags=["words"], etag=True, max_age=60)
    def word(caller: Caller, languages: Languages) -> Word:
        return Word(word="x")

    public = call(app.handler).headers
    shared = {"cache-control": "public, max-age=60", "vary": "authorization, accept-language"}
    assert shared.items() <= public.items()
    private = call(app.handler, caller={"sub": "anna"}).headers
    assert (private["cache-control"], "vary" in private) == ("private, no-cache", False)
    unchanged = call(app.handler, headers={"if-none-match": public["etag"]})
    assert (unchanged.status, unchanged.headers) == (304, {"etag": public["etag"], **shared, **NOSNIFF})


@pytest.mark.parametrize("sent", ["{etag}", "W/{etag}", '"another", {etag}', '"another",W/{etag}', "*", " * "])
def test_a_matching_if_none_match_is_304_without_a_body(sent: str) -> None:
    handler = endpoint(Revised(Word(word="x"), 7)).handler
    etag = call(handler).headers["etag"]
    answer = handler(event_of(handler, headers={"if-none-match": sent.format(etag=etag)}), None)
    assert answer == {"statusCode": 304, "headers": {"etag": etag, "cache-control": "private, no-cache", **NOSNIFF}}


@pytest.mark.parametrize("sent", ["", '"another"', "garbage", 'W/"7-0000000000000000"', '"*"'])
def test_another_if_none_match_is_200(sent: str) -> None:
    handler = endpoint(Revised(Word(word="x"), 7)).handler
    assert call(handler, headers={"if-none-match": sent}).status == 200


def test_only_a_get_can_be_304() -> None:
    handler = endpoint(Revised(Word(word="x"), 7), "patch").handler
    etag = call(handler).headers["etag"]
    assert call(handler, headers={"if-none-match": etag}).status == 200


def test_a_response_with_control_characters_can_be_sent_by_lambda() -> None:
    handler = endpoint(Word(word="x\x00\u2028"), etag=True).handler
    assert send(handler, json.loads(json.dumps(event_of(handler)))).body == {"word": "x\x00\u2028"}
