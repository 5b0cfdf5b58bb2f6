"""SQS ExportsQueue: puts everything that is held about a user into a .zip."""

from laurels.privacy import exporting
from laurels.queues import consumer

handler = consumer(exporting.apply)
