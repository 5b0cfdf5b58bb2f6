"""SQS UserEventsQueue: applies what the auth services tell of users: created, signed in, deleted."""

from laurels.events import ingesting
from laurels.queues import consumer

handler = consumer(ingesting.apply)
