"""Logs (JSON, one line per event) and metrics (CloudWatch EMF). Neither ever holds a token or personal data.

What every request would say (route, status, how long) API Gateway writes: see AccessLog in the template.
`logger` is Powertools' Logger; its lines bear the id of the request that is being served.
"""

from functools import cache
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

# Powertools is imported by who has something to log or to count: it costs a cold start 12 ms, and most calls have
# nothing to say that API Gateway does not say.
if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

    logger: Logger

SERVICE = "laurels"

_correlation_id: str | None = None


def correlate(request_id: str) -> None:
    """Begins a request: what is logged from now on bears its id, by which its line in the access log is found."""
    global _correlation_id
    _correlation_id = request_id


def count(metric: str, amount: float = 1, unit: str = "Count") -> None:
    """Adds to a metric; `flush` sends it. Nothing is sent for zero. `unit` is one of CloudWatch's.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    """
    if amount:
        _metrics().add_metric(metric, unit, amount)


def failed(what: str, error: Exception) -> None:
    """Logs what kind of error it was and where it was raised, but not its message: that may quote personal data."""
    frames = walk_tb(error.__traceback__)
    at = [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in frames]
    _logger().error(what, error=type(error).__name__, code=getattr(error, "code", None), at=at)


def flush() -> None:
    """Writes the metrics of this invocation, if there are any."""
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

    return Metrics(namespace="Laurels", service=SERVICE)
