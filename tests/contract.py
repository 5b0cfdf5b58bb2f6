"""Compare the responses of endpoints with openapi.json.

`tests.events.send` checks each response, so that every test of an endpoint tests its declaration too.
"""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from laurels.routing import Route
from local.contract.openapi import DOCUMENT
from local.contract.template import path_of


class Contract:
    """An OpenAPI document whose schemas are compiled once, on first use."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._validators: dict[tuple[str, str, str], jsonschema_rs.Draft202012Validator] = {}

    def check(self, route: Route, response: Mapping[str, Any]) -> None:
        """Raise AssertionError if the document does not declare the response's status, content type, ETag or body.

        Endpoints that tests define themselves are not in the document and are not checked.
        """
        path = path_of(route)
        operation = self._document["paths"].get(path, {}).get(route.method.lower(), {})
        if operation.get("operationId") != route.function.__name__:
            return
        name, headers, status = f"{route.method} {path}", response["headers"], response["statusCode"]
        documented = self._documented(operation["responses"], status)
        assert documented is not None, _undeclared(route, f"status {status}")

        media = headers.get("content-type", "").partition(";")[0]
        content = documented.get("content", {})
        assert media in (content or {""}), _undeclared(route, f"content type {media!r} with status {status}")
        assert ("body" in response) == bool(content), _undeclared(route, f"status {status} with or without a body")

        with_etag = "ETag" in documented.get("headers", {})
        assert ("etag" in headers) == with_etag, _undeclared(
            route, f"status {status} {'without the declared' if with_etag else 'with an undeclared'} ETag"
        )
        if media.endswith("json"):
            schema, body = content[media]["schema"], json.loads(response["body"])
            if not self._validator((name, str(status), media), schema).is_valid(body):
                error = self._best_error(schema, body)
                assert error is None, _undeclared(
                    route, f"a body whose {error.json_path} is wrong: {error.message[:500]}"
                )

    def _documented(self, responses: Mapping[str, Any], status: int) -> Mapping[str, Any] | None:
        """Return the documented response for the status or its range (5XX), None if there is none."""
        found: Mapping[str, Any] | None = responses.get(str(status), responses.get(f"{status // 100}XX"))
        if found and "$ref" in found:
            named: Mapping[str, Any] = self._document["components"]["responses"][found["$ref"].rpartition("/")[2]]
            return named
        return found

    def _validator(self, key: tuple[str, str, str], schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        """Return the validator in Rust. Every response of every test is checked, which takes long in Python."""
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(self._whole(schema), validate_formats=True)
        return self._validators[key]

    def _best_error(self, schema: Mapping[str, Any], body: Any) -> Any:
        """Return the error that explains most, by the validator in Python, which has the last word."""
        checker = Draft202012Validator.FORMAT_CHECKER
        return best_match(Draft202012Validator(self._whole(schema), format_checker=checker).iter_errors(body))

    def _whole(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema with the document's components, so that its references resolve."""
        return {**schema, "components": self._document["components"]}


def _undeclared(route: Route, what: str) -> str:
    function = route.function
    return (
        f"{route.method} {route.path} answers with {what}, and openapi.json says otherwise. Change the answer; or "
        f"declare it in functions/{function.__module__.replace('.', '/')}.py by the return type (Revised[…]: an ETag; "
        "Made[…]: also 200) or the route's arguments (errors=(NotFound,): also 404), and run `make openapi`."
    )


OURS = Contract(json.loads(DOCUMENT.read_bytes()))
