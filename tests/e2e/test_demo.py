"""The demo data, and the first steps of the README with it."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from local.demo import loading
from local.demo.catalogue import ACHIEVEMENTS, METRICS
from local.demo.cohort import CLASSES, FREEZES, GOALS, LEARNERS
from tests.commands import shell
from tests.e2e.conftest import TEMPLATE, Service, serving

pytestmark = pytest.mark.e2e

ROOT = TEMPLATE.parent
BELOW = ("", "/stats", "/achievements?limit=100", "/goals?limit=100", "/badges?limit=100", "/streaks")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An application with the demo data."""
    with serving(tmp_path_factory.mktemp("demo") / "stack.log") as service:
        load(service)
        yield service


def load(service: Service) -> None:
    def left() -> int:
        return sum(queue["waiting"] + queue["in_flight"] for queue in service.stack.queues() if queue["consumed"])

    loading.load(service.base_url, service.queue_url(), service.sqs(), left, service.tick)


def everything(service: Service) -> dict[str, Any]:
    """Return all responses of the API, without the times when boards were computed and users were last seen."""
    users = [learner.user_id for learner in LEARNERS]
    paths = [f"/users/{user}{below}" for user in users for below in BELOW]
    paths += [
        f"/leaderboards/{board}?window={window}&limit=100"
        for board in ("points", "achievements", "homeworks", "tests", "courses", "streak")
        for window in ("all_time", "month", "week")
    ]
    found = {path: read(service, path) for path in (*paths, "/stats", "/achievements?limit=100")}
    for document in found.values():
        for passing in ("as_of", "last_seen_at"):
            document.pop(passing, None)
    return found


def read(service: Service, path: str) -> Any:
    answer = service.call("GET", path, service.admin())
    assert answer.status == 200, answer
    return answer.json()


def test_the_demo_shows_ties_streaks_and_two_languages(service: Service) -> None:
    points = read(service, "/leaderboards/points?limit=100")["items"]
    assert len(points) == sum(bool(learner.awards) for learner in LEARNERS)
    assert max(Counter(entry["score"] for entry in points).values()) > 2
    homeworks = read(service, "/leaderboards/homeworks?limit=100")["items"]
    assert max(Counter(entry["score"] for entry in homeworks).values()) > 1
    summary = read(service, "/stats")
    assert len(summary["seven_day_streaks"]) > 2
    assert min(streak["longest"] for streak in summary["seven_day_streaks"]) == 7
    assert summary["users"] == len(LEARNERS)
    titles = {
        language: {item["code"]: item["title"] for item in read(service, f"/achievements?lang={language}")["items"]}
        for language in ("en", "ru")
    }
    assert len(titles["ru"]) == len(ACHIEVEMENTS)
    assert all(titles["en"][code] != title for code, title in titles["ru"].items())
    names = {entry["user_id"]: entry["display_name"] for entry in homeworks}
    assert (names["sofia"], names["chongzhi"]) == ("Софья Ковалевская", "祖冲之")
    assert service.dead_letters() == []


def test_the_demo_has_two_classes_with_a_teacher_each(service: Service) -> None:
    for taught in CLASSES:
        token = service.token(taught.teacher[0])
        (group,) = service.call("GET", "/users/me/groups", token).json()["items"]
        assert (group["name"], group["role"]) == (taught.name, "teacher")
        assert group["members_count"] == len(taught.learners) + 1
        report = service.call("GET", f"/groups/{group['group_id']}/report", token).json()["items"]
        assert {row["user_id"] for row in report} == set(taught.learners)
        board = service.call("GET", f"/groups/{group['group_id']}/leaderboard", token).json()
        assert board["items"]
        assert all((row["user_id"] is None) == (taught.board == "anonymous") for row in board["items"])
    both = set.intersection(*(set(taught.learners) for taught in CLASSES))
    assert len(service.call("GET", "/users/me/groups", service.token(min(both))).json()["items"]) == len(CLASSES)


