"""The JSON body of a request: accepted types and sizes, and its conversion into a model."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from laurels.errors import Invalid, Malformed, TooLarge, UnsupportedMediaType
from laurels.fields import Input, field_errors

MAX_BYTES = 1_000_000
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"  # RFC 7396

Model = TypeVar("Model", bound=Input)


def is_optional(model: type[Input], method: str) -> bool:
    """True if the body may be missing, because the model requires nothing; then it counts as an empty object. A PATCH
    always needs one."""
    return method == "POST" and not any(field.is_required() for field in model.model_fields.values())


def read(event: Mapping[str, Any], model: type[Model], types: tuple[str, ...], *, optional: bool = False) -> Model:
    """Return the body as the model. Raises UnsupportedMediaType, TooLarge, Malformed (no JSON), Invalid (fields)."""
    _check_type(event["headers"].get("content-type", JSON), types)
    body = raw(event) or (b"{}" if optional else b"")
    if len(body) > MAX_BYTES:
        raise TooLarge(f"A body has at most {MAX_BYTES} bytes.")
    if not body.strip():
        raise Malformed("This request needs a JSON body.")
    try:
        return model.from_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Malformed(f"The body is not valid JSON: {first['msg'].removeprefix('Invalid JSON: ')}.") from None
        raise Invalid.fields(field_errors(error)) from None


def raw(event: Mapping[str, Any]) -> bytes:
    """Return the body as it was sent."""
    body = event.get("body") or ""
    return b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")


def canonical(event: Mapping[str, Any]) -> bytes:
    """Return the body in one form, whatever the order of its names and its way to write numbers: 1.0 and 1e0 as 1."""
    body = raw(event)
    try:
        return json.dumps(json.loads(body or b"{}", parse_float=_number), sort_keys=True).encode()
    except (ValueError, RecursionError):  # of a route that reads no body
        return body


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _check_type(header: str, types: tuple[str, ...]) -> None:
    kind, _, parameters = header.lower().partition(";")
    _, named, charset = parameters.partition("charset=")
    charset = charset.partition(";")[0].strip(' "')
    if kind.strip() not in types or (named and charset not in ("utf-8", "utf8", "us-ascii")):
        raise UnsupportedMediaType(f"Send the body as JSON in UTF-8, with the header Content-Type: {types[0]}.")
