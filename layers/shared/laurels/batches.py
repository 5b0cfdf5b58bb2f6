"""The frame of every consumer of a queue: parse a batch, park what can never succeed, apply the rest, name failures."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
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
    apply: Callable[[list[Parsed]], Mapping[int, Invalid] | None],
    *,
    group_by: Callable[[Parsed], str] | None = None,
    redact: Callable[[str], str] | None = None,
) -> list[Message]:
    """Process a batch and return the messages that SQS is to deliver again.

    `parse` converts a body. If it raises ValidationError, Malformed or Invalid, the message can never succeed: it is
    parked on the queue whose URL is `dead_letters`, with the reason, and blocks no other message. `redact` returns the
    body that is parked, if not all of it may be kept.

    `apply` gets parsed messages that belong together, in order: by default those of one message group, on a standard
    queue a single one; with `group_by`, all for which it returns the same text, from any group. It may return why some
    of them can never succeed, by their indexes: these are parked, too. If `apply` raises, these messages fail, and with
    them the rest of their groups, to keep the order: repeating the part that succeeded must be harmless. Other groups
    go on.
    """
    parked: set[str] = set()  # ids of messages
    failed: set[str] = set()  # groups
    portions: dict[str, list[tuple[Message, Parsed]]] = defaultdict(list)
    for message in messages:
        with _attempt([message], failed):
            try:
                found = parse(message.body)
            except (ValidationError, Malformed, Invalid) as error:
                kept = replace(message, body=redact(message.body)) if redact else message
                _park(dead_letters, kept, error)
                parked.add(message.id)
            else:
                portions[group_by(found) if group_by else _group(message)].append((message, found))
    for portion in portions.values():
        with _attempt([message for message, _ in portion], failed):
            for index, refusal in (apply([found for _, found in portion]) or {}).items():
                _park(dead_letters, portion[index][0], refusal)
                parked.add(portion[index][0].id)
    telemetry.count("MessagesParked", len(parked))
    telemetry.flush()
    return [message for message in messages if _group(message) in failed and message.id not in parked]


def _group(message: Message) -> str:
    """Return the message's group; on a standard queue each message is a group of its own."""
    return message.group or message.id


@contextmanager
def _attempt(messages: Sequence[Message], failed: set[str]) -> Iterator[None]:
    """Turn any error inside, foreseen or not, into the failure of these messages' groups."""
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
