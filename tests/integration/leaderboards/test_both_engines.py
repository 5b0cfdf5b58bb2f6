"""Both engines write the same files for a large platform. `make soak` ranks a million users."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from laurels import clock, keys, storage
from laurels.leaderboards import computing, distributed
from laurels.leaderboards.versions import Run
from laurels.standings import service as standings
from tests.sizes import FULL

USERS = 1_000_000
ROOT = Path(__file__).parents[3]
pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not FULL, reason="a million users are ranked by `make soak` alone; 50 platforms are, always"),
]


@pytest.fixture
def learners(bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve the standings of USERS users, as DynamoDB does."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'layers/shared'}{os.pathsep}{ROOT}"}
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/bench/learners.py"), str(USERS), "0"],
        stdout=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{int(server.stdout.readline())}")
        yield
    finally:
        server.kill()
        server.communicate()


@pytest.mark.usefixtures("learners")
def test_both_engines_write_the_same_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "RANGE", USERS // 3)
    monkeypatch.setattr(distributed, "SEGMENT", USERS // 100)
    now = clock.now_ms()
    run = Run(f"{now:013d}-00000000", now, now, [], [], {}, USERS)
    tally, _ = computing._read_standings(run)
    _, summary = computing._write(run, tally, tally.users(run.version.encode()))
    expected = digests(run, tally.boards())

    ranked = [distributed.rank_partition(run, partition) for partition in standings.shards()]
    ranges = distributed.plan_ranges(run, ranked)
    assert min(each.segments for each in ranked) > 1
    assert len(ranges) > 2 * len(expected)
    for column, number in ranges:
        distributed.merge_range(run, column, number)
    joined = [distributed.join_board(run, board) for board in tally.boards()]
    published = distributed.publish_boards(run, joined)
    assert published["users"] == len(tally) > USERS * 0.9
    assert digests(run, tally.boards()) == expected
    assert storage.get(keys.boards_file(run.version, "summary")) == json.dumps(summary).encode()


def digests(run: Run, boards: Iterable[str]) -> dict[str, str]:
    """Return hashes of the boards' files."""
    return {board: sha256(storage.get(keys.boards_file(run.version, board)) or b"").hexdigest() for board in boards}
