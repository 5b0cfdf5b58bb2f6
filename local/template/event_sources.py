"""The event sources of functions besides HTTP: queues, streams, schedules and events, in an evaluated template.

`by_address` maps each name and ARN of a function to its logical id.
"""

from typing import Any

from local.template.application import Consumer, Schedule, Subscription
from local.template.references import Names


def consumers(resources: dict[str, Any], by_address: dict[str, str]) -> dict[str, Consumer]:
    found = {}
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        properties = resource["Properties"]
        found[name] = Consumer(
            name=name,
            function=by_address[properties["FunctionName"]],
            source_arn=str(properties.get("EventSourceArn", "")),
            batch_size=int(properties.get("BatchSize", 10)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            report_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", 0)) or None,
            enabled=str(properties.get("Enabled", True)).lower() != "false",
            properties=properties,
        )
    return found


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
