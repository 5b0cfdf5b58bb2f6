"""A call of a route, and a cell of the matrix: what it tells a caller of a learner's figure."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.events import Answer, Handler, call
from tests.integration.visibility import world
from tests.integration.visibility.oracle import (
    ADMIN,
    ANONYMOUS,
    OWNER,
    READER,
    SERVICE,
    STRANGER,
    WRITER,
    Learner,
)

Look = Callable[[Any], Any]
HANDLERS: dict[str, Handler] = world.handlers()
FEW, SERVICES = (ANONYMOUS, STRANGER, OWNER, ADMIN), (SERVICE, READER, WRITER)


class Cell(NamedTuple):
    """One figure of one learner on one route for one caller."""

    route: str
    figure: str
    learner: Learner
    caller: str
    actual: Any
    expected: Any

    def __str__(self) -> str:
        chosen = f"{self.learner.levels} {self.learner.listing}" + " inactive" * (not self.learner.active)
        return f"{self.route}: {self.figure} of {chosen} to {self.caller}: {self.actual!r}, not {self.expected!r}"


def at(*path: str | int) -> Look:
    """Look along a path; None where it ends early."""

    def look(body: Any) -> Any:
        for step in path:
            try:
                body = body[step]
            except (KeyError, IndexError, TypeError):
                return None
        return body

    return look


def where(name: Look, value: str, *path: str | int, items: Look | None = None) -> Look:
    """Look along a path from the item of a list that has this value."""
    items = items or at("items")

    def look(body: Any) -> Any:
        return next((at(*path)(item) for item in items(body) or () if name(item) == value), None)

    return look


def ask(function: str, caller: str, learner: Learner, **request: Any) -> Answer:
    return call(HANDLERS[function], caller=world.token(caller, learner), **request)
