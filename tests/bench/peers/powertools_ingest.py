"""Peer "powertools": stat updates from a FIFO queue as in Powertools' documentation, one record at a time.

https://docs.aws.amazon.com/powertools/python/latest/utilities/idempotency/#integrations (with the batch utility).
Its idempotency key is the `messageId`, as documented: a message that a producer sends twice counts twice.
"""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
from pydantic import AwareDatetime, BaseModel

logger = Logger()
tracer = Tracer()
metrics = Metrics()
processor = SqsFifoPartialProcessor()
store = DynamoDBPersistenceLayer(table_name=os.environ["TABLE_NAME"], key_attr="PK", sort_key_attr="SK")
config = IdempotencyConfig(event_key_jmespath="messageId")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class StatUpdate(BaseModel):
    event_id: str
    user_id: str
    source: str
    occurred_at: AwareDatetime
    increments: dict[str, int]


@tracer.capture_method
@idempotent_function(data_keyword_argument="record", config=config, persistence_store=store)
def record_handler(record: SQSRecord) -> None:
    change = StatUpdate.model_validate_json(record.body)
    names = {f"#n{index}": name for index, name in enumerate(change.increments)}
    values = {f":v{index}": by for index, by in enumerate(change.increments.values())}
    table.update_item(
        Key={"PK": f"USER#{change.user_id}", "SK": "STATS"},
        UpdateExpression="ADD " + ", ".join(f"#n{index} :v{index}" for index in range(len(names))),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )
    metrics.add_metric(name="UpdatesApplied", unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    config.register_lambda_context(context)
    return process_partial_response(event, record_handler, processor, context)
