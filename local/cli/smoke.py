"""`python -m local smoke URL`: whether a deployed stack works, through its own address, in a few seconds.

Without a token it asks what everybody may. With one it also sets a goal for the token's user and deletes it again.
"""

import argparse
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, NamedTuple

_FORGED = "e30.e30.forged"
_TIMEOUT = 35.0  # seconds: an HTTP API answers within 30


class Answer(NamedTuple):
    """A response. `body` is its JSON, or None if it has none."""

    status: int
    body: Any


class Failed(Exception):
    """A check found something else than it should."""


def smoke(options: argparse.Namespace) -> int:
    """Run all checks, and print a line for each. Return 1 if one failed."""
    checks = list(_PUBLIC.items()) + (list(_WITH_TOKEN.items()) if options.token else [])
    failures = 0
    for what, check in checks:
        began = time.monotonic()
        try:
            check(_Api(options.address, options.token))
            outcome = "ok"
        except Failed as reason:
            failures += 1
            outcome = f"FAILED: {reason}"
        print(f"{what:48} {1000 * (time.monotonic() - began):6.0f} ms  {outcome}")
    if not options.token:
        print("without --token, nothing that needs one was checked")
    return int(failures > 0)


class _Api:
    def __init__(self, address: str, token: str) -> None:
        self._address, self._token = address.rstrip("/").removesuffix("/v1") + "/v1", token

    def call(self, method: str, path: str, wanted: int, body: Any = None, *, token: str | None = None) -> Any:
        """Send a request and return the JSON of its response. Raise Failed unless it has the wanted status."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if token := self._token if token is None else token:
            request.add_header("Authorization", f"Bearer {token}")
        found = _send(request)
        if found.status != wanted:
            raise Failed(f"{method} {path} answers {found.status} and not {wanted}: {found.body}")
        return found.body


def _send(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return Answer(response.status, _json(response.read()))
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, _json(refused.read()))
    except (OSError, HTTPException) as reason:
        raise Failed(f"no response: {reason}") from None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _health(api: _Api) -> None:
    health = api.call("GET", "/health", 200, token="")
    if health.get("status") != "ok":
        raise Failed(f"its status is {health.get('status')}")


def _contract(api: _Api) -> None:
    if "/v1/users/{user_id}/goals" not in api.call("GET", "/openapi.json", 200, token="")["paths"]:
        raise Failed("openapi.json is of another service")


def _goal(api: _Api) -> None:
    made = api.call("POST", "/users/me/goals", 201, {"title": "A test of the deployment"})
    path = f"/users/me/goals/{made['goal_id']}"
    try:
        found = api.call("GET", path, 200)
        if found["title"] != made["title"]:
            raise Failed(f"it is read as {found}")
    finally:
        api.call("DELETE", path, 204)
    api.call("GET", path, 404)


_PUBLIC: dict[str, Callable[[_Api], Any]] = {
    "it is healthy, and its table answers": _health,
    "it publishes its contract": _contract,
    "its page and documentation are there": lambda api: [
        api.call("GET", each, 200, token="") for each in ("/app", "/docs")
    ],
    "the catalogue can be read": lambda api: api.call("GET", "/achievements", 200, token=""),
    "no token is 401": lambda api: api.call("GET", "/users/me", 401, token=""),
    "a forged token is 403": lambda api: api.call("GET", "/users/me", 403, token=_FORGED),
}
_WITH_TOKEN: dict[str, Callable[[_Api], Any]] = {
    "the token's user has a profile": lambda api: api.call("GET", "/users/me", 200),
    "a goal can be set, read and deleted": _goal,
    "stats can be read": lambda api: api.call("GET", "/users/me/stats", 200),
}
