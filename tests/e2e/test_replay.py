"""The `replay` command against a running stack."""

import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands import shell
from tests.e2e import cohort
from tests.e2e.conftest import TEMPLATE, Service

pytestmark = pytest.mark.e2e


def replay(stack: Service, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", "replay", *map(str, arguments), "--url", stack.url],
        cwd=TEMPLATE.parent,
        env=shell(),
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_a_file_is_sent_in_order_counted_once_and_reported(stack: Service, tmp_path: Path) -> None:
    stack.purge_dead_letters()
    users = [f"replayed-{uuid.uuid4().hex[:8]}" for _ in range(3)]
    began = datetime.now(UTC) - timedelta(hours=2)
    lines = [
        json.dumps(
            {
                "event_id": f"{user}:{number}",
                "user_id": user,
                "source": "replay",
                "occurred_at": (began + timedelta(minutes=number)).isoformat(),
                "increments": {"homeworks_completed": 1},
                "values": {"average_grade": float(number)},
            }
        )
        for number in range(50)
        for user in users
    ]
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(lines) + "\nnot an update\n")
    done = replay(stack, file, "--duplicates", "0.5")
    assert done.returncode == 1
    assert "line 151: not JSON" in done.stderr
    assert "#" not in done.stderr  # no progress bar without a terminal
    sent, again = [int(word) for word in done.stdout.split() if word.isdecimal()][:2]
    assert (sent, 0 < again < 150) == (150, True)
    for user in users:
        stats = stack.call("GET", f"/users/{user}/stats", stack.token("a-reader")).json()
        assert (stats["counters"]["homeworks_completed"], stats["average_grade"]) == (50, 49)


def test_events_too_old_for_the_running_stack_are_not_sent(stack: Service, tmp_path: Path) -> None:
    cohort.write(tmp_path, seed=1, students=10)
    done = replay(stack, "--oulad", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "python -m local serve --parameter MaxEventAgeDays=" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert stack.stack.queues()[0]["waiting"] == 0


def test_a_folder_without_the_data_set_is_reported_in_one_line(stack: Service, tmp_path: Path) -> None:
    done = replay(stack, "--oulad", tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"replay: {tmp_path}/studentRegistration.csv: No such file or directory\n"
