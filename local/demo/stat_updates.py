"""Stat updates from JSON lines to their queue, ten at a time, each validated as its consumer does."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from laurels import clock
from laurels.errors import Invalid, Malformed
from laurels.fields import field_errors
from laurels.standings import definitions
from laurels.standings.definitions import Definitions
from laurels.stats import rules as stats_rules
from laurels.stats.models import StatUpdate

_BATCH = 10  # entries, SQS's limit
_MESSAGE_BYTES = 1_048_576  # SQS's limit of one message
_BATCH_BYTES = 1_000_000  # a little less than SQS's 1 MiB

Refusal = tuple[int, str]  # line number, reason


class Limits(NamedTuple):
    """What the running consumer accepts: the age in days of the oldest updates, and the own metrics."""

    max_age_days: int
    metrics: Definitions


def limits(max_age_days: int, metrics: Iterable[dict[str, Any]]) -> Limits:
    """Return the limits of a consumer. `metrics` are those of `GET /v1/metrics`."""
    own = {item["metric"]: definitions.of(item) for item in metrics if not item["is_built_in"]}
    return Limits(max_age_days, own)


class SendError(Exception):
    """The queue does not accept messages; the message says why."""


def send(
    lines: Iterable[str],
    queue_url: str,
    sqs: Any,
    *,
    again: bool = False,
    limits: Limits | None = None,
) -> tuple[int, list[Refusal]]:
    """Send the lines. Return how many were sent, and the refused lines with their reasons. Raises SendError.

    The queue drops content that it received in the last five minutes, unless `again` is set. Without `limits`, age and
    own metrics are not checked.
    """
    sent = 0
    refused: list[Refusal] = []
    for batch in _batches(lines, limits, refused):
        entries = [
            {
                "Id": str(number),
                "MessageBody": body,
                "MessageGroupId": update.user_id,
                **({"MessageDeduplicationId": uuid.uuid4().hex} if again else {}),
            }
            for number, body, update in batch
        ]
        try:
            answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except (ClientError, BotoCoreError) as reason:
            raise SendError(f"after {sent} sent, the queue refused a batch: {reason}") from None
        sent += len(answer.get("Successful", []))
        refused += [(int(each["Id"]), each.get("Message", each["Code"])) for each in answer.get("Failed", [])]
    return sent, sorted(refused)


def check(body: str, limits: Limits | None = None) -> StatUpdate:
    """Return the update in a message's body. Raises ValueError with what is wrong with it, in one line."""
    if len(body.encode("utf-8", "surrogatepass")) > _MESSAGE_BYTES:
        raise ValueError(f"a message has at most {_MESSAGE_BYTES} bytes")
    try:
        update = StatUpdate.from_json(body)
        if limits:
            stats_rules.check_age(update, clock.now_ms(), limits.max_age_days)
            if errors := stats_rules.faults(update, limits.metrics):
                raise Invalid.fields(errors)
        return update
    except ValidationError as error:
        reason = Invalid.fields(field_errors(error)).detail
        raise ValueError(reason.replace("body: Invalid JSON", "not JSON")) from None
    except Invalid as error:
        raise ValueError(error.detail) from None
    except Malformed as error:
        raise ValueError("; ".join(f"{each['field']}: {each['detail']}" for each in error.errors)) from None


def _batches(
    lines: Iterable[str], limits: Limits | None, refused: list[Refusal]
) -> Iterator[list[tuple[int, str, StatUpdate]]]:
    batch: list[tuple[int, str, StatUpdate]] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        body = line.strip().removeprefix("\ufeff")
        if not body:
            continue
        try:
            update = check(body, limits)
        except ValueError as reason:
            refused.append((number, str(reason)))
            continue
        length = len(body.encode())
        if len(batch) == _BATCH or (batch and size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((number, body, update))
        size += length
    if batch:
        yield batch
