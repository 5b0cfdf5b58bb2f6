"""Stats: the messages that services send (the contract of the queue), and what clients read."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from laurels.fields import Input, Integer, MetricName, Shape, Time, UserId, storable, wrong_entry
from laurels.standings.definitions import MAX_INCREMENT, MAX_VALUE
from laurels.standings.models import Counter, Metric
from laurels.standings.thresholds import Measured

EventId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Increment = Annotated[Integer, Field(ge=-MAX_INCREMENT, le=MAX_INCREMENT)]
MAX_GRADE = 100


Said = Annotated[float, Field(ge=0, le=MAX_VALUE, allow_inf_nan=False), AfterValidator(storable)]


class Value(StrEnum):
    """A built-in metric that is set, not counted: the one with the latest `occurred_at` wins."""

    AVERAGE_GRADE = "average_grade"


def _only(built_in: type[StrEnum]) -> AfterValidator:
    """Return a validator of a map by metric that refuses other built-in metrics. Which own metrics there are, and what
    they may say, the definitions tell."""

    others = frozenset(str(name) for name in Metric if name not in built_in)

    def check(found: dict[str, float]) -> dict[str, float]:
        if wrong := found.keys() & others:
            raise wrong_entry(min(wrong), f"cannot be here: of the built-in metrics, only {', '.join(built_in)}")
        return found

    return AfterValidator(check)


def _grade(found: dict[str, float]) -> dict[str, float]:
    if found.get(Value.AVERAGE_GRADE, 0) > MAX_GRADE:
        raise wrong_entry(Value.AVERAGE_GRADE, f"must be at most {MAX_GRADE}")
    return found


def _schema(built_in: type[StrEnum], about: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Return what documents the built-in names of a map by metric in its schema, and lets own ones in."""
    others = sorted(str(name) for name in Metric if name not in built_in)

    def describe(schema: dict[str, Any]) -> None:
        ((pattern, each),) = schema.pop("patternProperties").items()
        schema["properties"] = {str(name): each | about for name in built_in}
        schema["additionalProperties"] = each
        schema["propertyNames"] = {"pattern": pattern, "not": {"enum": others}}

    return describe


class StatUpdateDraft(Input):
    """A stat update whose user is in the path."""

    event_id: EventId = Field(description="Names the event. Among a user's last 64 events it counts once.")
    source: Source = Field(description="The service that sends it.")
    occurred_at: Time = Field(description="When it happened: at most 30 days ago; more than 5 minutes ahead is now.")
    increments: Annotated[dict[MetricName, Increment], _only(Counter)] = Field(
        default_factory=dict,
        description="By how much counters change: built-in ones, and those of `GET /v1/metrics`.",
        json_schema_extra=_schema(Counter, {}),
    )
    values: Annotated[dict[MetricName, Said], _only(Value), AfterValidator(_grade)] = Field(
        default_factory=dict,
        description="What values are now, and what may be a new best. Of own ones, hundredths are kept.",
        json_schema_extra=_schema(Value, {"maximum": MAX_GRADE}),
    )

    @model_validator(mode="after")
    def _says_something(self) -> "StatUpdateDraft":
        if not self.increments and not self.values:
            raise ValueError("must hold at least one increment or value")
        return self


class StatUpdate(StatUpdateDraft):
    """A message on StatUpdatesQueue."""

    user_id: UserId


class Accepted(Shape):
    """The update is on the queue."""

    event_id: str


class Counters(Shape):
    total_courses: int
    completed_courses: int
    active_courses: int
    homeworks_completed: int
    tests_passed: int


class WindowStats(Shape):
    """The scores of the current ISO week or month, UTC."""

    starts_on: date
    points: int
    achievements: int | None = Field(description="Null if you may not see the user's achievements.")
    homeworks: int
    tests: int
    courses: int
    metrics: dict[str, int] = Field(description="The own counters that changed in it, by name.")


class Windows(Shape):
    week: WindowStats
    month: WindowStats


class Stats(Shape):
    user_id: str
    counters: Counters
    average_grade: float | None
    points: int
    achievements: int | None = Field(description="Null if you may not see them.")
    metrics: dict[str, Measured] = Field(description="The own metrics in which something was counted, by name.")
    windows: Windows
    updated_at: Time | None = Field(description="When anything here last changed; null if nothing ever did.")
