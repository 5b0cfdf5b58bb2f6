"""SQS StatUpdatesQueue: applies stat updates, each event once, one write per user and batch."""

from laurels.queues import consumer
from laurels.stats import service

handler = consumer(service.apply)
