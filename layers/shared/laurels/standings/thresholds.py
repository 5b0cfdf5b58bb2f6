"""Thresholds: a metric and a value to reach, in the criteria of achievements and the targets of goals."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainSerializer, ValidationInfo, WithJsonSchema, field_validator

from laurels.errors import FieldError
from laurels.fields import Input, MetricName
from laurels.standings.definitions import MAX_VALUE as MAX_SAID
from laurels.standings.definitions import Definitions, fault
from laurels.standings.models import Metric

MAX_VALUE = 2**32 - 1  # the largest counter


def shortest(value: float) -> int | float:
    """Return 10 for 10.0, because some clients would not read that as a whole number."""
    return int(value) if value.is_integer() else value


# The value of a metric.
Measured = Annotated[float, PlainSerializer(shortest), WithJsonSchema({"type": "number"})]


class Measure(Input):
    """A metric and the value that it must reach."""

    metric: MetricName = Field(description="A metric of `GET /v1/metrics`, or `points` or `achievements`.")
    value: Annotated[
        float,
        Field(ge=0.01, le=MAX_VALUE, allow_inf_nan=False),
        PlainSerializer(shortest),
        WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": MAX_VALUE}),
    ] = Field(description="A whole number for counters; for `average_grade` at most 100.")

    @field_validator("value")
    @classmethod
    def _can_be_reached(cls, value: float, info: ValidationInfo) -> float:
        metric = info.data.get("metric")
        if metric == Metric.AVERAGE_GRADE:
            if value > 100:
                raise ValueError("must be at most 100 for average_grade")
        elif metric in Metric and not value.is_integer():
            raise ValueError(f"must be a whole number for {metric}")
        return value


def wrong(measures: Mapping[str, Measure], definitions: Definitions) -> list[FieldError]:
    """Return what is wrong with measures of own metrics, which are given by their fields."""
    found: list[FieldError] = []
    for field, (name, value) in ((field, (each.metric, each.value)) for field, each in measures.items()):
        if detail := fault(name, definitions):
            found.append({"field": f"{field}.metric", "detail": f"{name} {detail}", "code": "unknown_metric"})
        elif definitions[name].is_counter and not value.is_integer():
            detail = f"must be a whole number for {name}"
            found.append({"field": f"{field}.value", "detail": detail, "code": "not_of_metric"})
        elif not definitions[name].is_counter and value > MAX_SAID:
            detail = f"must be at most {MAX_SAID} for {name}"
            found.append({"field": f"{field}.value", "detail": detail, "code": "not_of_metric"})
    return found
