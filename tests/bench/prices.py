"""AWS's list prices: US East (N. Virginia), USD, without free tiers and volume discounts.

As known in November 2026; they change, so check before you rely on them.

https://aws.amazon.com/api-gateway/pricing/ https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/dynamodb/pricing/on-demand/
https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/s3/pricing/ https://aws.amazon.com/eventbridge/pricing/
https://aws.amazon.com/step-functions/pricing/ https://aws.amazon.com/cloudwatch/pricing/ https://aws.amazon.com/secrets-manager/pricing/
"""

HTTP_API = 1.00  # a million requests, each up to 512 KB
LAMBDA_REQUESTS = 0.20  # a million
LAMBDA_GB_SECOND = 0.0000166667  # x86
TABLE_READS = 0.125  # a million read request units (on demand)
TABLE_WRITES = 0.625  # a million write request units
SQS_FIFO = 0.50  # a million requests, each up to 64 KB
EVENTS = 1.00  # a million custom events put on a bus, each up to 64 KB
SQS_STANDARD = 0.40  # the same on a standard queue
S3_READS = 0.40  # a million GET
S3_WRITES = 5.00  # a million PUT, COPY, POST, LIST
TABLE_GB = 0.25  # a month
BACKUP_GB = 0.20  # a month of point-in-time recovery
STATE_TRANSITIONS = 25.00  # a million, of standard executions of Step Functions
EXPRESS_EXECUTIONS = 1.00  # a million
EXPRESS_GB_SECOND = 0.00001667  # at 64 MB each
LOGS_GB = 0.50  # taken in
METRIC = 0.30  # a custom metric a month; those of routes, too
ALARM = 0.10  # a month, for each metric that it watches
SECRET = 0.40  # a month
# Of a route: Count, 4xx, 5xx, Latency, IntegrationLatency, DataProcessed.
METRICS_OF_A_ROUTE = 6

# An assumption, as no price list has it: how long one request to DynamoDB, SQS or S3 takes within the region.
WAIT_MS = 5.0
# Lambda allots CPU by memory: one whole core at 1,769 MB. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
CORE_MB = 1769


def lambda_million(cpu_ms: float, requests: float, memory: int) -> float:
    """USD for a million invocations: CPU time at the function's share of a core, plus its waiting for requests."""
    billed_ms = cpu_ms * max(1.0, CORE_MB / memory) + requests * WAIT_MS
    return LAMBDA_REQUESTS + 1_000_000 * billed_ms / 1000 * memory / 1024 * LAMBDA_GB_SECOND
