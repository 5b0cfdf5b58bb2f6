"""Calls of the room `metrics`, and a metric to define."""

from typing import Any

from laurels.standings import in_force
from metrics import archive_metric, create_metric, get_metric, list_metrics, update_metric
from tests.events import ADMIN, Answer, call


def draft(metric: str = "minutes_read", **fields: Any) -> dict[str, Any]:
    """A metric, as an admin sends it."""
    texts = {"en": {"title": "Minutes read", "unit": "min"}, "ru": {"title": "Минуты чтения"}}
    return {"metric": metric, "kind": "counter", "translations": texts} | fields


def create(body: dict[str, Any] | None = None, caller: dict[str, str] | None = ADMIN, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(create_metric.handler, caller=caller, body=body or draft(), headers=named)


def patch(body: Any, metric: str = "minutes_read", caller: dict[str, str] = ADMIN, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(update_metric.handler, path={"metric": metric}, caller=caller, body=body, headers=named)


def archive(metric: str = "minutes_read", caller: dict[str, str] = ADMIN) -> Answer:
    return call(archive_metric.handler, path={"metric": metric}, caller=caller)


def one(metric: str = "minutes_read", caller: dict[str, str] | None = None, **query: str) -> Answer:
    return call(get_metric.handler, path={"metric": metric}, caller=caller, query=query)


def listed(caller: dict[str, str] | None = None, headers: dict[str, str] | None = None, **query: str) -> Answer:
    return call(list_metrics.handler, caller=caller, query=query, headers=headers)


def forget() -> None:
    """Forget when lists of boards looked for metrics, as ten seconds later."""
    in_force._looked.clear()
