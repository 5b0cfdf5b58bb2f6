"""SQS ErasuresQueue: deletes all that is held about an erased user, and finishes deletions of groups and documents."""

from laurels.privacy import erasing
from laurels.queues import consumer

handler = consumer(erasing.apply)
