"""A stand-in for Secrets Manager: one secret with the values of its stages, behind `laurels.aws.client.call`."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from laurels.aws.client import ServiceError
from laurels.errors import Unavailable


class SecretStore:
    """`asked` lists the stages that were read; `down` makes it unavailable."""

    def __init__(self, value: str) -> None:
        self.arn = f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{uuid4().hex}"
        self.stages = {"AWSCURRENT": value}
        self.asked: list[str] = []
        self.down = False

    def put(self, value: str) -> None:
        """Rotate the secret, as PutSecretValue does."""
        self.stages = {"AWSCURRENT": value, "AWSPREVIOUS": self.stages["AWSCURRENT"]}

    def call(self, service: str, target: str, request: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, target, request["SecretId"]) == ("secretsmanager", "secretsmanager.GetSecretValue", self.arn)
        stage = request.get("VersionStage", "AWSCURRENT")
        self.asked.append(stage)
        if self.down:
            raise Unavailable
        if stage not in self.stages:
            raise ServiceError(400, "ResourceNotFoundException", {})
        return {"ARN": self.arn, "SecretString": self.stages[stage]}
