"""The root, the OpenAPI document and the documentation page."""

import gzip
import json
import re

from laurels.service import service
from service import get_docs, get_openapi, get_root
from tests.events import call


def page() -> str:
    return gzip.decompress(service.docs().content).decode()


def test_the_root_links_to_existing_paths() -> None:
    answer = call(get_root.handler)
    assert (answer.status, answer.body["name"], answer.body["version"]) == (200, "Laurels", service.VERSION)
    paths = service.openapi()["paths"]
    assert {name: link for name, link in answer.body["links"].items() if link not in paths} == {}


def test_the_openapi_document_is_sent_whole_and_cached_by_its_etag() -> None:
    answer = call(get_openapi.handler)
    assert (answer.status, answer.body) == (200, service.openapi())
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    again = call(get_openapi.handler, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.text) == (304, "")


def test_the_docs_are_one_html_page() -> None:
    answer = call(get_docs.handler)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-security-policy"] == service.docs().policy
    assert gzip.decompress(answer.text.encode("latin-1")).startswith(b"<!doctype html>")


def test_the_docs_load_no_external_resources() -> None:
    tags = re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", re.sub(r"(?s)<(script|style)>.*?</\1>", "", page()))
    assert [tag for tag in tags if re.search(r"(src|href)=\"(?!data:)", tag)] == []


def test_the_docs_contain_their_scripts_and_the_openapi_document() -> None:
    text = page()
    assert not re.search(r"/\*(STYLE|SCRIPT|DOCUMENT)\*/", text)
    first, *scripts = re.findall(r"(?s)<script[^>]*>(.*?)</script>", text)
    assert len(scripts) == 2, "a script contains text that ends it early"
    assert json.loads(first) == service.openapi()
    assert "SwaggerUIBundle" in scripts[0]


def test_the_docs_forget_a_token() -> None:
    """Otherwise it would stay in the browser's local storage."""
    assert "persistAuthorization: false" in page()
