"""The work of an export: everything on the list of holdings becomes one .zip in S3."""

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from laurels import batches, clock, days, keys, settings, storage, table, telemetry, tombstones
from laurels.days import Days
from laurels.privacy import holdings
from laurels.privacy.models import Export, ExportedFile, ExportedItem, ExportStatus, ExportStep, Kind
from laurels.queues import Message
from laurels.standings import service as standings
from laurels.standings.models import OwnNumber
from laurels.table import ConditionFailed
from laurels.writes import Item, Update

KEPT = timedelta(days=7)  # the bucket's lifecycle deletes the file then


def apply(messages: Sequence[Message]) -> list[Message]:
    """Make the export of each message. Return the messages that SQS is to deliver again."""
    return batches.consume(messages, settings.text("EXPORTS_DLQ_URL"), ExportStep.from_json, _make_all)


def _make_all(steps: Sequence[ExportStep]) -> None:
    for step in steps:
        key = keys.export(step.user_id, step.export_id)
        export, tombstone = table.get_many([key, tombstones.key(step.user_id)], consistent=True)
        if tombstone or export is None:
            telemetry.count("ExportsDropped")
        elif export["status"] == ExportStatus.PENDING:
            _make(step, export)


def _make(step: ExportStep, export: Item) -> None:
    name, key = keys.export_file(step.user_id, step.export_id), keys.export(step.user_id, step.export_id)
    storage.put(name, archive(step.user_id, export["requested_at"]), "application/zip")
    now = clock.now()
    ready = {"status": ExportStatus.READY.value, "ready_at": clock.iso(now), "gone_at": clock.iso(now + KEPT)}
    try:
        table.write(Update(key, set=ready, when={"status": ExportStatus.PENDING.value}))
    except ConditionFailed as failure:
        if failure.item is None:  # the user was erased meanwhile
            storage.delete([name])


def archive(user_id: str, requested_at: str) -> bytes:
    """Return the .zip: `export.json`, and the user's files beside it. The same data gives the same bytes."""
    items: dict[Kind, list[ExportedItem]] = defaultdict(list)
    for kind, item in holdings.items(user_id):
        items[kind].append(_record(user_id, kind, item))
    files: list[tuple[ExportedFile, bytes]] = []
    for kind, names in holdings.objects(user_id):
        for name in names if kind is not Kind.EXPORT_FILES else ():  # earlier exports, of the same data
            body = storage.get(name)
            if body is not None:  # not deleted since it was listed
                short = name.replace(f"/{user_id}/", "/", 1)
                files.append((ExportedFile(kind=kind, name=short, bytes=len(body)), body))
    export = Export(user_id=user_id, requested_at=requested_at, items=items, files=[about for about, _ in files])
    made, moment = io.BytesIO(), clock.moment(requested_at)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry("export.json", moment), export.model_dump_json(indent=2))
        for about, body in files:
            archive.writestr(_entry(about.name, moment), body)
    return made.getvalue()


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    at = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    entry = zipfile.ZipInfo(name, at)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _record(user_id: str, kind: Kind, item: Item) -> ExportedItem:
    fields = {name: value for name, value in item.items() if name not in ("PK", "SK")}
    if kind is Kind.STANDING:
        fields = _standing(user_id, item)
    plain = json.loads(json.dumps(fields, default=bytes.hex))
    return ExportedItem(stored_at=f"{item['PK']} {item['SK']}", **plain)


def _standing(user_id: str, item: Item) -> dict[str, Any]:
    """Return a standing, which is stored in packed form, as names, numbers and dates."""
    standing = standings.of(user_id, item)
    found = asdict(standing)
    for name in ("graded_at", "moved_at", "updated_at"):
        found[name] = clock.iso_of(found[name]) if found[name] else None
    for scores in (found["scores"], found["week"]["scores"], found["month"]["scores"]):
        for score in scores.values():
            score["reached"] = clock.iso_of(score["reached"]) if score["reached"] else None
    found["metrics"] = {name: _own_metric(own) for name, own in sorted(standing.own.items())}
    del found["own"]
    found["gains_until"] = _date(standing.gains_until) if standing.gains_until else None
    found |= {name: _calendar(getattr(standing, name)) for name in ("activity_days", "award_days")}
    freezes = standing.freezes
    found["freezes"] = {
        "held": freezes.held,
        "given": {_date(day): count for day, count in freezes.grants.items()},
        "covered": _dates(Days(standing.activity_days.last, freezes.covered)),
    }
    return found


def _own_metric(own: OwnNumber) -> dict[str, Any]:
    """Return what is held of one own metric; of a counter, with its windows and what is kept for its daily cap."""
    found = asdict(own) | {"number": own.value, "reached": clock.iso_of(own.reached)}
    return found if own.is_counter else {name: found[name] for name in ("is_counter", "number", "reached")}


def _calendar(calendar: Days) -> dict[str, Any]:
    return {
        "dates": _dates(calendar),
        "run_before": calendar.run_before,
        "longest_before": calendar.longest_before,
        "longest_before_on": _date(calendar.longest_before_on) if calendar.longest_before_on else None,
    }


def _dates(calendar: Days) -> list[str]:
    return [_date(day) for day in days.dates(calendar)]


def _date(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
