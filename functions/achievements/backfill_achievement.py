"""SQS BackfillQueue: awards the users of one page of standings who meet an achievement's criteria."""

from laurels.achievements import backfill
from laurels.queues import consumer

handler = consumer(backfill.apply)
