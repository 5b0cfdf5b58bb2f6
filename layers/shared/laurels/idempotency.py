"""`Idempotency-Key`: a repeated create gets the response of the first one.

There is one item per caller, route and key, in the partition of the user whom the request is about, because the
response is data of that user. A request claims it before it does the work, so that two at once do not both do it, and
then stores the response in it for a day. If the holder of a claim dies, another request may take the claim over when
its lease ends. The work may be done by then; its `Origin` shows that.
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

from laurels import clock, keys, table, tombstones
from laurels.errors import Conflict, Invalid, Problem, TooManyRequests, Unavailable
from laurels.keys import Key
from laurels.table import Cancelled, ConditionFailed
from laurels.writes import ABSENT, Delete, Item, Put, Update, Write

KEEP_SECONDS = 24 * 3600
LEASE_SECONDS = 30  # longer than the time-out of any endpoint
MAX_A_DAY = 1000  # new keys per user and UTC day, so at most twice as many items at once

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """One request, together with its repetitions under the same `Idempotency-Key`.

    Created items store the id of their origin or derive their own id from it, so that a request whose first response
    was lost recognises its own work. `began` is the time of the first of these requests.
    """

    id: str
    began: datetime = field(default_factory=lambda: clock.now())

    @classmethod
    def unique(cls) -> "Origin":
        return cls(uuid.uuid4().hex)

    @classmethod
    def of(cls, *scope: str) -> "Origin":
        """Return the origin of a scope, such as caller, route and key: the same scope gives the same id."""
        return cls(hashlib.sha256(json.dumps(scope).encode()).hexdigest())

    def made(self, item: Item) -> bool:
        """True if this request, or one that it repeats, made the item: it keeps the id of its origin."""
        return bool(item.get("origin") == self.id)

    def new_id(self) -> str:
        """Return the id for what this request creates: 32 hexadecimal digits that sort by time, the same for every
        repetition. The first 12 are milliseconds, as in a UUID of version 7 (RFC 9562, section 5.7)."""
        return f"{clock.epoch_ms(self.began):012x}{hashlib.sha256(self.id.encode()).hexdigest()[:20]}"


def once(origin: Origin, user_id: str, body: bytes, work: Callable[[Origin], Answer]) -> Answer:
    """Do `work` at most once for an origin, and return its response. `work` gets the origin with the time of the first
    request. `user_id` is the user whom the request is about, and `body` its body in a canonical form.

    Raises Invalid for another body under the same key, Conflict while the first request is in progress, and
    TooManyRequests for more than MAX_A_DAY new keys. An exception of `work` is not stored, so that the client may try
    again.
    """
    key, claim = keys.idempotency(user_id, origin.id), uuid.uuid4().hex
    now = int(clock.now().timestamp())
    item = {
        **key._asdict(),
        "v": 1,
        "fingerprint": hashlib.sha256(body).hexdigest(),
        "began": clock.iso(origin.began),
        "expires_at": now + KEEP_SECONDS,
    }
    claimed = _claim(item | {"claim": claim, "lease_until": now + LEASE_SECONDS}, user_id, now)
    if "answer" in claimed:
        kept: Answer = claimed["answer"]
        return kept
    item["began"] = claimed["began"]
    try:
        answer = work(replace(origin, began=clock.moment(claimed["began"])))
    except Exception as error:
        # An unexpected failure may have created something: keep `began`, so that a retry derives the same id.
        nothing_made = isinstance(error, Problem) and not isinstance(error, Unavailable)
        freed = item | {"claim": claim, "lease_until": 0}
        _settle(Delete(key, when={"claim": claim}) if nothing_made else Put(freed, when={"claim": claim}))
        raise
    _settle(Put(item | {"answer": answer}, when={"claim": claim}))
    return answer


def _claim(claim: Item, user_id: str, now: int) -> Item:
    """Return our claim if this request is to do the work, else the stored item with its response. Raises Gone for an
    erased user, in whose partition nothing may be written."""
    try:
        table.write(Put(claim, when=ABSENT), tombstones.absent(user_id))
    except Cancelled as failure:
        if failure.failed(1):
            raise tombstones.gone() from None
        held = failure.reasons[0].item or {}
    else:
        _count(claim, user_id)
        return claim
    if held.get("claim") == claim["claim"]:  # our own write, retried because its response was lost
        return claim
    if held.get("expires_at", 0) > now:  # DynamoDB's TTL may lag by days
        if held["fingerprint"] != claim["fingerprint"]:
            raise Invalid("This Idempotency-Key was used with another body. Use a new key for a new request.")
        if "answer" in held:
            return held
        if held["lease_until"] > now:
            raise Conflict("The first request with this Idempotency-Key is still in progress.", retry_after=1)
        claim = {**claim, "began": held["began"]}  # the previous holder's ids have that time
    _take_over(claim, held)
    return claim


def _count(claim: Item, user_id: str) -> None:
    """Count a new key of today. Gives the claim up and raises TooManyRequests if there are too many."""
    now = clock.now()
    key = keys.idempotency_count(user_id, now.date().isoformat())
    change = Update(key, set={"v": 1, "expires_at": int(now.timestamp()) + KEEP_SECONDS}, add={"keys": 1})
    with suppress(Unavailable):  # a lost count or one too many does no harm
        if table.update(change)["keys"] > MAX_A_DAY:
            _settle(Delete(Key(claim["PK"], claim["SK"]), when={"claim": claim["claim"]}))
            detail = f"This user has {MAX_A_DAY} new Idempotency-Keys today (UTC). Repeat one of them at any time."
            raise TooManyRequests(detail, retry_after=clock.until_midnight(now))


def _take_over(claim: Item, held: Item) -> None:
    try:
        table.write(Put(claim, when={name: held.get(name) for name in ("claim", "expires_at")}))
    except ConditionFailed as failure:
        if (failure.item or {}).get("claim") != claim["claim"]:
            raise Conflict("Another request with this Idempotency-Key is in progress.", retry_after=1) from None


def _settle(change: Write) -> None:
    """End our claim. If this write fails, the lease ends it, and the response of `work` is right all the same."""
    with suppress(ConditionFailed, Unavailable):
        table.write(change)
