"""`Idempotency-Key`: a create that is sent again gets the first answer again.

One item per caller, route and key. It is claimed before the work, so that two at once do not both do it, and holds the
answer afterwards for a day. A claim whose holder died can be taken over after its lease.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
from collections.abc import Callable
from typing import Any

from laurels import clock, keys, table
from laurels.errors import Conflict, Invalid
from laurels.table import ABSENT, Delete, Put

KEEP_SECONDS = 24 * 3600
LEASE_SECONDS = 30  # longer than any endpoint may run

Answer = dict[str, Any]


def once(scope: tuple[str, ...], body: bytes, work: Callable[[], Answer]) -> Answer:
    """The answer of `work`, done at most once for a scope (caller, route, key).

    Another body under the same key raises Invalid; a first request still at work raises Conflict. An answer of `work`
    is kept; an exception is not, so the client may try again.
    """
    key = keys.idempotency(hashlib.sha256("\0".join(scope).encode()).hexdigest())
    fingerprint = hashlib.sha256(body).hexdigest()
    kept = _claim(key, fingerprint)
    if kept is not None:
        return kept
    try:
        answer = work()
    except Exception:
        table.write(Delete(key))
        raise
    table.write(Put(_item(key, fingerprint) | {"answer": answer}))
    return answer


def _claim(key: keys.Key, fingerprint: str) -> Answer | None:
    """None if the work is ours to do, else the answer that is kept."""
    now = int(clock.now().timestamp())
    claim = _item(key, fingerprint) | {"lease_until": now + LEASE_SECONDS}
    try:
        table.write(Put(claim, when=ABSENT))
        return None
    except table.ConditionFailed as failure:
        held = failure.item or {}
    if held.get("expires_at", 0) > now:  # DynamoDB's TTL may lag by days
        if held["fingerprint"] != fingerprint:
            raise Invalid("This Idempotency-Key was used with another body. Use a new key for a new request.")
        if "answer" in held:
            answer: Answer = held["answer"]
            return answer
        if held["lease_until"] > now:
            raise Conflict("The first request with this Idempotency-Key is still at work.", retry_after=1)
    _take_over(claim, held)
    return None


def _take_over(claim: table.Item, held: table.Item) -> None:
    try:
        table.write(Put(claim, when={name: held.get(name) for name in ("expires_at", "lease_until")}))
    except table.ConditionFailed:
        raise Conflict("Another request with this Idempotency-Key is at work.", retry_after=1) from None


def _item(key: keys.Key, fingerprint: str) -> table.Item:
    expires_at = int(clock.now().timestamp()) + KEEP_SECONDS
    return {**key._asdict(), "v": 1, "fingerprint": fingerprint, "expires_at": expires_at}
