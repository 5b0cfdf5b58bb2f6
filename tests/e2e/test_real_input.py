"""Real input through the whole service: duplicates, a consumer that is killed, and an oracle that knows the answers.

Always with a made-up cohort; with the Open University Learning Analytics Dataset where OULAD_DIR names its folder.
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

pytestmark = pytest.mark.e2e

CONSUMER = "ApplyStatUpdates"
DUPLICATES = 0.05


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """An application with nothing in it, that takes events of many years ago."""
    with serving(tmp_path / "stack.log", MaxEventAgeDays="4000") as service:
        yield service


def test_a_cohort_with_every_oddity_is_counted_and_ranked_exactly(service: Service, tmp_path: Path) -> None:
    cohort.write(tmp_path, seed=2014)
    check(service, tmp_path, pause=0.1, times=3)


@pytest.mark.timeout(3600)
@pytest.mark.skipif("OULAD_DIR" not in os.environ, reason="OULAD_DIR names no folder with the data set")
def test_the_open_university_data_set_is_counted_and_ranked_exactly(service: Service) -> None:
    check(service, Path(os.environ["OULAD_DIR"]), pause=8, times=6)


def check(service: Service, folder: Path, pause: float, times: int) -> None:
    """Puts the folder through the service while its consumer is killed so many times, and compares all answers."""
    last = oulad.last_moment(datetime.now(UTC))
    oracle = Oracle(folder, last)
    # What a killed consumer had in hand comes back after this time; a minute and a half would only make us wait. On a
    # slow machine that may be before it is done with, and is no reason to give it up. It holds for polls that begin
    # from now on, and one that waits already waits for 5 seconds.
    queue = service.stack.application.queues["StatUpdatesQueue"]
    redrive = queue.properties["RedrivePolicy"] | {"maxReceiveCount": 1000}
    changed = {"VisibilityTimeout": "6", "RedrivePolicy": json.dumps(redrive)}
    service.sqs().set_queue_attributes(QueueUrl=queue.url, Attributes=changed)
    time.sleep(5.5)
    with killing(service, pause, times) as kills:
        report = history.replay(
            [json.dumps(update) for update in oulad.updates(folder, last)],
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
    compare_boards(service, oracle)
    compare_summary(service, oracle)


def left(service: Service) -> int:
    return sum(
        max(queue["waiting"] + queue["in_flight"], int(not queue["idle"]))
        for queue in service.stack.queues()
        if queue["consumed"]
    )


@contextmanager
def killing(service: Service, pause: float, times: int) -> Iterator[Callable[[], int]]:
    """While the body runs, kills the consumer's processes in the middle of their work, so many times in all."""
    over = threading.Event()
    kills = 0

    def interrupted() -> int:
        """How many invocations have died, by the stack's own log."""
        lines = service.stack.log.path.read_text().splitlines()
        return sum(f" {CONSUMER}: " in line and line.endswith("exited with error: signal 9") for line in lines)

    def kill() -> None:
        nonlocal kills
        while kills < times and not over.wait(pause):
            before = interrupted()
            while interrupted() == before and not over.wait(0.02):  # they may have been idle just then
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
        answer = service.call("GET", f"/users/{student}/stats")
        assert answer.status == 200, answer
        return before, answer.json(), datetime.now(UTC).date()

    with ThreadPoolExecutor(8) as pool:
        for student, (before, stats, after) in zip(oracle.students, pool.map(read, oracle.students), strict=True):
            assert stats.pop("updated_at") is not None
            # At midnight a week or a month may end between the question and the answer.
            assert stats in (oracle.stats(student, before), oracle.stats(student, after))


def compare_boards(service: Service, oracle: Oracle) -> None:
    infos = service.call("GET", "/leaderboards").json()["items"]
    boards = [info["board"] for info in infos]
    assert sorted(boards) == ["achievements", "courses", "homeworks", "points", "streak", "tests"]
    for board in boards:
        for window in WINDOWS:
            places, total, as_of = read_board(service, board, window)
            expected = oracle.board(board, window, datetime.fromisoformat(as_of).date())
            assert (board, window, total) == (board, window, len(expected))
            assert places == expected, (board, window)


def read_board(service: Service, board: str, window: str) -> tuple[list[Place], int, str]:
    """All places of a board, page by page."""
    places: list[Place] = []
    path = f"/leaderboards/{board}?window={window}&limit=100"
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        answer = service.call("GET", path + (f"&cursor={page['next_cursor']}" if places else ""))
        assert answer.status == 200, answer
        page = answer.json()
        assert (page["board"], page["window"]) == (board, window)
        for entry in page["items"]:
            # Nobody of them has ever called: they have no profile, and the name that everybody begins with.
            assert (entry.pop("display_name"), entry.pop("avatar_url")) == ("Learner", None)
            places.append(Place(**entry))
    return places, page["total"], page["as_of"]


def compare_summary(service: Service, oracle: Oracle) -> None:
    summary = service.call("GET", "/stats").json()
    assert summary.pop("as_of") is not None
    assert summary == {  # nothing was awarded to anybody
        "most_achievements": None,
        "most_points": None,
        "max_points_gap": None,
        "min_points_gap": None,
        "seven_day_streaks": [],
        "seven_day_streaks_total": 0,
        "users": len(oracle.students),
    }
