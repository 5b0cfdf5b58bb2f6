"""The toy application with its data plane, once for all tests of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack

TOY = Path(__file__).resolve().parents[2] / "unit" / "local" / "toy" / "template.yaml"


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The file that the toy's functions write what they saw to."""
    return tmp_path_factory.mktemp("toy") / "journal"


@pytest.fixture(scope="session")
def stack(journal: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    log = tmp_path_factory.mktemp("toy") / "stack.log"
    running = Stack(TOY, 0, parameters={"Journal": str(journal)}, environment={"ADDED": "here"}, log_path=log)
    yield running
    running.close()


@pytest.fixture
def batches(stack: Any, journal: Any) -> Any:
    """What the consumer has seen since the test began: a list of records for each batch. No dead letters are left."""
    journal.write_text("")
    stack.clients("sqs").purge_queue(QueueUrl=stack.application.queues["WorkDeadLetters"].url)
    return lambda: [json.loads(line)["Records"] for line in journal.read_text().splitlines()]
