"""The period of a schedule, from its expression."""

from datetime import timedelta
from typing import Any

import pytest

from local.event_sources import schedules
from local.template.intrinsics import TemplateError


@pytest.mark.parametrize(
    ("expression", "every"),
    [
        ("rate(15 minutes)", timedelta(minutes=15)),
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(2 hours)", timedelta(hours=2)),
        ("rate(1 day)", timedelta(days=1)),
    ],
)
def test_a_rate_is_the_time_between_two_runs(expression: str, every: Any) -> None:
    assert schedules.period(expression) == every


@pytest.mark.parametrize(
    "expression",
    ["every day", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(5 weeks)", "rate(5)"],
)
def test_an_expression_that_eventbridge_refuses_is_refused(expression: str) -> None:
    with pytest.raises(TemplateError):
        schedules.period(expression)


@pytest.mark.parametrize("expression", ["cron(30 2 * * ? *)", "at(2026-12-24T18:00:00)"])
def test_an_unsupported_schedule_is_refused_with_the_supported_form(expression: str) -> None:
    with pytest.raises(TemplateError, match=r"rate\(15 minutes\).*no cron"):
        schedules.period(expression)
