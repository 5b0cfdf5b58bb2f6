"""What CloudWatch makes of an alarm of the template and of metrics: its state.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import json
import operator
from collections.abc import Mapping, Sequence
from typing import Any

Samples = Sequence[float]
# What was emitted: a metric's name and dimensions, and the samples of each period, oldest first; none: missing.
Emitted = Mapping[tuple[str, frozenset[tuple[str, str]]], Sequence[Samples]]

_COMPARE = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}


def metric(name: str, **dimensions: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return the key of a metric."""
    return name, frozenset(dimensions.items())


def of_embedded(lines: str) -> dict[tuple[str, frozenset[tuple[str, str]]], list[Samples]]:
    """Return the metrics in lines of CloudWatch's embedded metric format, each line a period."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], list[Samples]] = {}
    for line in lines.splitlines():
        if '"_aws"' not in line:
            continue
        written = json.loads(line)
        for directive in written["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                where = {name: written[name] for name in names}
                for each in directive["Metrics"]:
                    found.setdefault(metric(each["Name"], **where), []).append(written[each["Name"]])
    return found


def state(alarm: Mapping[str, Any], emitted: Emitted) -> str:
    """Return ALARM or OK: ALARM if the last EvaluationPeriods all breach. TreatMissingData decides on missing ones."""
    breaching = []
    for ago in range(alarm["EvaluationPeriods"], 0, -1):
        value = _value(alarm, emitted, ago)
        if value is None:
            breaching.append(alarm["TreatMissingData"] == "breaching")
        else:
            breaching.append(_COMPARE[alarm["ComparisonOperator"]](value, alarm["Threshold"]))
    return "ALARM" if all(breaching) else "OK"


def _value(alarm: Mapping[str, Any], emitted: Emitted, ago: int) -> float | None:
    """Return what the alarm compares in the last period but `ago` - 1."""
    if "Metrics" not in alarm:
        return _statistic(alarm, alarm.get("Statistic") or alarm["ExtendedStatistic"], emitted, ago)
    values: dict[str, float | None] = {}
    expression = ""
    for query in alarm["Metrics"]:
        if "Expression" in query:
            expression = query["Expression"]
        else:
            values[query["Id"]] = _statistic(query["MetricStat"]["Metric"], query["MetricStat"]["Stat"], emitted, ago)
    functions = {
        "METRICS": lambda: list(values.values()),
        "MAX": lambda found: max((each for each in found if each is not None), default=None),
        "SUM": lambda found: sum(each for each in found if each is not None),
        "FILL": lambda value, filled: filled if value is None else value,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    try:
        # All arguments of IF are evaluated here, so without requests the share divides by nothing.
        result: float | None = eval(expression, {"__builtins__": {}}, {**functions, **values})
    except (TypeError, ZeroDivisionError):  # a metric is missing
        return None
    return result


def _statistic(about: Mapping[str, Any], statistic: str, emitted: Emitted, ago: int) -> float | None:
    dimensions = {each["Name"]: each["Value"] for each in about.get("Dimensions", [])}
    periods = emitted.get(metric(about["MetricName"], **dimensions), [])
    samples = sorted(periods[-ago]) if ago <= len(periods) else []
    if not samples:
        return None
    if statistic.startswith("p"):
        return samples[min(int(len(samples) * float(statistic[1:]) / 100), len(samples) - 1)]
    return sum(samples) if statistic == "Sum" else max(samples)
