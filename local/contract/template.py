"""What only template.yaml knows of an operation: the description of its room, and whether the gateway wants a token."""

import re

import yaml

from laurels.callers import SELF, Grant
from laurels.routing import Route
from local.contract.schemas import Json


class Template:
    """What only the template knows: the rooms with their descriptions, and the authorizer of each route."""

    def __init__(self, text: str):
        self.rooms: dict[str, str] = dict(re.findall(r"^  # ---- (\w+) -+\n  # (.+)$", text, re.MULTILINE))
        resources = yaml.load(text, _Loader)["Resources"]  # noqa: S506 - it is a SafeLoader
        auth = resources["HttpApi"]["Properties"]["Auth"]
        self._required = {name for name, each in auth["Authorizers"].items() if each["Identity"].get("Headers")}
        self._authorizers = {
            (http["Method"], http["Path"]): http.get("Auth", {}).get("Authorizer", auth["DefaultAuthorizer"])
            for resource in resources.values()
            if resource["Type"] == "AWS::Serverless::Function"
            for event in resource["Properties"].get("Events", {}).values()
            if event["Type"] == "HttpApi" and (http := event["Properties"])
        }

    def security(self, route: Route) -> list[Json]:
        """Return the security requirements, of which one must be met: a token, one that holds a role or scope (where
        the route names some), or nothing ({})."""
        if (route.method, path_of(route)) not in self._authorizers:
            raise SystemExit(
                f"template.yaml has no route {key_of(route)}: declare the function and its HttpApi event first."
            )
        authorizer = self._authorizers[route.method, path_of(route)]
        if authorizer == "NONE":
            return []
        if authorizer not in self._required:
            return [{"token": []}, {}]
        grants = [grant.value.partition(":")[2] for grant in route.allow if isinstance(grant, Grant)]
        any_token = [] if grants and SELF not in route.allow else [{"token": list[str]()}]
        return [*any_token, *({"token": [name]} for name in grants)]


def callers(route: Route) -> str:
    """Return a sentence about the callers that the route allows; empty if it does not name them."""
    said = {"role": "the role", "scope": "the scope"}
    kinds = [grant.value.partition(":") for grant in route.allow if isinstance(grant, Grant)]
    named = [f"{said[kind]} `{name}`" for kind, _, name in kinds]
    own = ["the user in the path"] if SELF in route.allow else []
    holders = [f"callers with {' or '.join(named)}"] if named else []
    return f"For {', and '.join(own + holders)}." if own or holders else ""


def path_of(route: Route) -> str:
    """Return the path as the template and OpenAPI write it: `/v1/users/{user_id}`."""
    return re.sub(r"<(\w+)>", r"{\1}", route.path)


def key_of(route: Route) -> str:
    """Return the route's key, such as `GET /v1/users/{user_id}`."""
    return f"{route.method} {path_of(route)}"


class _Loader(yaml.SafeLoader):
    """Ignores CloudFormation's tags (`!Ref`, `!Sub`, …): nothing that is needed here uses one."""


_Loader.add_multi_constructor("!", lambda *_: None)
