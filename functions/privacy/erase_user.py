"""SQS ErasuresQueue: deletes everything that is held about an erased user, and the members of a deleted group."""

from laurels.privacy import erasing
from laurels.queues import consumer

handler = consumer(erasing.apply)
