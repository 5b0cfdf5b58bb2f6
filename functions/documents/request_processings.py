"""Stream of Table: asks the AI service for each new processing."""

from laurels.documents import requesting
from laurels.streams import consumer

handler = consumer(requesting.apply)
