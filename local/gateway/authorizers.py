"""Lambda authorizers of an HTTP API: identity sources, cache, simple and policy answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from local.runtime.functions import Outcome, Unavailable
from local.template.application import Api, Authorizer

Invoke = Callable[[str, Any, float | None], Outcome]
_CACHE_SIZE = 10_000


class Refused(Exception):
    """The gateway's own response to a caller who is not admitted."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Authorizers:
    """The authorizers of one API with their caches."""

    def __init__(self, api: Api, region: str, account: str, invoke: Invoke, log: Callable[[str, str], None]) -> None:
        self._api = api
        self._arn = f"arn:aws:execute-api:{region}:{account}:{api.id}/{api.stage}"
        self._invoke = invoke
        self._log = log
        self._lock = threading.Lock()
        self._cache: dict[tuple[str, ...], tuple[float, dict[str, Any]]] = {}

    def admit(self, name: str, shared: dict[str, Any]) -> dict[str, Any]:
        """Return the context for the integration. Raises Refused: 401 without identity, 403 when denied, 500 on
        failure."""
        authorizer = self._api.authorizers[name]
        identity = [_identity(source, shared) for source in authorizer.identity_sources]
        if not all(identity):
            raise Refused(401, "Unauthorized")
        key = (name, *identity)
        answer = self._cached(key)
        if answer is None:
            answer = self._ask(authorizer, shared, identity)
            if authorizer.ttl and identity:
                self._keep(key, answer, authorizer.ttl)
        http = shared["requestContext"]["http"]
        if not _allowed(answer, f"{self._arn}/{http['method']}/{http['path'].lstrip('/')}", authorizer.simple):
            raise Refused(403, "Forbidden")
        context: dict[str, Any] = answer.get("context") or {}
        return context

    def _ask(self, authorizer: Authorizer, shared: dict[str, Any], identity: list[str]) -> dict[str, Any]:
        if authorizer.kind != "request" or authorizer.payload_version != "2.0":
            kind = f"{authorizer.kind}, payload {authorizer.payload_version}"
            self._log("gateway", f"authorizer {authorizer.name} ({kind}) is not one that runs here")
            raise Refused(500, "Internal Server Error")
        http = shared["requestContext"]["http"]
        event = shared | {
            "type": "REQUEST",
            "routeArn": f"{self._arn}/{http['method']}/{http['path'].lstrip('/')}",
            "identitySource": identity or None,
        }
        try:
            outcome = self._invoke(authorizer.function, event, authorizer.timeout)
        except Unavailable:
            raise Refused(500, "Internal Server Error") from None
        answer = outcome.value()
        if outcome.failed or not _well_formed(answer, authorizer.simple):
            self._log("gateway", f"authorizer {authorizer.name} failed or returned a malformed answer")
            raise Refused(500, "Internal Server Error")
        result: dict[str, Any] = answer
        return result

    def _cached(self, key: tuple[str, ...]) -> dict[str, Any] | None:
        with self._lock:
            until, answer = self._cache.get(key, (0.0, {}))
            return answer if until > time.monotonic() else None

    def _keep(self, key: tuple[str, ...], answer: dict[str, Any], ttl: int) -> None:
        with self._lock:
            self._cache.pop(key, None)
            while len(self._cache) >= _CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)))
            self._cache[key] = (time.monotonic() + ttl, answer)


def _identity(source: str, shared: dict[str, Any]) -> str:
    where, _, name = source.partition(".")
    if source.startswith("$request.header."):
        return str(shared["headers"].get(source.removeprefix("$request.header.").lower(), ""))
    if source.startswith("$request.querystring."):
        name = source.removeprefix("$request.querystring.")
        return str(shared.get("queryStringParameters", {}).get(name, ""))
    if where == "$stageVariables":
        return str(shared.get("stageVariables", {}).get(name, ""))
    value: Any = shared["requestContext"]
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return str(value)


def _well_formed(answer: Any, simple: bool) -> bool:
    if not isinstance(answer, dict) or not isinstance(answer.get("context") or {}, dict):
        return False
    if simple:
        return isinstance(answer.get("isAuthorized"), bool)
    policy = answer.get("policyDocument")
    return isinstance(policy, dict) and isinstance(policy.get("Statement"), list | dict)


def _allowed(answer: dict[str, Any], arn: str, simple: bool) -> bool:
    if simple:
        return answer["isAuthorized"] is True
    statements = answer["policyDocument"]["Statement"]
    effects = {
        statement.get("Effect")
        for statement in (statements if isinstance(statements, list) else [statements])
        if _matches(statement.get("Action"), "execute-api:Invoke") and _matches(statement.get("Resource"), arn)
    }
    return "Allow" in effects and "Deny" not in effects


def _matches(patterns: Any, value: str) -> bool:
    for pattern in patterns if isinstance(patterns, list) else [patterns]:
        expression = re.escape(str(pattern)).replace(r"\*", ".*").replace(r"\?", ".")
        if re.fullmatch(expression, value, re.IGNORECASE | re.DOTALL):
            return True
    return False
