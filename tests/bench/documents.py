"""Documents: what taking a text out of a file takes, and what a processing costs apart from its AI service."""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laurels import keys
from laurels.documents.models import MAX_CHARACTERS, Kind
from laurels.writes import Item
from tests.bench import built, contestants, meter, peer_layers, prices, requests, samples, size
from tests.bench.meter import Meter
from tests.bench.report import Table
from tests.dynamodb_local import server
from tests.unit.documents import files

ROUNDS = 5
REPEATS = 20
POLLS = 5  # every 3 seconds, if the AI service needs 15
PAGE = "Опыт работы: Python, DynamoDB. " * 9  # 279 characters, so that 50 pages are below the limit
# Extracts a file once, and prints the CPU seconds and the peak (KB) of the process that reads it.
ONCE = """
import resource, sys
from pathlib import Path
from laurels.documents import extraction
found = extraction.extract(Path(sys.argv[1]).read_bytes(), int(sys.argv[2]))
assert len(found) > 500, found
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
LEARNERS = [f"learner-{number}" for number in range(1 + REPEATS)]
RESUME, REQUIREMENTS = "1" * 32, "2" * 32
MADE = {"v": 1, "title": "A title", "status": "ready", "excerpt": PAGE[:200], "created_at": "2026-11-20T18:22:05.000Z"}


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    yield _extraction(rounds)
    if not server.installed():
        yield Table("A processing", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    with meter.running(built.application()) as counting:
        yield _cold(counting, rounds)
        yield _processing(counting)


def _extraction(rounds: int) -> Table:
    rows = []
    for pages in (2, 50):
        texts = [PAGE] * pages
        for kind, body in (("pdf", files.pdf(texts)), ("docx", files.docx_of("\n".join(texts)))):
            taken = [_once(body) for _ in range(rounds)]
            seconds, peak = (statistics.median(column) for column in zip(*taken, strict=True))
            rows.append((f".{kind}, {pages} pages", 1000 * seconds, peak / 1024))
    columns = ("a file", "CPU ms", "MB")
    notes = ["Of the process that reads the file, with its start. The function has 1,024 MB."]
    return Table(f"Taking the text out of a file, {rounds} rounds", columns, rows, notes)


def _once(body: bytes) -> tuple[float, ...]:
    paths = os.pathsep.join(map(str, built.paths(built.application().functions["ExtractText"])))
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        command = [peer_layers.interpreter(), "-sSP", "-c", ONCE, file.name, str(MAX_CHARACTERS[Kind.RESUMES])]
        done = subprocess.run(command, env={"PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))


def _cold(counting: Meter, rounds: int) -> Table:
    function = built.application().functions["ExtractText"]
    name = keys.document_upload(LEARNERS[0], Kind.RESUMES, RESUME)
    event = {"id": "e", "detail": {"bucket": {"name": "b"}, "object": {"key": name}}}
    # Of a document that is gone: so the file's own process is not in it.
    contestant = contestants.function("ExtractText", "ExtractText", counting.endpoint, event)
    cold = statistics.median(contestant.run()["cold"] for _ in range(rounds))
    layer = next(Path(path) for path in function.layers if "extraction" in str(path).lower())
    columns = ("ExtractText", "")
    rows = [("cold start, CPU ms", 1000 * cold), ("its layer, MB unzipped", size.folder_size(layer) / size.MB)]
    return Table("The function that reads files", columns, rows)


def _processing(counting: Meter) -> Table:
    (table,) = built.application().tables.values()
    for learner in LEARNERS:
        counting.put(table.id, *_items(learner))
    steps: tuple[tuple[str, str, list[dict[str, Any]], float], ...] = (
        ("start it", "StartProcessing", [_start(each) for each in LEARNERS], prices.HTTP_API),
        ("ask for it", "RequestProcessings", [_record(each) for each in LEARNERS], 0),
        # The AI service receives, deletes and sends; Lambda's poller receives and deletes.
        ("apply its result", "ApplyProcessingResults", [_result(each) for each in LEARNERS], 5 * prices.SQS_STANDARD),
        ("a poll", "GetProcessing", [_poll(each) for each in LEARNERS], prices.HTTP_API),
    )
    rows, whole = [], 0.0
    for label, name, events, base in steps:
        contestant = contestants.function(label, name, counting.endpoint, *events)
        *counts, cost = requests.row(contestant, counting, base)
        rows.append((label, *counts, cost))
        whole += cost * (POLLS if label == "a poll" else 1)
    rows.append((f"a processing, with {POLLS} polls", *[None] * 6, whole))
    columns = ("to", "requests", "read units", "write units", "SQS", "S3", "CPU ms", "$ a million")
    notes = ["Without the AI service, the authorizer and the bus. The texts have 5,000 and 2,000 characters."]
    return Table("A processing", columns, rows, notes)


def _items(learner: str) -> Iterator[Item]:
    own = _id(learner)
    ids = {"resume_id": RESUME, "requirements_id": REQUIREMENTS}
    yield {**keys.resume(learner, RESUME)._asdict(), **MADE, "resume_id": RESUME}
    yield {**keys.requirements(learner, REQUIREMENTS)._asdict(), **MADE, "requirements_id": REQUIREMENTS}
    yield {**keys.document_text(learner, RESUME)._asdict(), "v": 1, "text": (PAGE * 18)[:5000]}
    yield {**keys.document_text(learner, REQUIREMENTS)._asdict(), "v": 1, "text": (PAGE * 8)[:2000]}
    times = {"created_at": MADE["created_at"], "times_out_at": "2999-01-01T00:00:00.000Z"}
    more = {"v": 1, "processing_id": own, "user_id": learner, "status": "in_progress"}
    yield {**keys.processing(learner, own)._asdict(), **more, **ids, **times}
    yield {**keys.processing_owner(own)._asdict(), "v": 1, "user_id": learner}


def _id(learner: str) -> str:
    return f"{LEARNERS.index(learner):032x}"


def _start(learner: str) -> dict[str, Any]:
    body = {"resume_id": RESUME, "requirements_id": REQUIREMENTS}
    return samples.http(built.application(), "POST", "/v1/processings", sub=learner, body=body)[1]


def _poll(learner: str) -> dict[str, Any]:
    return samples.http(built.application(), "GET", f"/v1/processings/{_id(learner)}", sub=learner)[1]


def _record(learner: str) -> dict[str, Any]:
    item = {name: {"S": str(value)} for name, value in [*_items(learner)][4].items()}
    change = {"ApproximateCreationDateTime": 1795198925, "SequenceNumber": "1", "NewImage": item}
    return {"Records": [{"eventID": "e", "eventName": "INSERT", "dynamodb": change}]}


def _result(learner: str) -> dict[str, Any]:
    found = {"score": 82, "matches": ["Python"] * 10, "recommendation": "Invite her. " * 20, "verdict": "good match"}
    return samples.batch([{"processing_id": _id(learner), "success": True, "user_id": "", "event_id": "", **found}])
