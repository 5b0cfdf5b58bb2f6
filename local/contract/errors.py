"""The errors of an operation as OpenAPI responses: the function's problems, and the gateway's own messages.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

from typing import NamedTuple

from laurels import errors
from laurels.errors import Problem
from laurels.paging import PageQuery
from laurels.routing import IfMatch, Route, parameters, path_names
from local.contract import problems, schemas
from local.contract.schemas import Json

_RETRY_AFTER: Json = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


class _Error(NamedTuple):
    """A response in `components.responses`: its status, or range of statuses, and what its senders say."""

    status: str
    description: str
    problems: tuple[type[Problem], ...] = ()  # the function's
    message: str = ""  # the gateway's
    retry_after: bool = False


_ERRORS = {
    "Malformed": _Error(
        "400", "The body is not JSON, or the cursor or the Idempotency-Key is not valid.", (errors.Malformed,)
    ),
    "NoToken": _Error("401", "The request has no token.", message="Unauthorized"),
    "Unauthenticated": _Error("401", "`me` without a token.", (errors.Unauthenticated,)),
    "Forbidden": _Error(
        "403",
        "With a `code`: the token lacks the role or scope. With a `message`: it is refused.",
        (errors.Forbidden,),
        "Forbidden",
    ),
    "NotFound": _Error("404", "It does not exist, or the caller may not know that it does.", (errors.NotFound,)),
    "Conflict": _Error("409", "It exists already, or a limit is reached.", (errors.Conflict,)),
    "ConflictOrRunning": _Error(
        "409",
        "It exists already, or a limit is reached. With `Retry-After`: the first request with this Idempotency-Key is "
        "still running.",
        (errors.Conflict,),
        retry_after=True,
    ),
    "Gone": _Error(
        "410", "The user was erased, or the cursor's version of the list has been replaced.", (errors.Gone,)
    ),
    "Stale": _Error(
        "412", "The content has changed since it was read, or `If-Match` names no version of it.", (errors.Stale,)
    ),
    "TooLarge": _Error("413", "The body is too large.", (errors.TooLarge,), "Request Entity Too Large"),
    "TargetTooLong": _Error("414", "Path and query are too long.", message="URI Too Long"),
    "UnsupportedMediaType": _Error("415", "The body is not JSON in UTF-8.", (errors.UnsupportedMediaType,)),
    "Invalid": _Error("422", "A field or a parameter does not validate; `errors` names each.", (errors.Invalid,)),
    "HeadTooLarge": _Error("431", "The headers are too large.", message="Request Header Fields Too Large"),
    "Throttled": _Error("429", "Too many requests for the whole API.", message="Too Many Requests"),
    "TooManyRequests": _Error(
        "429",
        "Too many requests. With `Retry-After`: from this caller.",
        (errors.TooManyRequests,),
        "Too Many Requests",
        retry_after=True,
    ),
    "Failed": _Error(
        "5XX",
        "A fault. With `Retry-After` (503): send the same request again.",
        (Problem, errors.Unavailable),
        "Service Unavailable",
        retry_after=True,
    ),
}


def responses(paths: Json) -> Json:
    """Return the errors that the paths refer to, by name."""
    operations = [operation for methods in paths.values() for operation in methods.values()]
    answers = [answer for operation in operations for answer in operation["responses"].values()]
    used = {answer["$ref"].rpartition("/")[2] for answer in answers if "$ref" in answer}
    return {name: _response(error) for name, error in _ERRORS.items() if name in used}


def of(route: Route, security: list[Json]) -> Json:
    """Return references to the errors of a route, by status. `security` is the operation's security requirement."""
    names = _names(route, security)
    return {
        error.status: {"$ref": f"#/components/responses/{name}"} for name, error in _ERRORS.items() if name in names
    }


def _names(route: Route, security: list[Json]) -> set[str]:
    """Return the names of the route's errors: most follow from its parameters, `route.errors` names the others."""
    kinds = {(place, kind) for _, place, kind in parameters(route)}
    names = {"Invalid", "TargetTooLong", "Throttled", "HeadTooLarge", "Failed"} | {
        error.__name__ for error in route.errors
    }
    if any(place == "body" for place, _ in kinds):
        names |= {"Malformed", "TooLarge", "UnsupportedMediaType"}
    if ("query", PageQuery) in kinds:
        names |= {"Malformed", "Gone"}
    if ("request", IfMatch) in kinds:
        names.add("Stale")
    if path_names(route.path):
        names.add("NotFound")
    if route.method != "GET":
        names |= {"Gone", "Conflict"}
    if route.idempotent:
        names = names - {"Conflict"} | {"Malformed", "ConflictOrRunning", "TooManyRequests"}
    if "TooManyRequests" in names:
        names.remove("Throttled")
    if security:
        names.add("Forbidden")
    if security and {} not in security:
        names.add("NoToken")
    elif "user_id" in path_names(route.path):
        names.add("Unauthenticated")
    unknown = names - _ERRORS.keys()
    if unknown:
        raise SystemExit(f"{route.path}: say in local/contract/errors.py what {', '.join(sorted(unknown))} means.")
    return names


def _response(error: _Error) -> Json:
    problem, message = ({"$ref": schemas.REF.format(model=name)} for name in ("Problem", "GatewayError"))
    content: Json = {}
    if error.problems:
        # Some client generators read the first media type only, whatever the response's is.
        content["application/problem+json"] = {
            "schema": {"anyOf": [problem, message]} if error.message else problem,
            "examples": {kind.code: {"value": problems.example(kind)} for kind in error.problems},
        }
    if error.message:
        content["application/json"] = {
            "schema": message,
            "examples": {"gateway": {"value": {"message": error.message}}},
        }
    headers = {"headers": _RETRY_AFTER} if error.retry_after else {}
    codes = " or ".join(f"`{kind.code}`" for kind in error.problems)
    description = f"{error.description} `code`: {codes}." if codes else error.description
    return {"description": description, **headers, "content": content}
