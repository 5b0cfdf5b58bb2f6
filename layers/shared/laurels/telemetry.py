"""Logs (JSON, one line per event) and metrics (CloudWatch EMF). Neither ever holds a token or personal data."""

from traceback import walk_tb

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

SERVICE = "laurels"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Laurels", service=SERVICE)


def count(metric: str, amount: float = 1, unit: MetricUnit = MetricUnit.Count) -> None:
    """Adds to a metric; `flush` sends it. Nothing is sent for zero."""
    if amount:
        metrics.add_metric(metric, unit, amount)


def failed(what: str, error: Exception) -> None:
    """Logs what kind of error it was and where it was raised, but not its message: that may quote personal data."""
    frames = walk_tb(error.__traceback__)
    at = [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in frames]
    logger.error(what, error=type(error).__name__, code=getattr(error, "code", None), at=at)


def flush() -> None:
    """Writes the metrics of this invocation, if there are any."""
    if metrics.metric_set:
        metrics.flush_metrics()
