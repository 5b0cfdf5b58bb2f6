"""Thresholds: a metric and a value to reach, in the criteria of achievements and the targets of goals."""

from typing import Annotated

from pydantic import Field, PlainSerializer, Strict, ValidationInfo, WithJsonSchema, field_validator

from laurels.fields import Input
from laurels.standings.models import Metric

MAX_VALUE = 2**32 - 1  # the largest counter


def _shortest(value: float) -> int | float:
    """Return 10 for 10.0, because some clients would not read that as a whole number."""
    return int(value) if value.is_integer() else value


# The value of a metric.
Measured = Annotated[float, PlainSerializer(_shortest), WithJsonSchema({"type": "number"})]


class Measure(Input):
    """A metric and the value that it must reach."""

    metric: Annotated[Metric, Strict(False)]  # rows of an import pass it as text
    value: Annotated[
        float,
        Field(ge=0.01, le=MAX_VALUE, allow_inf_nan=False),
        PlainSerializer(_shortest),
        WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": MAX_VALUE}),
    ] = Field(description="A whole number, or for `average_grade` at most 100.")

    @field_validator("value")
    @classmethod
    def _can_be_reached(cls, value: float, info: ValidationInfo) -> float:
        metric = info.data.get("metric")
        if metric is Metric.AVERAGE_GRADE:
            if value > 100:
                raise ValueError("must be at most 100 for average_grade")
        elif metric is not None and not value.is_integer():
            raise ValueError(f"must be a whole number for {metric}")
        return value
