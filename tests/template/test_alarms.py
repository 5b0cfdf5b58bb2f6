"""What must not stay unnoticed has an alarm; an alarm says what to do, and watches a metric that there is."""

import ast
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from samtranslator.yaml_helper import yaml_parse

from laurels import telemetry
from local.template import loader
from tests.template import project

APP = project.application()
ALARMS = {name: each["Properties"] for name, each in APP.resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
DEAD_LETTERS = sorted({queue.name for queue in APP.dead_letter_queues.values()})
RUNBOOK = "functions/README.md"

every_alarm = pytest.mark.parametrize("name", ALARMS)


def watched(name: str) -> list[dict[str, Any]]:
    """The metrics of an alarm: Namespace, MetricName, Dimensions."""
    about = ALARMS[name]
    if "Metrics" not in about:
        return [about]
    return [each["MetricStat"]["Metric"] for each in about["Metrics"] if "MetricStat" in each]


def dimensions(metric: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}


def watchers(metric: str, **wanted: str) -> list[str]:
    """The alarms on a metric with these dimensions."""
    return [
        name
        for name in ALARMS
        if any(each["MetricName"] == metric and dimensions(each) == wanted for each in watched(name))
    ]


def name_of(queue: str) -> str:
    return APP.queues[queue].id


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_a_message_in_a_dead_letter_queue_raises_its_alarm(queue: str) -> None:
    found = watchers("ApproximateNumberOfMessagesVisible", QueueName=name_of(queue))
    assert found == [f"{queue}Alarm"], f"template.yaml: add {queue}Alarm"
    assert (ALARMS[found[0]]["ComparisonOperator"], ALARMS[found[0]]["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.parametrize("queue", sorted(APP.queues.keys() - set(DEAD_LETTERS)))
def test_the_oldest_message_of_a_queue_has_an_alarm(queue: str) -> None:
    found = watchers("ApproximateAgeOfOldestMessage", QueueName=name_of(queue))
    assert found == ["OldestMessageAlarm"], f"template.yaml: add {queue} to OldestMessageAlarm"


@pytest.mark.parametrize("mapping", APP.streams.values(), ids=lambda mapping: mapping.name)
def test_the_lag_of_a_stream_has_an_alarm(mapping: Any) -> None:
    function = APP.functions[mapping.function].id
    assert watchers("IteratorAge", FunctionName=function) == ["StreamLagAlarm"]


def test_requests_the_authorizer_and_throttles_have_alarms() -> None:
    (api,) = APP.apis.values()
    assert watchers("5xx", ApiId=api.id) == ["ApiErrorsAlarm"]
    assert watchers("Latency", ApiId=api.id) == ["ApiLatencyAlarm"]
    assert ALARMS["ApiLatencyAlarm"]["ExtendedStatistic"] == "p95"
    assert watchers("Errors", FunctionName=APP.functions["Authorize"].id) == ["AuthorizerErrorsAlarm"]
    (table,) = APP.tables.values()
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        assert watchers(metric, TableName=table.id) == ["ThrottlesAlarm"]
    assert watchers("Throttles") == ["ThrottlesAlarm"]


@every_alarm
def test_an_alarm_is_sent_to_the_one_topic_and_says_what_to_do(name: str) -> None:
    about = ALARMS[name]
    (topic,) = (each for each, resource in APP.resources.items() if resource["Type"] == "AWS::SNS::Topic")
    assert about["AlarmActions"] == [f"arn:aws:sns:{APP.region}:{APP.account}:laurels-{topic}"]
    assert about["AlarmDescription"].endswith(f"Runbook: {RUNBOOK}#{name.lower()}")


@every_alarm
def test_an_alarm_is_a_heading_of_the_runbook_with_text_below(name: str) -> None:
    text = (project.ROOT / RUNBOOK).read_text(encoding="utf-8")
    section = re.search(rf"^### {name}\n\n([^#]+)", text, re.MULTILINE)
    assert section, f"{RUNBOOK}: write what to do under ### {name}"
    assert len(section[1]) > 80


def test_the_runbook_has_no_heading_of_an_alarm_that_is_gone() -> None:
    text = (project.ROOT / RUNBOOK).read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+Alarm)$", text, re.MULTILINE)) == ALARMS.keys()


@every_alarm
def test_the_math_of_an_alarm_uses_each_of_at_most_ten_metrics(name: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    queries = ALARMS[name].get("Metrics", [])
    metrics = [each["Id"] for each in queries if "MetricStat" in each]
    assert len(metrics) <= 10
    for each in queries:
        if "Expression" in each:
            assert "METRICS()" in each["Expression"] or set(metrics) <= set(re.findall(r"\w+", each["Expression"]))


@pytest.mark.parametrize("machine", APP.machines.values(), ids=lambda machine: machine.name)
def test_an_execution_that_fails_or_ends_early_raises_an_alarm(machine: Any) -> None:
    for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"):
        assert watchers(metric, StateMachineArn=machine.arn) == [f"{machine.name}Alarm"]


def test_missing_data_is_bad_for_the_age_of_boards_alone() -> None:
    bad = {name for name, about in ALARMS.items() if about["TreatMissingData"] == "breaching"}
    assert bad == {"BoardsAgeAlarm"}


def test_the_age_of_boards_is_the_metric_that_the_code_writes() -> None:
    """Twice, because Powertools forgets dimensions that are no defaults after the first time."""
    code = (
        "from laurels import telemetry as t; [(t.count('BoardsAge', age, 'Seconds'), t.flush()) for age in (901, 2700)]"
    )
    environment = {"ENVIRONMENT": APP.functions["ComputeLeaderboards"].environment["ENVIRONMENT"]}
    path = {"PYTHONPATH": str(project.LAURELS.parent)}
    # In a process of its own: Powertools keeps dimensions for all of a process.
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment | path, capture_output=True, text=True, check=True
    )
    (metric,) = watched("BoardsAgeAlarm")
    for line, age in zip(done.stdout.splitlines(), (901, 2700), strict=True):
        written = json.loads(line)
        (directive,) = written["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == metric["Namespace"]
        assert [each["Name"] for each in directive["Metrics"]] == [metric["MetricName"]]
        assert [set(each) for each in directive["Dimensions"]] == [dimensions(metric).keys()]
        assert {name: written[name] for name in dimensions(metric)} == dimensions(metric)
        assert written["BoardsAge"] == [age]


def test_a_run_that_fails_or_none_at_all_raises_the_alarm_of_boards_within_an_hour() -> None:
    about = ALARMS["BoardsAgeAlarm"]
    (schedule,) = (each for each in APP.schedules.values() if each.function == "ComputeLeaderboards")
    assert (schedule.expression, about["Period"]) == ("rate(15 minutes)", 900)
    assert about["EvaluationPeriods"] * about["Period"] <= 3600
    assert about["Threshold"] >= 2 * 900  # one run that fails is no alarm, as its retries and the next one may do


def written() -> set[str]:
    """The metrics that the code writes."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (project.ROOT / "layers/shared").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [call.args[0] for call in calls if ast.unparse(call.func) == "telemetry.count"]
    return {str(part.value) for name in names for part in ast.walk(name) if isinstance(part, ast.Constant)}


def test_the_document_names_the_metrics_that_the_code_writes() -> None:
    document = (project.ROOT / "layers/README.md").read_text(encoding="utf-8")
    listed = document.partition("- Metrics (")[2].partition("\n- ")[0]
    assert {name for name in re.findall(r"`(\w+)`", listed) if name[0].isupper()} - {telemetry.NAMESPACE} == written()


def test_the_dashboard_is_valid_and_shows_metrics_that_the_code_writes() -> None:
    source = yaml_parse((project.ROOT / ".github/dashboard.yaml").read_text(encoding="utf-8"))
    text = source["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    known = {"${AWS::Region}", *(f"${{{name}}}" for name in source["Parameters"])}
    assert set(re.findall(r"\$\{[^}]*\}", text)) == known
    widgets = [each["properties"] for each in json.loads(text)["widgets"]]
    assert all(each["title"] and each["metrics"] for each in widgets)
    plain = [metric for each in widgets for metric in each["metrics"] if metric[0] == telemetry.NAMESPACE]
    assert {metric[1] for metric in plain} <= written()
    assert lint(json.dumps(source), config=ManualArgs(regions=["eu-central-1"])) == []


@pytest.mark.parametrize(("given", "there"), [("", False), ("ops@example.org", True)])
def test_alarms_are_sent_to_the_address_that_is_given(given: str, there: bool) -> None:
    app = loader.load(project.ROOT / "template.yaml", {"AlarmEmail": given})
    assert ("AlarmSubscription" in app.resources) is there
