"""The HTTP API in front of the functions: routes, authorizers, CORS, limits and the gateway's own answers."""

import json
import time
from typing import Any

from local.gateway import payload
from local.gateway.authorizers import Authorizers, Invoke, Refused
from local.gateway.payload import MalformedAnswer, Request, Response, message
from local.gateway.router import Router
from local.runtime.functions import EventTooLarge, Unavailable
from local.runtime.process import Log
from local.template.application import Api, Application, Route

HEADER_LIMIT = 10_240  # bytes of request line and headers together
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
BODY_LIMIT = 10 * 1024 * 1024  # bytes


class Gateway:
    """One HTTP API of an application. `invoke(function, event, patience)` runs a function."""

    def __init__(self, application: Application, api: Api, invoke: Invoke, log: Log) -> None:
        self._api = api
        self._account = application.account
        self._router = Router(api.routes)
        self._authorizers = Authorizers(api, application.region, application.account, invoke, log)
        self._invoke = invoke
        self._log = log

    def handle(self, request: Request) -> Response:
        started = time.monotonic()
        response = self._answer(request)
        took = (time.monotonic() - started) * 1000
        path = request.target.partition("?")[0]  # a query may hold what no log should
        self._log("gateway", f"{request.method} {path} {response.status} {took:.0f} ms")
        return response

    def _answer(self, request: Request) -> Response:
        cors = self._api.cors
        if cors and request.method == "OPTIONS":
            return Response(204, _cors_headers(cors, request, preflight=True))
        request_id = payload.new_request_id()
        response = self._route(request, request_id)
        response.headers.append(("apigw-requestid", request_id))
        if cors:
            # "API Gateway ignores CORS headers returned from your backend integration" once it has its own.
            response.headers = [
                (name, value) for name, value in response.headers if not name.startswith("access-control-")
            ] + _cors_headers(cors, request, preflight=False)
        return response

    def _route(self, request: Request, request_id: str) -> Response:
        if len(request.body) > BODY_LIMIT:
            return message(413, "Request Entity Too Large")
        found = self._router.find(request.method, self._within_stage(request.path))
        if found is None:
            return message(404, "Not Found")
        route, parameters = found
        shared = payload.context(request, self._api, route, parameters, request_id)
        shared["requestContext"]["accountId"] = self._account
        try:
            admitted = self._authorizers.admit(route.authorizer, shared) if route.authorizer else None
            return self._integrate(route, payload.event(shared, request, admitted))
        except Refused as refusal:
            return message(refusal.status, refusal.text)

    def _within_stage(self, path: str) -> str:
        """The path below a stage that has a name; `$default` has none in the URL."""
        prefix = f"/{self._api.stage}"
        if path == prefix or path.startswith(prefix + "/"):
            return path[len(prefix) :] or "/"
        return path

    def _integrate(self, route: Route, event: dict[str, Any]) -> Response:
        if route.function is None or route.payload_version != "2.0":
            self._log("gateway", f"{route.key} is not a Lambda integration with payload 2.0: it cannot run here")
            return message(500, "Internal Server Error")
        try:
            outcome = self._invoke(route.function, event, route.timeout)
            if not outcome.failed:
                return payload.response(outcome.payload)
            self._log("gateway", f"{route.function}: {_summary(outcome.payload)}")
        except EventTooLarge:
            return message(413, "Request Entity Too Large")
        except Unavailable:
            return message(503, "Service Unavailable")
        except MalformedAnswer as reason:
            self._log("gateway", f"{route.function} gave a malformed answer: {reason}")
        return message(500, "Internal Server Error")


def _summary(error: bytes) -> str:
    about = json.loads(error)
    return f"{about.get('errorType')}: {about.get('errorMessage')}"


def _cors_headers(cors: dict[str, Any], request: Request, *, preflight: bool) -> list[tuple[str, str]]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    settings = {key.lower(): value for key, value in cors.items()}
    origin = request.header("origin")
    allowed = [str(each).lower() for each in settings.get("alloworigins") or []]
    any_origin = "*" in allowed
    if not origin or not (any_origin or origin.lower() in allowed or _by_scheme(origin, allowed)):
        return []
    credentials = str(settings.get("allowcredentials", False)).lower() == "true"
    headers = [("access-control-allow-origin", "*" if any_origin and not credentials else origin)]
    if not any_origin or credentials:
        headers.append(("vary", "origin"))
    if credentials:
        headers.append(("access-control-allow-credentials", "true"))
    lists = {"access-control-expose-headers": "exposeheaders"}
    if preflight:
        lists = {"access-control-allow-methods": "allowmethods", "access-control-allow-headers": "allowheaders"}
        if "maxage" in settings:
            headers.append(("access-control-max-age", str(settings["maxage"])))
    headers += [(name, ",".join(settings[key])) for name, key in lists.items() if settings.get(key)]
    return headers


def _by_scheme(origin: str, allowed: list[str]) -> bool:
    return f"{origin.partition('://')[0].lower()}://*" in allowed
