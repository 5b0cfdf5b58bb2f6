"""When a schedule is due."""

from datetime import UTC, datetime

import pytest

from local.event_sources import schedule_expressions


def following(expression, after, timezone="UTC"):
    moment = schedule_expressions.parse(expression, timezone)(datetime.fromisoformat(after).replace(tzinfo=UTC))
    return moment and moment.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("rate(15 minutes)", "2026-11-20T10:07", "2026-11-20T10:22"),
        ("rate(1 day)", "2026-11-20T10:07", "2026-11-21T10:07"),
        ("cron(0/15 * * * ? *)", "2026-11-20T10:07", "2026-11-20T10:15"),
        ("cron(0/15 * * * ? *)", "2026-11-20T10:45", "2026-11-20T11:00"),
        ("cron(30 2 * * ? *)", "2026-11-20T10:07", "2026-11-21T02:30"),
        ("cron(0 8 1 * ? *)", "2026-11-20T10:07", "2026-12-01T08:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00", "2026-11-23T18:00"),
        ("cron(0 0 ? * 1 *)", "2026-11-20T10:07", "2026-11-22T00:00"),
        ("cron(0 0 L * ? *)", "2026-02-10T00:00", "2026-02-28T00:00"),
        ("cron(0 0 15W * ? *)", "2026-11-01T00:00", "2026-11-16T00:00"),
        ("cron(0 0 ? * 6L *)", "2026-11-01T00:00", "2026-11-27T00:00"),
        ("cron(0 0 ? * TUE#2 *)", "2026-11-01T00:00", "2026-11-10T00:00"),
        ("cron(0 0 29 FEB ? *)", "2026-11-01T00:00", "2028-02-29T00:00"),
        ("cron(0 0 1 1 ? 2020)", "2026-11-01T00:00", None),
        ("at(2026-12-24T18:00:00)", "2026-11-01T00:00", "2026-12-24T18:00"),
        ("at(2026-12-24T18:00:00)", "2026-12-24T18:00", None),
    ],
)
def test_a_schedule_is_due_next(expression, after, due):
    assert following(expression, after) == due


def test_a_schedule_keeps_to_its_zone_across_a_change_of_clocks():
    assert following("cron(30 2 * * ? *)", "2026-07-01T12:00", "Europe/Berlin") == "2026-07-02T00:30"
    assert following("cron(30 2 * * ? *)", "2026-12-01T12:00", "Europe/Berlin") == "2026-12-02T01:30"


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 weeks)",
        "cron(* * * * *)",
        "cron(0 0 1 * 1 *)",
        "cron(0 0 ? * ? *)",
        "cron(61 * * * ? *)",
        "cron(0 0 ? * FOO *)",
    ],
)
def test_an_expression_that_eventbridge_refuses_is_refused(expression):
    with pytest.raises(schedule_expressions.ScheduleError):
        schedule_expressions.parse(expression)
