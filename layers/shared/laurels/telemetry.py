"""Logs (JSON, one line per event) and metrics (CloudWatch EMF). Neither ever holds a token or personal data.

API Gateway logs each request's route, status and duration (AccessLog in the template), so functions do not.
`logger` is Powertools' Logger; each line has the id of the current request as its correlation id.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from laurels import settings

# Powertools is imported on first use: it adds 12 ms to a cold start, and most calls log and count nothing.
if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

    logger: Logger

SERVICE, NAMESPACE = "laurels", "Laurels"

_correlation_id: str | None = None
_counting = True


def correlate(request_id: str) -> None:
    """Set the id that later log lines carry. It is also the request's id in the access log."""
    global _correlation_id
    _correlation_id = request_id


@contextmanager
def uncounted() -> Iterator[None]:
    """Count nothing meanwhile, in any thread: for a command that calls the rooms outside of Lambda, where nobody reads
    metrics and standard output is for the command's own."""
    global _counting
    _counting = False
    try:
        yield
    finally:
        _counting = True


def count(metric: str, amount: float = 1, unit: str = "Count") -> None:
    """Add to a metric, which `flush` writes. Zero is not written. `unit` is a CloudWatch unit.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    """
    if amount and _counting:
        _metrics().add_metric(metric, unit, amount)


def failed(what: str, error: Exception) -> None:
    """Log the error's type and where it was raised, but not its message, which may quote personal data."""
    frames = walk_tb(error.__traceback__)
    at = [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in frames]
    _logger().error(what, error=type(error).__name__, code=getattr(error, "code", None), at=at)


def flush() -> None:
    """Write the metrics of this invocation, if there are any."""
    if _metrics.cache_info().currsize and _metrics().metric_set:
        _metrics().flush_metrics()


def __getattr__(name: str) -> Any:
    if name == "logger":
        return _logger()
    raise AttributeError(name)


def _logger() -> "Logger":
    made = _make_logger()
    made.set_correlation_id(_correlation_id)
    return made


@cache
def _make_logger() -> "Logger":
    from aws_lambda_powertools import Logger

    return Logger(service=SERVICE)


@cache
def _metrics() -> "Metrics":
    from aws_lambda_powertools import Metrics

    metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
    metrics.set_default_dimensions(environment=settings.text("ENVIRONMENT", "local"))
    return metrics
