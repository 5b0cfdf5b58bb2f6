"""The toy application with its data plane, started once for all its tests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack

TOY = Path(__file__).resolve().parents[2] / "unit" / "local" / "toy" / "template.yaml"


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The file to which the toy's functions write the events they receive."""
    return tmp_path_factory.mktemp("toy") / "journal"


@pytest.fixture(scope="session")
def stack(journal: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    log = tmp_path_factory.mktemp("toy") / "stack.log"
    running = Stack(TOY, 0, parameters={"Journal": str(journal)}, environment={"ADDED": "here"}, log_path=log)
    yield running
    running.close()


@pytest.fixture
def batches(stack: Any, journal: Any) -> Any:
    """Return the batches consumed since the test began, each as a list of records. Starts without dead letters."""
    journal.write_text("")
    stack.clients("sqs").purge_queue(QueueUrl=stack.application.queues["WorkDeadLetters"].url)
    return lambda: [json.loads(line)["Records"] for line in journal.read_text().splitlines()]
