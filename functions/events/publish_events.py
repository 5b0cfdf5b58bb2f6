"""Stream of Table: publishes what each change means as events on the bus."""

from laurels.events import service
from laurels.streams import consumer

handler = consumer(service.apply)
