"""Routes and authorizers of an HTTP API, read from the OpenAPI body that API Gateway would be given.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

import re
from typing import Any

from local.template.application import Api, Authorizer, Route
from local.template.references import Names

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
_ANY = "x-amazon-apigateway-any-method"
_FUNCTION_IN_URI = re.compile(r"/functions/(arn:[^/]+)/invocations")
_LONGEST = 30.0  # seconds: an HTTP API waits no longer for its integration


def api(name: str, resources: dict[str, Any], names: Names, functions: dict[str, str]) -> Api:
    """The HTTP API of that logical id; `functions` maps ARNs to logical ids."""
    properties = resources[name]["Properties"]
    body: dict[str, Any] = properties.get("Body") or {}
    stage = _stage(names.physical_id(name), resources)
    schemes = body.get("components", {}).get("securitySchemes", {})
    authorizers = {
        scheme: _authorizer(scheme, about["x-amazon-apigateway-authorizer"], functions)
        for scheme, about in schemes.items()
        if "x-amazon-apigateway-authorizer" in about
    }
    routes = tuple(
        _route(method, path, operation, authorizers, functions)
        for path, operations in body.get("paths", {}).items()
        for method, operation in operations.items()
        if method.lower() in _METHODS or method == _ANY
    )
    return Api(
        name=name,
        id=names.physical_id(name),
        stage=stage.get("StageName", "$default"),
        stage_variables={key: str(value) for key, value in (stage.get("StageVariables") or {}).items()},
        routes=routes,
        authorizers=authorizers,
        cors=body.get("x-amazon-apigateway-cors") or properties.get("CorsConfiguration"),
        body=body,
    )


def _stage(api_id: str, resources: dict[str, Any]) -> dict[str, Any]:
    for resource in resources.values():
        if resource["Type"] == "AWS::ApiGatewayV2::Stage" and resource["Properties"].get("ApiId") == api_id:
            stage: dict[str, Any] = resource["Properties"]
            return stage
    return {}


def _function_of(uri: Any, functions: dict[str, str]) -> str | None:
    match = _FUNCTION_IN_URI.search(str(uri))
    if not match:
        return None
    arn = match.group(1)
    # An alias or a version stands behind a seventh colon: arn:aws:lambda:region:account:function:name:alias
    return functions.get(arn) or functions.get(":".join(arn.split(":")[:7]))


def _authorizer(name: str, about: dict[str, Any], functions: dict[str, str]) -> Authorizer:
    sources = about.get("identitySource") or []
    return Authorizer(
        name=name,
        kind=str(about.get("type", "")).lower(),
        function=_function_of(about.get("authorizerUri"), functions) or "",
        identity_sources=tuple(
            source.strip() for source in (sources.split(",") if isinstance(sources, str) else sources)
        ),
        ttl=int(about.get("authorizerResultTtlInSeconds", 300 if sources else 0)),
        simple=str(about.get("enableSimpleResponses", False)).lower() == "true",
        payload_version=str(about.get("authorizerPayloadFormatVersion", "2.0")),
    )


def _route(
    method: str,
    path: str,
    operation: dict[str, Any],
    authorizers: dict[str, Authorizer],
    functions: dict[str, str],
) -> Route:
    integration = operation.get("x-amazon-apigateway-integration", {})
    schemes = [scheme for requirement in operation.get("security", []) for scheme in requirement]
    milliseconds = float(integration.get("timeoutInMillis", _LONGEST * 1000))
    return Route(
        method="ANY" if method == _ANY else method.upper(),
        path=path,
        function=_function_of(integration.get("uri"), functions),
        authorizer=next((scheme for scheme in schemes if scheme in authorizers), None),
        timeout=min(milliseconds / 1000, _LONGEST),
        payload_version=str(integration.get("payloadFormatVersion", "2.0")),
        operation=operation,
    )
