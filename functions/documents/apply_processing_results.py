"""SQS ProcessingResultsQueue: applies the AI service's results, the first one of each processing."""

from laurels.documents import results
from laurels.queues import consumer

handler = consumer(results.apply)