def test_the_demo_shows_automatic_in_progress_and_secret_achievements(service: Service) -> None:
    def codes(path: str, token: str | None = None) -> set[str]:
        answer = service.call("GET", path, token)
        assert answer.status == 200, answer
        return {item["code"] for item in answer.json()["items"]}

    given = {learner.user_id: set(learner.awards) for learner in LEARNERS}
    found = {
        user: {item["code"] for item in read(service, f"/users/{user}/achievements?limit=100")["items"]}
        for user in given
    }
    by_itself = {user: found[user] - given[user] for user in given}
    assert all(found[user] >= given[user] for user in given)
    assert by_itself["emmy"] == {"ten-homeworks", "all-rounder", "perfectionist"}
    assert by_itself["ada"] == {"bright-star"}, "earned through the points of other awards"
    assert {code for codes in by_itself.values() for code in codes} == {
        each["code"] for each in ACHIEVEMENTS if "criteria" in each
    }
    waiting = read(service, "/users/lesya/achievements?status=in_progress")["items"]
    assert {each["code"]: (each["progress"]["value"], each["progress"]["target"]) for each in waiting} == {
        "all-rounder": (2, 3),
        "bright-star": (70, 300),
        "first-course": (0, 1),
        "polymath": (2, 3),
        "ten-homeworks": (8, 10),
    }
    secret = {each["code"] for each in ACHIEVEMENTS if each.get("is_secret")}
    everything = {each["code"] for each in ACHIEVEMENTS}
    assert codes("/achievements?limit=100") == everything - secret
    assert codes("/achievements?limit=100", service.token("emmy")) == everything - {"hidden-door"}
    assert codes("/users/emmy/achievements", service.token("lesya")) == found["emmy"] - secret


def test_each_users_rank_and_neighbours_match_the_board(service: Service) -> None:
    board = read(service, "/leaderboards/points?limit=100")["items"]
    for at, entry in enumerate(board):
        if entry["user_id"] is None:
            continue
        found = read(service, f"/leaderboards/points/users/{entry['user_id']}?neighbours=2")
        assert (found["rank"], found["position"], found["score"]) == (entry["rank"], at + 1, entry["score"])
        assert (found["above"], found["below"]) == (board[max(at - 2, 0) : at], board[at + 1 : at + 3])


def test_the_demo_shows_streaks_and_freezes(service: Service) -> None:
    streaks = {learner.user_id: read(service, f"/users/{learner.user_id}/streaks") for learner in LEARNERS}
    assert {user: found["activity"]["freezes"] for user, found in streaks.items() if found["activity"]["freezes"]} == (
        FREEZES
    )
    longest = read(service, "/leaderboards/streak?limit=100")["items"]
    assert {entry["user_id"]: entry["score"] for entry in longest if entry["user_id"]} == {
        user: found["activity"]["longest"] for user, found in streaks.items() if found["activity"]["longest"]
    }
    seven = {each["user_id"]: each["longest"] for each in read(service, "/stats")["seven_day_streaks"]}
    awards = {user: found["awards"]["longest"] for user, found in streaks.items()}
    assert seven == {user: length for user, length in awards.items() if length >= 7}


def test_the_demo_shows_goals_of_each_kind_and_badges(service: Service) -> None:
    goals = {user_id: read(service, f"/users/{user_id}/goals")["items"] for user_id in GOALS}
    assert {user_id: len(each) for user_id, each in goals.items()} == {
        user_id: len(each) for user_id, each in GOALS.items()
    }
    every = {goal["title"]: goal for each in goals.values() for goal in each}
    assert {goal["status"] for goal in every.values()} == {"in-progress", "completed", "abandoned"}
    assert every["Сдать двенадцать домашних заданий"]["status"] == "completed", "by stat updates"
    assert every["Pass ten tests"]["progress"] == 80
    assert every["Jeden Tag ein Beweis"]["streak_count"] == 7
    badges = read(service, "/users/sofia/badges")["items"]
    assert [badge["date_achieved"] == "1888-12-24" for badge in badges] == [False, True], "newest first"


