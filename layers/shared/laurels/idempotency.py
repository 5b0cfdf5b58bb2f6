"""`Idempotency-Key`: a create that is sent again gets the first answer again.

One item per caller, route and key. It is claimed before the work, so that two at once do not both do it, and holds the
answer afterwards for a day. A claim whose holder died can be taken over after its lease; whoever does the work then
may find it done, and knows it by its `Origin`.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from laurels import clock, keys, table
from laurels.errors import Conflict, Invalid, Unavailable
from laurels.table import ABSENT, Change, ConditionFailed, Delete, Item, Put

KEEP_SECONDS = 24 * 3600
LEASE_SECONDS = 30  # longer than any endpoint may run

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """One request, or all that repeat it under its `Idempotency-Key`. What is made keeps the id of its origin, so that
    a request whose first answer was lost knows its own work from somebody else's."""

    id: str

    @classmethod
    def unique(cls) -> "Origin":
        return cls(uuid.uuid4().hex)

    @classmethod
    def of(cls, *scope: str) -> "Origin":
        """The same for the same caller, route and key."""
        return cls(hashlib.sha256(json.dumps(scope).encode()).hexdigest())


def once(origin: Origin, body: bytes, work: Callable[[], Answer]) -> Answer:
    """The answer of `work`, done at most once for an origin.

    Another body under the same key raises Invalid; a first request still at work raises Conflict. An answer of `work`
    is kept; an exception is not, so the client may try again.
    """
    key, claim = keys.idempotency(origin.id), uuid.uuid4().hex
    now = int(clock.now().timestamp())
    item = {**key._asdict(), "v": 1, "fingerprint": hashlib.sha256(body).hexdigest(), "expires_at": now + KEEP_SECONDS}
    kept = _claim(item | {"claim": claim, "lease_until": now + LEASE_SECONDS}, now)
    if kept is not None:
        return kept
    try:
        answer = work()
    except Exception:
        _settle(Delete(key, when={"claim": claim}))
        raise
    _settle(Put(item | {"answer": answer}, when={"claim": claim}))
    return answer


def _claim(claim: Item, now: int) -> Answer | None:
    """None if the work is ours to do, else the answer that is kept."""
    try:
        table.write(Put(claim, when=ABSENT))
        return None
    except ConditionFailed as failure:
        held = failure.item or {}
    if held.get("claim") == claim["claim"]:  # our own write, repeated because its answer was lost
        return None
    if held.get("expires_at", 0) > now:  # DynamoDB's TTL may lag by days
        if held["fingerprint"] != claim["fingerprint"]:
            raise Invalid("This Idempotency-Key was used with another body. Use a new key for a new request.")
        if "answer" in held:
            answer: Answer = held["answer"]
            return answer
        if held["lease_until"] > now:
            raise Conflict("The first request with this Idempotency-Key is still at work.", retry_after=1)
    _take_over(claim, held)
    return None


def _take_over(claim: Item, held: Item) -> None:
    try:
        table.write(Put(claim, when={name: held.get(name) for name in ("claim", "expires_at")}))
    except ConditionFailed as failure:
        if (failure.item or {}).get("claim") != claim["claim"]:
            raise Conflict("Another request with this Idempotency-Key is at work.", retry_after=1) from None


def _settle(change: Change) -> None:
    """Ends our claim. Where that fails its lease ends it, and what the work came to is still the right answer."""
    with suppress(ConditionFailed, Unavailable):
        table.write(change)
