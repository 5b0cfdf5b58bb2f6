"""The frame of every consumer of a queue: parse a batch, park what can never succeed, apply the rest, name failures."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from pydantic import ValidationError

from laurels import queues, telemetry
from laurels.errors import Invalid, Malformed, Unavailable
from laurels.fields import field_errors
from laurels.queues import Message

Parsed = TypeVar("Parsed")


def consume(
    messages: Sequence[Message],
    dead_letters: str,
    parse: Callable[[str], Parsed],
    apply: Callable[[list[Parsed]], None],
    *,
    group_by: Callable[[Parsed], str] | None = None,
) -> list[Message]:
    """Works through a batch and returns the messages that SQS is to deliver again.

    `parse` makes something of a body. A message for which it raises ValidationError, Malformed or Invalid can never
    succeed: it is parked on the queue whose URL is `dead_letters`, with the reason, and holds up no other message.

    `apply` gets what has been parsed and belongs together, in order: by default one message group, on a standard queue
    one message; with `group_by`, everything for which it returns the same text, from whatever group. Whatever `apply`
    raises is the failure of these messages. With a message fails all of its group that is not parked, so that the
    group's order is kept: what of it has succeeded must be harmless to repeat. Other groups go on.
    """
    parked: set[str] = set()  # ids of messages
    failed: set[str] = set()  # groups
    portions: dict[str, list[tuple[Message, Parsed]]] = defaultdict(list)
    for message in messages:
        with _attempt([message], failed):
            try:
                found = parse(message.body)
            except (ValidationError, Malformed, Invalid) as error:
                _park(dead_letters, message, error)
                parked.add(message.id)
            else:
                portions[group_by(found) if group_by else _group(message)].append((message, found))
    for portion in portions.values():
        with _attempt([message for message, _ in portion], failed):
            apply([found for _, found in portion])
    telemetry.count("MessagesParked", len(parked))
    telemetry.flush()
    return [message for message in messages if _group(message) in failed and message.id not in parked]


def _group(message: Message) -> str:
    """The message's group; on a standard queue, which has none, each message is a group of its own."""
    return message.group or message.id


@contextmanager
def _attempt(messages: Sequence[Message], failed: set[str]) -> Iterator[None]:
    """Turns any error inside, foreseen or not, into the failure of these messages' groups."""
    try:
        yield
    except Unavailable as error:
        telemetry.logger.warning("Messages will be delivered again.", reason=error.detail)
    except Exception as error:
        telemetry.failed("Messages failed and will be delivered again.", error)
    else:
        return
    failed.update(map(_group, messages))


def _park(dead_letters: str, message: Message, error: ValidationError | Malformed | Invalid) -> None:
    errors = field_errors(error) if isinstance(error, ValidationError) else error.errors
    reason = f"{errors[0]['field']}: {errors[0]['detail']}" if errors else str(error)
    telemetry.logger.error("A message can never succeed.", message_id=message.id, reason=reason)
    queues.park(dead_letters, message, reason)
