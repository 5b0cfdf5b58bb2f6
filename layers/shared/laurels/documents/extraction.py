"""Extraction: an uploaded file becomes the text of its document, or the reason why it cannot.

Events are delivered at least once, and a run can die anywhere. Only the first outcome counts: it is written if the
document still awaits its upload, and the upload is deleted last, because its presence means that work remains.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from os import environ
from typing import Any

from laurels import keys, settings, storage, table, telemetry, tombstones
from laurels.documents import cascades, reader, rules, service
from laurels.documents.models import MAX_CHARACTERS, MAX_FILE, DocumentFault, DocumentStatus, Kind
from laurels.retries import retrying
from laurels.table import Cancelled, ConditionFailed
from laurels.writes import Put, Update

_AWAITING = {"status": DocumentStatus.AWAITING_UPLOAD.value}


def process(event: Mapping[str, Any]) -> str:
    """Take the text out of the upload in an S3 event. Return `ready`, the reason why not, `gone` (done by an earlier
    delivery) or `late` (the document has been deleted, or has its text, or the user was erased).

    Raises Unavailable and other errors of the doors: the next delivery of the event resumes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    telemetry.correlate(event["id"])
    name: str = event["detail"]["object"]["key"]  # not escaped, unlike in a bucket's own notifications
    user_id, kind, document_id = name.removeprefix(keys.document_upload()).rsplit("/", 2)
    outcome = _process(name, user_id, Kind(kind), document_id)
    storage.delete([name])
    telemetry.logger.info("A document's file was processed.", outcome=outcome)
    return outcome


def _process(name: str, user_id: str, kind: Kind, document_id: str) -> str:
    key = cascades.KEYS[kind](user_id, document_id)
    document, tombstone = table.get_many([key, tombstones.key(user_id)], consistent=True)
    if tombstone or document is None or document["status"] != DocumentStatus.AWAITING_UPLOAD:
        return "late"
    body = storage.get(name, length=MAX_FILE + 1)
    if body is None:
        return "gone"
    found = extract(body, MAX_CHARACTERS[kind]) if len(body) <= MAX_FILE else DocumentFault.TOO_COMPLEX
    if isinstance(found, DocumentFault):
        failed = {"status": DocumentStatus.FAILED.value, "error": {"reason": found.value}}
        writes: list[Put | Update] = [Update(key, set=failed, when=_AWAITING)]
    else:
        text = Put(service.text_item(user_id, document_id, found))
        writes = [Update(key, set=rules.with_text(found), when=_AWAITING), text]
    return retrying(lambda: _write(writes, found.value if isinstance(found, DocumentFault) else "ready"))


def _write(writes: list[Put | Update], outcome: str) -> str:
    try:
        table.write(*writes)
    except ConditionFailed:
        return "late"
    except Cancelled as failure:
        if not failure.failed(0):
            raise
        return "late"
    return outcome


def extract(body: bytes, limit: int) -> str | DocumentFault:
    """Return the text of a file, or the reason why there is none. A process of its own does it, with limits of memory,
    CPU time and pages; it is killed after EXTRACTION_SECONDS."""
    if not body:
        return DocumentFault.EMPTY
    command = [sys.executable, "-m", reader.__name__, str(limit)]
    # Nothing of the function's environment, which holds credentials, reaches the parsers of foreign files.
    paths = {"PYTHONPATH": ":".join(filter(None, sys.path)), "LD_LIBRARY_PATH": environ.get("LD_LIBRARY_PATH", "")}
    try:
        done = subprocess.run(
            command,
            input=body,
            capture_output=True,
            check=True,
            env=paths,
            timeout=settings.seconds("EXTRACTION_SECONDS"),
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        telemetry.logger.warning("A file's process was ended.", reason=str(error)[:200])
        return DocumentFault.TOO_COMPLEX
    return DocumentFault(answer["reason"]) if "reason" in answer else str(answer["text"])