def test_loading_the_demo_again_changes_nothing(service: Service) -> None:
    before = everything(service)
    load(service)
    assert everything(service) == before


def test_the_demo_shows_own_metrics_and_their_board(service: Service) -> None:
    board = read(service, "/leaderboards/minutes_studied?limit=100")["items"]
    stats = {learner.user_id: read(service, f"/users/{learner.user_id}/stats")["metrics"] for learner in LEARNERS}
    assert {row["user_id"]: row["score"] for row in board} == {
        user: found["minutes_studied"] for user, found in stats.items()
    }
    assert stats["srinivasa"]["best_score"] == 100
    named = {item["metric"]: item["title"] for item in read(service, "/metrics?lang=ru")["items"]}
    assert {metric["metric"]: named[metric["metric"]] for metric in METRICS} == {
        "minutes_studied": "Минуты занятий",
        "best_score": "Лучший результат",
    }


@pytest.mark.skipif(not shutil.which("bash") or not shutil.which("curl"), reason="needs bash and curl")
def test_the_tour_of_own_metrics_works_unchanged(service: Service) -> None:
    tour = (ROOT / "layers/shared/laurels/metrics/README.md").read_text().partition("## A tour")[2]
    scripts = re.findall(r"```sh\n(.*?)```", tour.partition("\n## ")[0], re.DOTALL)
    tokens = {"API": service.base_url, "ADMIN": service.admin(), "SERVICE": service.service()}
    answers: list[Any] = []
    for script in scripts:
        if "stats/updates" not in script and any("event_id" in answer for answer in answers):
            service.drain()
            service.tick()
        done = subprocess.run(
            ["bash", "-c", 'set -eu\ncurl() { command curl --fail "$@"; echo; }\n' + script],
            env=shell() | tokens,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        answers += map(json.loads, done.stdout.splitlines())
    stats, awards, board = answers[-3:]
    assert stats["metrics"]["minutes_read"] == 240
    assert awards["items"][0]["code"] == "bookworm"
    assert [(row["user_id"], row["score"]) for row in board["items"]] == [("ada", 240)]


@pytest.mark.skipif(not shutil.which("bash") or not shutil.which("curl"), reason="needs bash and curl")
def test_the_first_steps_of_the_readme_work_unchanged(service: Service) -> None:
    section = (ROOT / "README.md").read_text().partition("## Try it")[2].partition("\n## ")[0]
    (script,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    script = script.replace("http://127.0.0.1:3000", service.url).replace(".venv/bin/python", sys.executable)
    # Print each response on its own line, and fail on a status of 400 or more.
    strict = 'set -euo pipefail\ncurl() { command curl --fail "$@"; echo; }\n'
    done = subprocess.run(
        ["bash", "-c", strict + script],
        cwd=ROOT,
        env=shell() | {"PORT": service.url.rpartition(":")[2]},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert answers[0]["user_id"] == "ada"
    assert answers[1]["language"] == "ru"
    assert (answers[2]["timezone"], answers[2]["visibility"]["goals"]) == ("Europe/London", "users")
    assert "ada" in [item["user_id"] for item in answers[3]["items"]]
    catalogue = {item["code"]: item["title"] for item in answers[4]["items"]}
    assert catalogue["first-homework"] == "Первое домашнее задание"
    assert (answers[5]["code"], answers[5]["already_awarded"]) == ("first-homework", False)
    stats = next(answer for answer in answers if "counters" in answer)
    assert stats["counters"]["homeworks_completed"] == 1
    board = next(answer for answer in answers if answer.get("board") == "points")
    assert board["items"][0]["user_id"] == "ada"
    assert answers[-1]["most_points"]["user_id"] == "ada"
