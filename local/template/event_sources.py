"""The event sources of functions besides HTTP: queues, streams, schedules and events, in an evaluated template.

`by_address` maps each name and ARN of a function to its logical id.
"""

import json
from typing import Any

from local.template.application import Consumer, Schedule, StreamMapping, Subscription
from local.template.references import Names


def consumers(resources: dict[str, Any], by_address: dict[str, str]) -> dict[str, Consumer]:
    found = {}
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        properties = resource["Properties"]
        source_arn = str(properties.get("EventSourceArn", ""))
        if _is_stream(source_arn):
            continue
        found[name] = Consumer(
            name=name,
            function=by_address[properties["FunctionName"]],
            source_arn=source_arn,
            batch_size=int(properties.get("BatchSize", 10)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            report_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", 0)) or None,
            enabled=_is_enabled(properties),
            properties=properties,
        )
    return found


def streams(resources: dict[str, Any], names: Names, by_address: dict[str, str]) -> dict[str, StreamMapping]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"""
    tables = {
        str(names.attribute(name, "StreamArn")): name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    found = {}
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        properties = resource["Properties"]
        source_arn = str(properties.get("EventSourceArn", ""))
        if not _is_stream(source_arn):
            continue
        found[name] = StreamMapping(
            name=name,
            function=by_address[properties["FunctionName"]],
            function_arn=str(names.attribute(by_address[properties["FunctionName"]], "Arn")),
            source_arn=source_arn,
            table=tables.get(source_arn, source_arn.partition(":table/")[2].partition("/")[0]),
            starts_at=properties["StartingPosition"],
            batch_size=int(properties.get("BatchSize", 100)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            parallel=int(properties.get("ParallelizationFactor", 1)),
            filters=tuple(json.loads(each["Pattern"]) for each in _filters(properties)),
            report_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            bisect=str(properties.get("BisectBatchOnFunctionError", False)).lower() == "true",
            retries=_limit(properties.get("MaximumRetryAttempts")),
            max_age=_limit(properties.get("MaximumRecordAgeInSeconds")),
            on_failure=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", ""),
            enabled=_is_enabled(properties),
        )
    return found


def _is_stream(source_arn: str) -> bool:
    return source_arn.split(":")[2:3] == ["dynamodb"]


def _is_enabled(properties: dict[str, Any]) -> bool:
    return str(properties.get("Enabled", True)).lower() != "false"


def _filters(properties: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = properties.get("FilterCriteria", {}).get("Filters", [])
    return found


def _limit(value: Any) -> int | None:
    """Return a limit, or None for -1, which stands for no limit and is the default."""
    return None if value is None or int(value) < 0 else int(value)


def schedules(resources: dict[str, Any], names: Names, by_address: dict[str, str]) -> dict[str, Schedule]:
    found = {}
    for name, resource in resources.items():
        properties = resource["Properties"]
        if resource["Type"] not in ("AWS::Events::Rule", "AWS::Scheduler::Schedule"):
            continue
        if "ScheduleExpression" not in properties:
            continue
        scheduler = resource["Type"] == "AWS::Scheduler::Schedule"
        targets = [properties["Target"]] if scheduler else properties.get("Targets", [])
        for position, target in enumerate(target for target in targets if target["Arn"] in by_address):
            key = name if position == 0 else f"{name}{position + 1}"
            found[key] = Schedule(
                name=key,
                function=by_address[target["Arn"]],
                expression=properties["ScheduleExpression"],
                input=target.get("Input"),
                enabled=properties.get("State", "ENABLED") == "ENABLED",
                scheduler=scheduler,
                arn=str(names.attribute(name, "Arn")),
            )
    return found


def subscriptions(resources: dict[str, Any], by_address: dict[str, str]) -> dict[str, Subscription]:
    found = {}
    for name, resource in resources.items():
        properties = resource["Properties"]
        if resource["Type"] != "AWS::Events::Rule" or "EventPattern" not in properties:
            continue
        if properties.get("State", "ENABLED") == "DISABLED":
            continue
        for position, target in enumerate(target for target in properties["Targets"] if target["Arn"] in by_address):
            key = name if position == 0 else f"{name}{position + 1}"
            bus = properties.get("EventBusName", "default")
            found[key] = Subscription(key, by_address[target["Arn"]], bus, properties["EventPattern"])
    return found
