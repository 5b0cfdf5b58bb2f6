"""SQS ProcessingRequestsQueue: asks a model of Bedrock for the result of each processing (with BedrockModelId only)."""

from laurels.documents import matching
from laurels.queues import consumer

handler = consumer(matching.apply)
