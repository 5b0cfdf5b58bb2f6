"""Peer "powertools": the endpoint as in Powertools' documentation, with everything it recommends.

https://docs.aws.amazon.com/powertools/python/latest/core/event_handler/api_gateway/
"""

import os
from typing import Annotated, Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from profile_model import Profile

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = APIGatewayHttpResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


@app.get("/v1/users/<user_id>")
@tracer.capture_method
def get_profile(user_id: Annotated[str, Path(min_length=1, max_length=128)]) -> Profile:
    item = table.get_item(Key={"PK": f"USER#{user_id}", "SK": "PROFILE"}).get("Item")
    if item is None:
        raise NotFoundError("There is no such user.")
    metrics.add_metric(name="ProfilesRead", unit=MetricUnit.Count, value=1)
    logger.info("profile read")
    return Profile.model_validate(item)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: Any, context: Any) -> Any:
    return app.resolve(event, context)
