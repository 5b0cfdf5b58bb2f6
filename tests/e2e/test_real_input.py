"""Real input through the whole service, with duplicates and a killed consumer, compared with an oracle.

A generated cohort is always used; the Open University Learning Analytics Dataset only if OULAD_DIR names its folder.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from local.demo import history, oulad
from tests.e2e import cohort
from tests.e2e.conftest import Service, serving
from tests.e2e.oracle import WINDOWS, Oracle, Place
from tests.e2e.test_replay import replay
from tests.sizes import sized

pytestmark = pytest.mark.e2e

CONSUMER = "ApplyStatUpdates"
DUPLICATES = 0.05


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """An application without data, which accepts events that are many years old."""
    with serving(tmp_path / "stack.log", MaxEventAgeDays="4000") as service:
        yield service


def test_a_cohort_with_every_irregularity_is_counted_and_ranked_exactly(service: Service, tmp_path: Path) -> None:
    cohort.write(tmp_path, seed=2014, students=sized(60, 150))
    check(service, tmp_path, pause=0.1, times=3)
    done = replay(service, "--oulad", tmp_path, "--own-metric", "--students", "3")  # all of it has counted already
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 rejected" in done.stdout


@pytest.mark.timeout(3600)
@pytest.mark.skipif("OULAD_DIR" not in os.environ, reason="set OULAD_DIR to the folder of the data set")
def test_the_open_university_data_set_is_counted_and_ranked_exactly(service: Service) -> None:
    check(service, Path(os.environ["OULAD_DIR"]), pause=8, times=6)


def check(service: Service, folder: Path, pause: float, times: int) -> None:
    """Replay the folder while the consumer is killed `times` times, then compare all responses with the oracle."""
    last, metric = oulad.last_moment(datetime.now(UTC)), oulad.own_metric(folder)
    oracle = Oracle(folder, last, (metric["metric"], metric["daily_cap"]))
    assert service.call("POST", "/metrics", service.admin(), metric).status == 201
    # A killed consumer's messages are delivered again after the visibility timeout: a short one saves waiting. On a
    # slow machine it may end before a message is processed, which must not make the message a dead letter. The change
    # applies to new polls only, and a poll that is already waiting lasts 5 seconds.
    queue = service.stack.application.queues["StatUpdatesQueue"]
    redrive = queue.properties["RedrivePolicy"] | {"maxReceiveCount": 1000}
    changed = {"VisibilityTimeout": "6", "RedrivePolicy": json.dumps(redrive)}
    service.sqs().set_queue_attributes(QueueUrl=queue.url, Attributes=changed)
    time.sleep(5.5)
    with killing(service, pause, times) as kills:
        report = history.replay(
            [json.dumps(update) for update in oulad.updates(folder, last, own=True)],
            service.queue_url(),
            service.sqs(),
            lambda: left(service),
            duplicates=DUPLICATES,
        )
    assert kills() == times
    assert (report.sent, report.refused) == (oracle.updates, [])
    assert report.again > oracle.updates * DUPLICATES / 2
    assert service.dead_letters() == []
    assert service.tick()["users"] == len(oracle.students)
    print(f"{report}; the consumer killed {kills()} times")
    compare_stats(service, oracle)
    compare_boards(service, oracle, metric["metric"])
    compare_summary(service, oracle)


def left(service: Service) -> int:
    return sum(
        max(queue["waiting"] + queue["in_flight"], int(not queue["idle"]))
        for queue in service.stack.queues()
        if queue["consumed"]
    )


@contextmanager
def killing(service: Service, pause: float, times: int) -> Iterator[Callable[[], int]]:
    """While the body runs, kill the consumer's processes during their work, `times` times in all."""
    over = threading.Event()
    kills = 0

    def interrupted() -> int:
        """Return the number of killed invocations, from the stack's log."""
        lines = service.stack.log.path.read_text().splitlines()
        return sum(f" {CONSUMER}: " in line and line.endswith("exited with error: signal 9") for line in lines)

    def kill() -> None:
        nonlocal kills
        while kills < times and not over.wait(pause):
            before = interrupted()
            while interrupted() == before and not over.wait(0.02):  # the processes may have been idle at that moment
                service.stack.functions.kill(CONSUMER)
                time.sleep(0.02)  # until the stack has noticed
            kills += interrupted() > before

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield lambda: kills
    finally:
        over.set()
        killer.join()


def compare_stats(service: Service, oracle: Oracle) -> None:
    def read(student: str) -> tuple[date, dict[str, Any], date]:
        before = datetime.now(UTC).date()
        answer = service.call("GET", f"/users/{student}/stats", service.token("a-reader"))
        assert answer.status == 200, answer
        return before, answer.json(), datetime.now(UTC).date()

    with ThreadPoolExecutor(8) as pool:
        for student, (before, stats, after) in zip(oracle.students, pool.map(read, oracle.students), strict=True):
            assert stats.pop("updated_at") is not None
            # At midnight a week or a month may end between the request and the response.
            assert stats in (oracle.stats(student, before), oracle.stats(student, after))


def compare_boards(service: Service, oracle: Oracle, own: str) -> None:
    infos = service.call("GET", "/leaderboards").json()["items"]
    boards = [info["board"] for info in infos]
    assert boards == ["points", "achievements", "homeworks", "tests", "courses", "streak", own]
    for board in boards:
        for window in WINDOWS:
            places, total, as_of = read_board(service, board, window)
            expected = oracle.board(board, window, datetime.fromisoformat(as_of).date())
            assert (board, window, total) == (board, window, len(expected))
            assert places == expected, (board, window)


def read_board(service: Service, board: str, window: str) -> tuple[list[Place], int, str]:
    """Return all places of a board, its total and its time, page by page."""
    places: list[Place] = []
    path = f"/leaderboards/{board}?window={window}&limit=100"
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        answer = service.call(
            "GET", path + (f"&cursor={page['next_cursor']}" if places else ""), service.token("a-reader")
        )
        assert answer.status == 200, answer
        page = answer.json()
        assert (page["board"], page["window"]) == (board, window)
        for entry in page["items"]:
            # These students have never called, so they have no profile, and the default name.
            assert (entry.pop("display_name"), entry.pop("avatar_url")) == ("Learner", None)
            places.append(Place(**entry))
    return places, page["total"], page["as_of"]


def compare_summary(service: Service, oracle: Oracle) -> None:
    summary = service.call("GET", "/stats", service.token("a-reader")).json()
    assert summary.pop("as_of") is not None
    assert summary == {  # there are no awards
        "most_achievements": None,
        "most_points": None,
        "max_points_gap": None,
        "min_points_gap": None,
        "seven_day_streaks": [],
        "seven_day_streaks_total": 0,
        "users": len(oracle.students),
    }
