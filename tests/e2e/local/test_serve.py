"""The command line with a running stack, as `make run` starts it; ending the stack ends all its processes."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.data import stores
from local.data.emulator import free_port
from local.demo.cohort import CLASSES
from local.tokens import mint
from tests.commands import shell
from tests.unit.local import layers
from tests.unit.local.calls import call, runs, wait_until

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[3]
TOY = ROOT / "tests" / "unit" / "local" / "toy" / "template.yaml"


class Served:
    """`python -m local` in its own process; `output` is its output so far."""

    def __init__(self, folder: Any, *arguments: Any) -> None:
        self.path = folder / "output"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with self.path.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", *arguments, "--port", str(self.port)],
                cwd=ROOT,
                env=shell(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> Any:
        return self.path.read_text()

    def wait_for(self, text: Any) -> None:
        deadline = time.monotonic() + 300
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def end(self, by: Any = signal.SIGINT) -> Any:
        if self.process.poll() is None:
            self.process.send_signal(by)
        return self.process.wait(300)


def children(process: Any) -> Any:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, parent in map(str.split, listed.splitlines()) if int(parent) == process]


def run(served: Any, *arguments: Any, text: Any = None) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments, "--url", served.url],
        cwd=ROOT,
        env=shell(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    served = Served(tmp_path_factory.mktemp("serve"), "serve", "--no-demo")
    served.wait_for("Ctrl-C ends it.")
    yield served
    served.end()
    assert "Traceback" not in served.output


def update(event_id: Any, **increments: Any) -> Any:
    return json.dumps(
        {
            "event_id": event_id,
            "user_id": "sent",
            "source": "a-file",
            "occurred_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "increments": increments,
        }
    )


def test_serve_prints_its_url_tokens_and_a_working_example(served: Any) -> None:
    assert f"{served.url}/v1/docs" in served.output
    tokens = {word.strip('"') for word in served.output.split() if word.startswith("eyJ")}
    assert len(tokens) == 3 + len(CLASSES)
    for token in tokens:
        assert call(f"{served.url}/v1/users/me", headers=[("Authorization", f"Bearer {token}")]).status == 200
    lines = [line for line in served.output.splitlines() if line.strip().startswith("curl ")]
    tried = [subprocess.run(line, shell=True, capture_output=True, text=True, check=True).stdout for line in lines]
    assert json.loads(tried[0])["user_id"] == "ada"
    assert "items" in json.loads(tried[1])


def test_updates_are_sent_counted_and_ranked(served: Any) -> None:
    sent = run(served, "send", "-", text=f"{update('s1', tests_passed=2)}\nnonsense\n{update('s2', tests_passed=1)}\n")
    assert (sent.stdout, sent.returncode) == ("2 sent, 1 rejected\n", 1)
    assert sent.stderr.startswith("line 2: not JSON")
    assert run(served, "drain").returncode == 0
    ticked = run(served, "tick")
    assert ticked.returncode == 0
    assert [line.partition(":")[0] for line in ticked.stdout.splitlines()] == ["CountAwards", "ComputeLeaderboards"]
    headers = [("Authorization", f"Bearer {mint('ada')}")]
    board = call(f"{served.url}/v1/leaderboards/tests", headers=headers).json()
    assert [(row["user_id"], row["score"]) for row in board["items"]] == [("sent", 3)]


def test_a_processing_is_answered_by_the_keywords_of_its_texts(served: Any) -> None:
    headers = [("Authorization", f"Bearer {mint('seeker')}"), ("Content-Type", "application/json")]

    def post(path: str, **body: str) -> Any:
        return call(f"{served.url}/v1/{path}", "POST", json.dumps(body).encode(), headers).json()

    resume = post("resumes", text="I write Python and Go.")["resume_id"]
    requirements = post("requirements", text="Python\nRust")["requirements_id"]
    started = post("processings", resume_id=resume, requirements_id=requirements)
    assert run(served, "drain").returncode == 0
    found = call(f"{served.url}/v1/processings/{started['processing_id']}", headers=headers[:1]).json()
    assert (started["status"], found["status"]) == ("in_progress", "succeeded")
    assert [match.lower() for match in found["matches"]] == ["python"]


def test_tick_accepts_a_functions_file_name(served: Any) -> None:
    assert run(served, "tick", "compute_leaderboards").stdout.startswith("ComputeLeaderboards: {")
    refused = run(served, "tick", "nobody")
    assert refused.returncode == 1
    assert refused.stderr == "tick: nobody is on no schedule. These are: CountAwards, ComputeLeaderboards\n"


def test_dead_letters_are_shown_with_their_reason_and_make_drain_fail(served: Any) -> None:
    state = call(f"{served.url}/_local/state").json()
    with contextlib.closing(stores.Clients(state["endpoint_url"], state["region"])) as clients:
        clients("sqs").send_message(
            QueueUrl=state["queues"]["StatUpdatesQueue"],
            MessageBody=update("s3", no_such_metric=1),
            MessageGroupId="sent",
        )
    assert run(served, "drain").returncode == 1
    table = [line.split() for line in run(served, "queues").stdout.splitlines()]
    assert ["StatUpdatesQueue", "0", "0", "1"] in table
    assert ["ProcessAvatarUploaded", "0", "0", "-"] in table
    shown = run(served, "queues", "--dlq", "StatUpdatesQueue")
    message = json.loads(shown.stdout)
    assert message["body"]["event_id"] == "s3"
    assert "no_such_metric" in message["message_attributes"]["reason"]
    assert shown.stderr == "1 of 1 messages in StatUpdatesDeadLetters\n"
    assert run(served, "queues", "--dlq", "None").returncode == 1


def test_an_unreadable_file_is_reported_in_one_line(served: Any, tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    for command in ("send", "replay"):
        for path, why in ((tmp_path / "missing", "No such file or directory"), (picture, "is not UTF-8 text")):
            refused = run(served, command, str(path))
            assert refused.returncode == 1
            (line,) = refused.stderr.splitlines()
            assert line.startswith(f"{command}: ")
            assert line.endswith(why)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_any_signal_that_ends_serve_ends_all_its_processes(tmp_path: Path, by: Any) -> None:
    served = Served(tmp_path, "serve", "--no-demo", "--template", str(TOY))
    served.wait_for("Ctrl-C ends it.")
    assert call(f"{served.url}/echo/1").status == 200
    started = children(served.process.pid)
    assert len(started) >= 2  # the emulator and a function
    assert served.end(by) == (-by if by == signal.SIGKILL else 0)
    assert wait_until(lambda: not any(map(runs, started)))
    assert "Traceback" not in served.output


def test_gateway_serves_any_template_with_its_parameters(tmp_path: Path) -> None:
    served = Served(tmp_path, "gateway", "--template", str(TOY), "--parameter", "Greeting=salve")
    try:
        served.wait_for(served.url)
        found = call(f"{served.url}/echo/1").json()["environment"]
        assert found["GREETING"] == "salve from dev"
        assert call(f"{served.url}/_local/state").status == 404
    finally:
        assert served.end() == 0


def test_gateway_serves_functions_with_each_kind_of_layer(tmp_path: Path) -> None:
    template, expected = layers.write(tmp_path)
    served = Served(tmp_path, "gateway", "--template", str(template))
    try:
        served.wait_for(served.url)
        assert {name: call(f"{served.url}/{name}").body.decode() for name in expected} == expected
    finally:
        assert served.end() == 0


def test_data_in_a_folder_survives_a_restart(tmp_path: Path) -> None:
    token = mint("ada", name="Ada")
    for start in range(2):
        served = Served(tmp_path, "serve", "--no-demo", "--data", str(tmp_path / "data"))
        served.wait_for("Ctrl-C ends it.")
        headers = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/merge-patch+json")]
        answer = call(f"{served.url}/v1/users/me", headers=headers[:1]).json()
        assert answer["about"] == ("kept" if start else None)
        assert call(f"{served.url}/v1/users/me", "PATCH", b'{"about": "kept"}', headers).status == 200
        assert served.end() == 0
