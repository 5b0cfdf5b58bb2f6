"""Which route of an HTTP API takes a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation
"""

from collections.abc import Iterable

from local.template.application import Route


class Router:
    """The routes of one API, the most specific first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._default: Route | None = None
        candidates: list[tuple[list[str], Route]] = []
        for route in routes:
            if route.path == "$default":
                self._default = route
            else:
                candidates.append((_segments(route.path), route))
        self._candidates = sorted(candidates, key=lambda candidate: _rank(*candidate))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a decoded path, with its path parameters; None when there is none.

        HEAD is a method like any other: an HTTP API answers it with 404 unless a route names HEAD or ANY.
        """
        segments = _segments("/" + path.lstrip("/"))
        for pattern, route in self._candidates:
            if route.method in (method, "ANY") and (parameters := _match(pattern, segments)) is not None:
                return route, parameters
        return (self._default, {}) if self._default else None


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _rank(pattern: list[str], route: Route) -> tuple[bool, list[int], bool]:
    """A full match comes before a greedy one, a literal before a variable, a method before ANY."""
    kinds = [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in pattern]
    return 2 in kinds, kinds, route.method == "ANY"


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    greedy = pattern[-1].endswith("+}")
    if len(segments) < len(pattern) or (len(segments) > len(pattern) and not greedy):
        return None
    parameters = {}
    for position, part in enumerate(pattern):
        value = segments[position]
        if part.endswith("+}"):
            parameters[part[1:-2]] = "/".join(segments[position:])
        elif part.startswith("{"):
            if not value:
                return None
            parameters[part[1:-1]] = value
        elif part != value:
            return None
    return parameters
