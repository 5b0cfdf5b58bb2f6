"""Results of the AI service. They name no user: an item of its own says whose processing it is.

Only the first result counts: it is written if the processing is still in progress. Results may be repeated, and come
for processings that are deleted or never were, and for users who were erased.
"""

from collections.abc import Sequence
from functools import partial

from laurels import batches, clock, keys, settings, table, telemetry, tombstones
from laurels.documents import rules
from laurels.documents.models import ProcessingResult
from laurels.queues import Message
from laurels.retries import retrying
from laurels.table import Cancelled
from laurels.writes import Put, Update


def apply(received: Sequence[Message]) -> list[Message]:
    """Apply a batch of results. Return the messages that SQS is to deliver again."""
    return batches.consume(
        received, settings.text("PROCESSING_RESULTS_DLQ_URL"), ProcessingResult.from_json, _apply_all
    )


def _apply_all(results: Sequence[ProcessingResult]) -> None:
    for result in results:
        applied = retrying(partial(_apply, result))
        telemetry.count("ResultsApplied" if applied else "ResultsIgnored")


def _apply(result: ProcessingResult) -> bool:
    owner = table.get(keys.processing_owner(result.processing_id), consistent=True)
    if owner is None:
        return False
    finished, texts = rules.finished(result, clock.now_ms())
    key = keys.processing(owner["user_id"], result.processing_id)
    try:
        table.write(
            Update(key, set=finished, when=rules.OPEN),
            Put({**keys.processing_result(owner["user_id"], result.processing_id)._asdict(), "v": 1, **texts}),
            tombstones.absent(owner["user_id"]),
        )
    except Cancelled as failure:
        if failure.failed(0) or failure.failed(2):
            return False
        raise
    return True
