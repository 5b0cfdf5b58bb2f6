"""The OpenAPI 3.1 document of all endpoints, generated offline, committed, and checked for freshness.

`python -m local.contract.openapi [--check]` reads functions/ and template.yaml, and makes the AsyncAPI document, the
schemas of messages and exports, and the table of problems in events/README.md too.

https://spec.openapis.org/oas/v3.1.1.html
"""

import importlib
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin

from laurels import bodies
from laurels.fields import PATH_PARTS
from laurels.languages import LANGUAGE, MAX_TAG, Languages
from laurels.pages import HTML, SVG, HtmlPage, SvgPicture
from laurels.revisions import Made, Revised
from laurels.routing import IfMatch, Route, parameters, path_names
from laurels.service.service import VERSION
from laurels.spreadsheets import CSV, CsvFile
from local.contract import asyncapi, errors, examples, problems, schemas, sentences
from local.contract.schemas import Json
from local.contract.template import Template, callers, key_of, path_of

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "layers/shared/laurels/service/openapi.json"
STAT_UPDATE = asyncapi.SCHEMAS / "stat_update.json"
EXPORT = asyncapi.SCHEMAS / "export.json"

_PARTS = {
    "user_id": "The user's id, as in the `sub` of their token; `me` is the caller.",
    "code": "The achievement's code.",
    "session_id": "The session's id: the `sid` of its tokens.",
    "group_id": "The group's id.",
    "metric": "The metric's name.",
    "board": "The board's name; `GET /v1/leaderboards` lists them.",
    "badge_id": "The badge's id.",
    "goal_id": "The goal's id.",
    "erasure_id": "The erasure's id.",
    "export_id": "The export's id.",
    "resume_id": "The resume's id.",
    "requirements_id": "The requirements' id.",
    "processing_id": "The processing's id.",
}
_TEXT: Json = {"type": "string"}
_MEDIA = {HtmlPage: HTML, SvgPicture: SVG}  # of bodies that are not JSON, by their type
_TEXTS = (bytes, *_MEDIA)
_ETAG: Json = {"ETag": {"description": "Identifies this version of the content.", "schema": _TEXT}}
_LANG = (
    "The language of texts. Without it: that of the caller's preferences, then `Accept-Language`, then English. Texts "
    "that do not have it are in the next of these."
)
_TOKEN: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the platform's auth service. Where an operation names a role (`admin`) or a scope, the "
    "token must hold it: in the claim `roles`, a list, or `scope`, separated by spaces. The gateway answers a missing "
    'token with 401, a refused one with 403, both as `{"message": …}`.',
}


def routes() -> list[Route]:
    """Return the routes of all endpoints, by path and method. functions/ must be on the path."""
    files = sorted((ROOT / "functions").glob("*/*.py"))
    modules = [importlib.import_module(f"{file.parent.name}.{file.stem}") for file in files]
    found: list[Route] = [module.app.route for module in modules if hasattr(module, "app")]
    return sorted(found, key=lambda route: (path_of(route), route.method))


def document() -> Json:
    """Return the whole document. Paths and schemas are sorted; fields keep the order of their model."""
    found, template = routes(), Template((ROOT / "template.yaml").read_text(encoding="utf-8"))
    made, components = _schemas(found)
    paths: dict[str, Json] = {}
    for route in found:
        paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route, made, template)
    used = {tag for route in found for tag in route.tags}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Laurels",
            "version": VERSION,
            "description": "Profiles, achievements, goals, streaks and leaderboards of an online-learning platform.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in template.rooms.items() if name in used],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": errors.responses(paths),
            "securitySchemes": {"token": _TOKEN},
        },
    }


class _Answer(NamedTuple):
    """What a route declares of its answers: the type of the body (None: no body), the statuses, and whether they have
    an ETag, and may be CSV instead."""

    body: Any
    statuses: set[int]
    etag: bool
    csv: bool


def _answer(route: Route) -> _Answer:
    """Read from the return type, such as `Made[Revised[Goal]]`, and the route's arguments."""
    body, statuses, etag = inspect.signature(route.function).return_annotation, {route.status_code}, route.etag
    csv = get_origin(body) is UnionType and CsvFile in get_args(body)
    if csv:
        (body,) = set(get_args(body)) - {CsvFile}
    if get_origin(body) is Made:
        (body,) = get_args(body)
        statuses.add(HTTPStatus.OK)
    if get_origin(body) is Revised:
        (body,) = get_args(body)
        etag = True
    if etag and route.method == "GET":
        statuses.add(HTTPStatus.NOT_MODIFIED)
    return _Answer(body, statuses, etag, csv)


def _schemas(found: list[Route]) -> tuple[dict[Any, Json], Json]:
    """Return a schema for each input (by type) and each response (by route), and the components they refer to."""
    inputs = {kind: (place, route) for route in found for _, place, kind in parameters(route) if place != "path"}
    inputs = {kind: where for kind, where in inputs.items() if where[0] != "request"}
    answers = {key_of(route): body for route in found if (body := _answer(route).body) not in (None, *_TEXTS)}
    made, components = schemas.collect(inputs, answers)
    for kind, (place, route) in inputs.items():
        name = made[kind]["$ref"].rpartition("/")[2]
        if place == "query":  # its fields become parameters; as a schema of its own nothing would refer to it
            made[kind] = components.pop(name)
        elif route.method == "PATCH":
            schemas.as_patch(components[name])
    for name, schema in components.items():
        sentences.describe(schema, name)
    return made, components | {"Problem": schemas.PROBLEM, "GatewayError": schemas.GATEWAY_ERROR}


