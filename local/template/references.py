"""The values of `Ref` and `Fn::GetAtt`: names, URLs and ARNs as AWS makes them, but predictable."""

import os
from typing import Any

from local.template.intrinsics import Scope, evaluate

# The property that holds a resource's own name, and the ARN's end, by type.
_NAMED = {
    "AWS::Lambda::Function": ("FunctionName", "lambda", "function:{}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb", "table/{}"),
    "AWS::SQS::Queue": ("QueueName", "sqs", "{}"),
    "AWS::S3::Bucket": ("BucketName", "s3", "{}"),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager", "secret:{}"),
    "AWS::SSM::Parameter": ("Name", "ssm", "parameter/{}"),
    "AWS::Events::EventBus": ("Name", "events", "event-bus/{}"),
    "AWS::Events::Rule": ("Name", "events", "rule/{}"),
    "AWS::Scheduler::Schedule": ("Name", "scheduler", "schedule/default/{}"),
    "AWS::SNS::Topic": ("TopicName", "sns", "{}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs", "log-group:{}:*"),
    "AWS::IAM::Role": ("RoleName", "iam", "role/{}"),
    "AWS::Lambda::LayerVersion": ("LayerName", "lambda", "layer:{}:1"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "states", "stateMachine:{}"),
}
_REF_IS_ARN = {
    "AWS::SecretsManager::Secret",
    "AWS::SNS::Topic",
    "AWS::Lambda::LayerVersion",
    "AWS::StepFunctions::StateMachine",
}
_GLOBAL = {"iam"}  # services whose ARNs name no region


def region_from_environment() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


class Names:
    """The references of one template; `scope` is set once the template's own names are known."""

    scope: Scope

    def __init__(
        self, resources: dict[str, Any], *, stack_name: str, region: str, account: str, endpoint_url: str | None
    ) -> None:
        self.resources = resources
        self.stack_name = stack_name
        self.region = region
        self.account = account
        self._queues_at = (endpoint_url or f"https://sqs.{region}.amazonaws.com").rstrip("/")

    def physical_id(self, name: str) -> str:
        resource = self.resources.get(name, {})
        kind = resource.get("Type", "")
        properties = resource.get("Properties", {})
        if kind in _NAMED and _NAMED[kind][0] in properties:
            return str(evaluate(properties[_NAMED[kind][0]], self.scope))
        if kind == "AWS::S3::Bucket":
            return f"{self.stack_name}-{name}-{self.account}".lower()
        if kind == "AWS::SQS::Queue":
            fifo = str(evaluate(properties.get("FifoQueue", False), self.scope)).lower() == "true"
            return f"{self.stack_name}-{name}" + (".fifo" if fifo else "")
        if kind == "AWS::ApiGatewayV2::Api":
            return name.lower()
        return f"{self.stack_name}-{name}"

    def attribute(self, name: str, attribute: str) -> Any:
        """`Fn::GetAtt`, or `Ref` for the attribute "Ref". What is not modelled reads as "Name.Attribute"."""
        if name not in self.resources:
            return name if attribute == "Ref" else f"{name}.{attribute}"
        kind = self.resources[name]["Type"]
        physical = self.physical_id(name)
        if kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return self._qualified_function(name, kind)
        if attribute == "Ref":
            if kind == "AWS::SQS::Queue":
                return self._queue_url(physical)
            return self._arn(kind, physical) if kind in _REF_IS_ARN else physical
        if attribute in ("Arn", "LayerVersionArn", "TopicArn", "Id" if kind in _REF_IS_ARN else "Arn"):
            return self._arn(kind, physical)
        if attribute == "QueueUrl":
            return self._queue_url(physical)
        if kind == "AWS::SSM::Parameter" and attribute == "Value":
            return evaluate(self.resources[name]["Properties"]["Value"], self.scope)
        if attribute == "StreamArn":
            return f"{self._arn(kind, physical)}/stream/2026-01-01T00:00:00.000"
        if attribute in ("QueueName", "TopicName", "Name", "ApiId"):
            return physical
        if attribute == "ApiEndpoint":
            return f"https://{physical}.execute-api.{self.region}.amazonaws.com"
        if kind == "AWS::S3::Bucket" and attribute.endswith("DomainName"):
            return f"{physical}.s3.{self.region}.amazonaws.com"
        return f"{name}.{attribute}"

    def logical_id_of_role(self, arn: Any) -> str | None:
        return next(
            (
                name
                for name, resource in self.resources.items()
                if resource["Type"] == "AWS::IAM::Role" and self.attribute(name, "Arn") == arn
            ),
            None,
        )

    def _qualified_function(self, name: str, kind: str) -> str:
        properties = self.resources[name].get("Properties", {})
        function = str(evaluate(properties.get("FunctionName", ""), self.scope))
        base = function if function.startswith("arn:") else self._arn("AWS::Lambda::Function", function)
        return f"{base}:{properties.get('Name', 'live') if kind == 'AWS::Lambda::Alias' else 1}"

    def _queue_url(self, physical: str) -> str:
        return f"{self._queues_at}/{self.account}/{physical}"

    def _arn(self, kind: str, physical: str) -> str:
        if kind == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{physical}"
        _, service, end = _NAMED.get(kind, ("", kind.split("::")[1].lower() if "::" in kind else "local", "{}"))
        region = "" if service in _GLOBAL else self.region
        return f"arn:aws:{service}:{region}:{self.account}:{end.format(physical).replace('//', '/')}"
