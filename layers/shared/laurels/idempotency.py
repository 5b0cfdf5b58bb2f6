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
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from laurels import clock, keys, table
from laurels.errors import Conflict, Invalid, Problem, Unavailable
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Delete, Item, Put, Write

KEEP_SECONDS = 24 * 3600
LEASE_SECONDS = 30  # longer than any endpoint may run

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """One request, or all that repeat it under its `Idempotency-Key`. What is made keeps the id of its origin, or is
    named after it, so that a request whose first answer was lost knows its own work from somebody else's.

    `began`: when the first of them came.
    """

    id: str
    began: datetime = field(default_factory=lambda: clock.now())

    @classmethod
    def unique(cls) -> "Origin":
        return cls(uuid.uuid4().hex)

    @classmethod
    def of(cls, *scope: str) -> "Origin":
        """The same for the same caller, route and key."""
        return cls(hashlib.sha256(json.dumps(scope).encode()).hexdigest())

    def made(self, item: Item) -> bool:
        """True if this request, or one that it repeats, made the item: it keeps the id of its origin."""
        return bool(item.get("origin") == self.id)

    def new_id(self) -> str:
        """What is made is called so: 32 hexadecimal digits that sort by time, the same for all that repeat the request.
        12 are milliseconds, as in a UUID of version 7 (RFC 9562, section 5.7)."""
        return f"{clock.epoch_ms(self.began):012x}{hashlib.sha256(self.id.encode()).hexdigest()[:20]}"


def once(origin: Origin, body: bytes, work: Callable[[Origin], Answer]) -> Answer:
    """The answer of `work`, done at most once for an origin. `work` gets the origin with the time of its first request.

    Another body under the same key raises Invalid; a first request still at work raises Conflict. An answer of `work`
    is kept; an exception is not, so the client may try again.
    """
    key, claim = keys.idempotency(origin.id), uuid.uuid4().hex
    now = int(clock.now().timestamp())
    item = {
        **key._asdict(),
        "v": 1,
        "fingerprint": hashlib.sha256(body).hexdigest(),
        "began": clock.iso(origin.began),
        "expires_at": now + KEEP_SECONDS,
    }
    claimed = _claim(item | {"claim": claim, "lease_until": now + LEASE_SECONDS}, now)
    if "answer" in claimed:
        kept: Answer = claimed["answer"]
        return kept
    item["began"] = claimed["began"]
    try:
        answer = work(replace(origin, began=clock.moment(claimed["began"])))
    except Exception as error:
        # Whether a failure has made anything is not known: who tries again must call it by the same name.
        nothing_made = isinstance(error, Problem) and not isinstance(error, Unavailable)
        freed = item | {"claim": claim, "lease_until": 0}
        _settle(Delete(key, when={"claim": claim}) if nothing_made else Put(freed, when={"claim": claim}))
        raise
    _settle(Put(item | {"answer": answer}, when={"claim": claim}))
    return answer


def _claim(claim: Item, now: int) -> Item:
    """Our claim if the work is ours to do, else what is kept, with its answer."""
    try:
        table.write(Put(claim, when=ABSENT))
        return claim
    except ConditionFailed as failure:
        held = failure.item or {}
    if held.get("claim") == claim["claim"]:  # our own write, repeated because its answer was lost
        return claim
    if held.get("expires_at", 0) > now:  # DynamoDB's TTL may lag by days
        if held["fingerprint"] != claim["fingerprint"]:
            raise Invalid("This Idempotency-Key was used with another body. Use a new key for a new request.")
        if "answer" in held:
            return held
        if held["lease_until"] > now:
            raise Conflict("The first request with this Idempotency-Key is still at work.", retry_after=1)
        claim = {**claim, "began": held["began"]}  # what its holder may have made is named after that time
    _take_over(claim, held)
    return claim


def _take_over(claim: Item, held: Item) -> None:
    try:
        table.write(Put(claim, when={name: held.get(name) for name in ("claim", "expires_at")}))
    except ConditionFailed as failure:
        if (failure.item or {}).get("claim") != claim["claim"]:
            raise Conflict("Another request with this Idempotency-Key is at work.", retry_after=1) from None


def _settle(change: Write) -> None:
    """Ends our claim. Where that fails its lease ends it, and what the work came to is still the right answer."""
    with suppress(ConditionFailed, Unavailable):
        table.write(change)
