"""What becomes of a batch of messages: what can never succeed is parked, and what fails comes again, in its order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from laurels import queues, telemetry
from laurels.errors import Invalid, Unavailable
from laurels.fields import field_errors
from laurels.queues import Message

Parsed = TypeVar("Parsed")


@dataclass
class Batch:
    """Messages of a FIFO queue, and the URL of the queue for those that can never succeed.

    Where a message fails, all of its group that is not parked comes again, so that the group's order is kept: what of
    it has succeeded must be harmless to repeat. Other groups go on.
    """

    messages: Sequence[Message]
    dead_letters: str
    parked: set[str] = field(default_factory=set)  # ids of messages
    failed_groups: set[str] = field(default_factory=set)

    @property
    def failed(self) -> list[Message]:
        """The messages that are to come again."""
        return [each for each in self.messages if each.group in self.failed_groups and each.id not in self.parked]


def parsed(batch: Batch, parse: Callable[[str], Parsed]) -> Iterator[tuple[Message, Parsed]]:
    """The messages with what `parse` makes of their bodies. Where it raises ValidationError or Invalid, the message can
    never succeed: it is parked with the reason, and holds up nobody."""
    for message in batch.messages:
        with attempt(batch, message):
            try:
                found = parse(message.body)
            except ValidationError as error:
                _park(batch, message, Invalid.fields(field_errors(error)))
            except Invalid as error:
                _park(batch, message, error)
            else:
                yield message, found


@contextmanager
def attempt(batch: Batch, *messages: Message) -> Iterator[None]:
    """Whatever goes wrong inside, foreseen or not, is the failure of these messages' groups and of no other."""
    try:
        yield
    except Unavailable as error:
        telemetry.logger.warning("Messages are to come again.", reason=error.detail)
    except Exception as error:
        telemetry.failed("Messages failed and are to come again.", error)
    else:
        return
    batch.failed_groups.update(message.group for message in messages)


def _park(batch: Batch, message: Message, reason: Invalid) -> None:
    telemetry.logger.error("A message can never succeed.", message_id=message.id, reason=reason.detail)
    queues.park(batch.dead_letters, message, reason.detail)
    batch.parked.add(message.id)
