"""Erasures and exports: start them, and say how far they are. Queues carry the work to `erasing` and `exporting`."""

import uuid
from contextlib import suppress
from datetime import timedelta

from laurels import clock, keys, queues, settings, storage, table, tombstones
from laurels.callers import Caller
from laurels.errors import NotFound
from laurels.idempotency import Origin
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.privacy import rules
from laurels.privacy.models import (
    Erasure,
    ErasureStarted,
    ErasureStatus,
    ErasureStep,
    ExportStarted,
    ExportState,
    ExportStatus,
    ExportStep,
    Kind,
)
from laurels.retries import retrying
from laurels.standings import service as standings
from laurels.standings.models import Listing
from laurels.table import ConditionFailed
from laurels.writes import ABSENT, Item, Put

VERSION = 1
_LISTED = timedelta(days=30)  # how long an export is known, longer than its file
_URL_SECONDS = 15 * 60


def start_erasure(user_id: str, caller: Caller) -> ErasureStarted:
    """Hide the user from everybody and refuse their tokens at once, and have everything deleted. Idempotent.

    Raises NotFound for an unknown user, unless it is the caller.
    """
    made = uuid.uuid4().hex

    def attempt() -> str:
        found, standing = people.read(user_id, consistent=True)
        if found is None and not standing.revision and caller.sub != user_id:
            raise people.not_found()
        if found and "user_id" not in found:  # the tombstone
            return str(found["erasure_id"])
        profile = found
        # An earlier version marked the profile, and deleted nothing.
        erasure_id = str((profile or {}).get("erasure_id", made))
        now = clock.iso(clock.now())
        erasure: Item = {
            **keys.erasure(erasure_id)._asdict(),
            "v": VERSION,
            "rev": 1,
            "erasure_id": erasure_id,
            "user_id": user_id,
            "status": ErasureStatus.PENDING.value,
            "requested_at": now,
        }
        hiding = people.removal(profile) if profile else []
        if hiding:
            counts = {Kind.PROFILE: 1, Kind.DIRECTORY: len(hiding) - 1}
            erasure |= {f"{rules.COUNTED}{kind}": count for kind, count in counts.items() if count}
        tombstone = {**tombstones.key(user_id)._asdict(), "v": VERSION, "erased_at": now, "erasure_id": erasure_id}
        standing.listing = Listing.HIDDEN
        # Before the write, so that the erasure ends even if this process dies after it. Without the write, the message
        # finds no erasure.
        send_step(erasure_id, last=True, seconds=settings.seconds("SETTLE_SECONDS"))
        table.write(Put(tombstone, when=ABSENT), Put(erasure), *hiding, standings.put(standing))
        return erasure_id

    erasure_id = retrying(attempt)
    # Also for one that had begun: its message may have been lost with the process or the response. One too many finds
    # nothing to do.
    send_step(erasure_id)
    return ErasureStarted(erasure_id=erasure_id)


def send_step(erasure_id: str, *, last: bool = False, seconds: float = 0) -> None:
    """Have the erasure go on after some seconds."""
    step = ErasureStep(erasure_id=erasure_id, last=last)
    queues.send_later(settings.text("ERASURES_QUEUE_URL"), step.model_dump_json(), seconds)


def get_erasure(erasure_id: str, caller: Caller) -> Erasure:
    """Return the receipt of an erasure. Raises NotFound, also if the caller is neither an admin nor the erased user."""
    found, own = table.get_many([keys.erasure(erasure_id), tombstones.key(caller.sub)], consistent=True)
    if found is None or not (caller.is_admin or (own and own["erasure_id"] == erasure_id)):
        raise NotFound("There is no such erasure, or it is not yours.")
    return rules.receipt(found)


def start_export(user_id: str, origin: Origin, caller: Caller) -> ExportStarted:
    """Have everything that is held about the user collected. While an export is pending, return that one.

    Raises NotFound for an unknown user, unless it is the caller, and Gone for an erased one.
    """
    found, standing = people.read(user_id, consistent=True)
    if people_rules.is_erased(found):
        raise tombstones.gone()
    if found is None and not standing.revision and caller.sub != user_id:
        raise people.not_found()
    now = clock.now_ms()
    exports = table.query_all(keys.export(user_id), consistent=True)
    pending = (each["export_id"] for each in exports if rules.export_status(each, now) is ExportStatus.PENDING)
    export_id: str | None = next(pending, None)
    if export_id is None:
        export_id = origin.new_id()
        _note_export(user_id, export_id, now)
    # Also for one that was pending: its message may have been lost with the process that was to send it.
    step = ExportStep(user_id=user_id, export_id=export_id)
    queues.send_later(settings.text("EXPORTS_QUEUE_URL"), step.model_dump_json())
    return ExportStarted(export_id=export_id)


def _note_export(user_id: str, export_id: str, now: int) -> None:
    item = {
        **keys.export(user_id, export_id)._asdict(),
        "v": VERSION,
        "export_id": export_id,
        "status": ExportStatus.PENDING.value,
        "requested_at": clock.iso_of(now),
        "expires_at": now // 1000 + int(_LISTED.total_seconds()),
    }
    with suppress(ConditionFailed):  # by an earlier request with the same Idempotency-Key
        table.write(Put(item, when=ABSENT))


def get_export(user_id: str, export_id: str) -> ExportState:
    """Return an export's status, with a URL of its file while there is one. Raises NotFound."""
    found, tombstone = table.get_many([keys.export(user_id, export_id), tombstones.key(user_id)], consistent=True)
    if found is None or tombstone:
        raise NotFound("There is no such export.")
    status, url = rules.export_status(found, clock.now_ms()), None
    if status is ExportStatus.READY:
        url = storage.download_url(keys.export_file(user_id, export_id), _URL_SECONDS)
    return ExportState(
        export_id=export_id,
        status=status,
        requested_at=found["requested_at"],
        url=url,
        expires_at=found.get("gone_at"),
    )
