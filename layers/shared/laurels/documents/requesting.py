"""Asking the AI service: each new processing in the table's stream becomes a message on ProcessingRequestsQueue.

The stream delivers at least once, so a processing may be asked for twice; only the first result counts.
"""

from collections.abc import Sequence

from laurels import keys, queues, settings, table, telemetry, tombstones
from laurels.documents.models import ProcessingRequest, ProcessingStatus
from laurels.streams import Change
from laurels.writes import Item


def apply(changes: Sequence[Change]) -> list[Change]:
    """Send a message for each new processing. Return the changes that the stream is to deliver again."""
    failed = []
    for change in changes:
        try:
            _request(change.new or {})
        except Exception as error:
            telemetry.failed("A processing was not asked for, and will be.", error)
            failed.append(change)
    telemetry.flush()
    return failed


def _request(new: Item) -> None:
    user_id, processing_id = new["user_id"], new["processing_id"]
    resume_id, requirements_id = new["resume_id"], new["requirements_id"]
    texts = [keys.document_text(user_id, each) for each in (resume_id, requirements_id)]
    wanted = [keys.processing(user_id, processing_id), *texts, tombstones.key(user_id)]
    item, resume, requirements, tombstone = table.get_many(wanted, consistent=True)
    if tombstone or item is None or resume is None or requirements is None:
        return  # deleted since
    if item["status"] != ProcessingStatus.IN_PROGRESS:
        return
    request = ProcessingRequest(
        processing_id=processing_id,
        user_id=user_id,
        resume_id=resume_id,
        requirements_id=requirements_id,
        resume=resume["text"],
        requirements=requirements["text"],
    )
    queues.send_later(settings.text("PROCESSING_REQUESTS_QUEUE_URL"), request.model_dump_json())
    telemetry.count("ProcessingsRequested")