def _operation(route: Route, made: Mapping[Any, Json], template: Template) -> Json:
    operation: Json = {"operationId": route.function.__name__, "summary": route.summary}
    if description := _description(route):
        operation["description"] = description
    operation["tags"] = route.tags
    if given := list(_parameters(route, made)):
        operation["parameters"] = given
    for _, place, kind in parameters(route):
        if place == "body":
            types = ["application/json", *(["application/merge-patch+json"] if route.method == "PATCH" else [])]
            example = examples.request(*_function(route))
            content = {media: {"schema": made[kind], **example} for media in types}
            needed = {} if bodies.is_optional(kind, route.method) else {"required": True}
            operation["requestBody"] = needed | {"content": content}
    security = template.security(route)
    return operation | {"responses": _responses(route, made) | errors.of(route, security), "security": security}


def _description(route: Route) -> str:
    """Return the function's description: its file's first line, unless the summary says the same, its docstring, and
    the callers that it allows."""
    line = (sys.modules[route.function.__module__].__doc__ or "").partition("\n")[0].partition(": ")[2]
    line = "" if line.rstrip(".").lower() == route.summary.lower() else line[:1].upper() + line[1:]
    return "\n\n".join(filter(None, (line, inspect.getdoc(route.function), callers(route))))


def _parameters(route: Route, made: Mapping[Any, Json]) -> Iterator[Json]:
    for name in path_names(route.path):
        if name not in _PARTS:
            raise SystemExit(f"{route.path}: say in local/contract/openapi.py what {name!r} is (_PARTS).")
        yield _parameter("path", name, _PARTS[name], {"type": "string", "pattern": PATH_PARTS[name]}, required=True)
    for _, place, kind in parameters(route):
        if place == "query":
            for name, schema in made[kind]["properties"].items():
                required = name in made[kind].get("required", [])
                text = schema.get("description", "")
                yield _parameter("query", name, text, schemas.as_parameter(schema), required=required)
        elif kind is Languages:
            tag = {"type": "string", "pattern": f"^$|{LANGUAGE}", "maxLength": MAX_TAG}
            yield _parameter("query", "lang", _LANG, tag)
            yield _parameter("header", "Accept-Language", "The languages of texts, by preference.")
        elif kind is IfMatch:
            yield _parameter("header", "If-Match", "The ETag that you have read. 412 if the content has changed since.")
    if HTTPStatus.NOT_MODIFIED in _answer(route).statuses:
        yield _parameter("header", "If-None-Match", "The ETag that you have. 304 if the content is unchanged.")
    if route.idempotent:
        text = "Your own id for this request. A repetition with the same key gets the first response."
        yield _parameter("header", "Idempotency-Key", text, {"type": "string", "minLength": 1, "maxLength": 255})


def _parameter(place: str, name: str, text: str, schema: Json = _TEXT, *, required: bool = False) -> Json:
    about = ({"required": True} if required else {}) | ({"description": text} if text else {})
    return {"name": name, "in": place, **about, "schema": schema}


def _responses(route: Route, made: Mapping[Any, Json]) -> Json:
    answer = _answer(route)
    headers = {"headers": _ETAG} if answer.etag else {}
    found: Json = {}
    for status in sorted(answer.statuses):
        about = {"description": HTTPStatus(status).phrase, **headers}
        if status == HTTPStatus.NOT_MODIFIED:
            about["description"] = "The content is unchanged."
        elif answer.body is not None:
            schema = _TEXT if answer.body in _TEXTS else made[key_of(route)]
            media = _MEDIA.get(answer.body, route.content_type)
            kinds = {media.partition(";")[0]: {"schema": schema}} | ({CSV: {"schema": _TEXT}} if answer.csv else {})
            _, name = _function(route)
            about["content"] = {kind: each | examples.answer(name, status, kind) for kind, each in kinds.items()}
        found[str(int(status))] = about
    return found


def _function(route: Route) -> tuple[str, str]:
    """Return the room and the name of the route's function."""
    room, _, name = route.function.__module__.partition(".")
    return room, name


def stale() -> list[Path]:
    """Return the files that differ from what would be generated now."""
    return [file for file, text in _made().items() if not file.exists() or file.read_text(encoding="utf-8") != text]


def _made() -> dict[Path, str]:
    made = {DOCUMENT: document(), EXPORT: schemas.export(), **asyncapi.files()}
    texts = {file: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for file, content in made.items()}
    return texts | {problems.README: problems.readme()}


def main(arguments: list[str]) -> None:
    if "--check" in arguments:
        if files := stale():
            names = ", ".join(str(file.relative_to(ROOT)) for file in files)
            raise SystemExit(f"Not fresh: {names}. Run `make openapi` and commit what it writes.")
        return
    for file, text in _made().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
