"""Schedules of the form `rate(…)`: invoke functions when they are due, with the event that EventBridge would send."""

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from local.event_sources.failed_invocations import FailureDestinations
from local.runtime.functions import EventTooLarge, Outcome, Unavailable
from local.runtime.process import Log
from local.template.application import Function, Schedule
from local.template.intrinsics import TemplateError

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_RETRY_AFTER = (60, 120)  # seconds: Lambda waits so long before it retries an asynchronous invocation


def period(expression: str) -> timedelta:
    """Return the time between two runs of a `rate(…)` expression, such as "rate(15 minutes)". Raises TemplateError.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
    """
    match = _RATE.fullmatch(expression.strip())
    number = int(match[1]) if match else 0
    if not match or number < 1 or (number == 1) == bool(match[3]):
        supported = "rate(1 minute), rate(15 minutes), rate(2 hours), rate(1 day) and the like"
        raise TemplateError(f"the schedule {expression!r} does not run here: only {supported} do, no cron(…) or at(…)")
    return timedelta(**{f"{match[2]}s": number})


def event(schedule: Schedule, account: str, region: str, moment: datetime | None = None) -> Any:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    when = (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if schedule.input is not None:
        placeholders = {
            "<aws.scheduler.scheduled-time>": when,
            "<aws.scheduler.schedule-arn>": schedule.arn,
            "<aws.scheduler.execution-id>": str(uuid.uuid4()),
            "<aws.scheduler.attempt-number>": "1",
        }
        text = schedule.input
        for name, value in placeholders.items() if schedule.scheduler else ():
            text = text.replace(name, value)
        return json.loads(text)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler" if schedule.scheduler else "aws.events",
        "account": account,
        "time": when,
        "region": region,
        "resources": [schedule.arn],
        "detail": "{}" if schedule.scheduler else {},
    }


class Scheduler:
    """Runs schedules when they are due, until it is stopped."""

    def __init__(
        self,
        schedules: Iterable[Schedule],
        functions: dict[str, Function],
        invoke: Callable[[str, Any], Outcome],
        account: str,
        region: str,
        failures: FailureDestinations,
        log: Log,
    ) -> None:
        self._failures = failures
        self._functions = functions
        self._invoke = invoke
        self._account = account
        self._region = region
        self._log = log
        self._stop = threading.Event()
        for schedule in schedules:
            if schedule.enabled:
                every = period(schedule.expression)
                threading.Thread(target=self._run, args=(schedule, every), daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self, schedule: Schedule, every: timedelta) -> None:
        due = datetime.now(UTC) + every  # as EventBridge does, which counts from when the rule was made
        while True:
            # In short steps: a machine that was suspended would sleep the rest of a long wait.
            while (left := due - datetime.now(UTC)) > timedelta():
                if self._stop.wait(min(left.total_seconds(), 30)):
                    return
            threading.Thread(target=self._fire, args=(schedule, due), daemon=True).start()
            due = max(due, datetime.now(UTC) - timedelta(seconds=1)) + every

    def _fire(self, schedule: Schedule, due: datetime) -> None:
        sent = event(schedule, self._account, self._region, due)
        function, outcome = self._functions[schedule.function], None
        for wait in (*_RETRY_AFTER[: function.retries], None):
            try:
                outcome = self._invoke(schedule.function, sent)
                if not outcome.failed:
                    return
            except (Unavailable, EventTooLarge) as reason:
                self._log("schedules", f"{schedule.function}: {type(reason).__name__}")
            if wait is None:
                self._failures.keep(function, sent, function.retries + 1, outcome)
            elif self._stop.wait(wait):
                return
