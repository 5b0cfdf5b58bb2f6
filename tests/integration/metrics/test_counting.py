"""Own metrics in stat updates, criteria, targets, stats, profiles and on boards."""

from datetime import timedelta
from typing import Any

import pytest

from goals import create_goal, list_goals
from laurels import clock, keys, table
from laurels.leaderboards import computing
from laurels.standings import in_force
from leaderboards import get_board, get_user_rank, list_boards
from stats import get_stats, submit_stat_update
from tests.events import ADMIN, Answer, call, user
from tests.integration.achievements import catalogue
from tests.integration.conftest import Queues
from tests.integration.metrics.calling import archive, create, draft, forget, patch
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, parked, records, update

ANNA = {"path": {"user_id": "anna"}, "caller": user("anna")}


def send(event_id: str, user_id: str = "anna", *, ago: timedelta = timedelta(), **increments: int) -> None:
    assert deliver(records([update(event_id, user_id, ago=ago, increments=increments)])) == []


def say(event_id: str, user_id: str = "anna", **values: float) -> None:
    assert deliver(records([update(event_id, user_id, increments={}, values=values)])) == []


def metrics(user_id: str = "anna") -> Any:
    return call(get_stats.handler, path={"user_id": user_id}, caller=user(user_id)).body["metrics"]


def board(name: str, **query: str) -> Answer:
    return call(get_board.handler, path={"board": name}, caller=ADMIN, query=query)


def test_a_counter_a_value_and_a_best_are_counted_with_limits_and_a_cap(queues: Queues) -> None:
    create(draft(daily_cap=60, maximum=50))
    create(draft("speed", kind="value"))
    create(draft("best_score", kind="best", maximum=100))
    for event in ("a", "b", "b"):
        send(event, minutes_read=40)
    say("c", speed=1.5, best_score=87.5)
    say("d", speed=1, best_score=80)
    send("e", minutes_read=51)
    say("f", best_score=100.5)
    assert metrics() == {"best_score": 87.5, "minutes_read": 60, "speed": 1}
    reasons = [reason for _, reason in parked(queues)]
    assert reasons == [
        "increments.minutes_read: must be between -1000000 and 50",
        "values.best_score: must be between 0 and 100",
    ]


def test_unknown_archived_and_misplaced_metrics_are_parked_whole_and_the_rest_of_the_group_counts(
    queues: Queues,
) -> None:
    create()
    batch = [
        update("a", "anna", increments={"minutes_read": 5}),
        update("b", "anna", increments={"minutes_read": 5, "kittens": 1}),
        update("c", "anna", increments={}, values={"minutes_read": 5}),
        update("d", "anna", increments={"minutes_read": 2}),
    ]
    assert deliver(records(batch)) == []
    assert metrics() == {"minutes_read": 7}
    assert [reason.split(":")[0] for _, reason in parked(queues)] == ["increments.kittens", "values.minutes_read"]
    archive()
    send("a", minutes_read=5)  # has counted: a duplicate
    send("e", minutes_read=5)
    (found,) = parked(queues)
    assert "archived" in found[1]
    assert metrics() == {"minutes_read": 7}  # what was counted stays
    patch({"is_active": True})
    send("e", minutes_read=5)
    assert metrics() == {"minutes_read": 12}


def test_a_metric_is_known_after_its_201_whatever_version_was_read_with_the_standing(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(draft("first"))
    send("a", first=1)
    stale = table.get(keys.criteria_version("anna"), consistent=True)
    create()
    read = table.get_many

    def old_copies(wanted: Any, **how: Any) -> Any:
        found = read(wanted, **how)
        return [
            stale if key == keys.criteria_version("anna") else item for key, item in zip(wanted, found, strict=True)
        ]

    monkeypatch.setattr(table, "get_many", old_copies)
    send("b", minutes_read=3)
    answer = call(
        submit_stat_update.handler,
        path={"user_id": "anna"},
        caller={"sub": "s", "scope": "stats:write"},
        body={k: v for k, v in update("c", increments={"minutes_read": 1}).items() if k != "user_id"},
    )
    assert (parked(queues), answer.status) == ([], 202)
    assert metrics() == {"first": 1, "minutes_read": 3}


def test_an_update_in_own_metrics_is_one_read_request_and_one_write(queues: Queues, calls: Recorder) -> None:
    create(draft(daily_cap=60))
    send("a", minutes_read=1)
    calls.made.clear()
    send("b", minutes_read=1)
    assert calls.operations() == ["batch_get_item", "put_item"]
    assert (calls.read_units(), calls.write_units()) == (1.0, 1.0)


def test_criteria_and_targets_name_own_metrics_and_no_others(queues: Queues) -> None:
    create()
    assert catalogue.create(catalogue.draft("x", criteria=catalogue.reach(kittens=1))).status == 422
    assert catalogue.create(catalogue.draft("x", criteria=catalogue.reach(minutes_read=1.5))).status == 422
    assert catalogue.create(catalogue.draft("bookworm", criteria=catalogue.reach(minutes_read=100))).status == 201
    row = catalogue.import_all(catalogue.draft("y", criteria=catalogue.reach(kittens=1))).body["items"][0]
    assert row["errors"] == ["criteria.all.0.metric: kittens is no metric: GET /v1/metrics lists them"]
    body = {"title": "Read", "target": {"metric": "minutes_read", "value": 100}}
    assert call(create_goal.handler, **ANNA, body=body).status == 201
    unknown = {"title": "Pet", "target": {"metric": "kittens", "value": 1}}
    assert call(create_goal.handler, **ANNA, body=unknown).fields == ["target.metric"]
    send("a", minutes_read=90)
    assert call(list_goals.handler, **ANNA).body["items"][0]["progress"] == 90
    send("b", minutes_read=10)
    assert call(list_goals.handler, **ANNA).body["items"][0]["status"] == "completed"
    assert [item["code"] for item in table.query_all(keys.award("anna"), consistent=True)] == ["bookworm"]


def test_archived_metrics_stay_where_they_are_named_and_come_nowhere_else(queues: Queues) -> None:
    create()
    bookworm = catalogue.draft("bookworm", criteria=catalogue.reach(minutes_read=100))
    assert catalogue.create(bookworm).status == 201
    archive()
    assert catalogue.patch({"points": 5}, "bookworm").status == 200
    other = catalogue.draft("other", criteria=catalogue.reach(minutes_read=100))
    assert catalogue.create(other).fields == ["criteria.all.0.metric"]
    report = catalogue.import_all(bookworm, other).body
    assert [row["status"] for row in report["items"]] == ["updated", "failed"]
    reason = "criteria.all.0.metric: minutes_read is an archived metric: nothing more is counted in it"
    assert report["items"][1]["errors"] == [reason]
    send("a", minutes_read=100)
    assert [reason for _, reason in parked(queues)] == [
        "increments.minutes_read: is an archived metric: nothing more is counted in it"
    ]


@pytest.mark.usefixtures("bucket")
def test_own_metrics_have_boards_that_come_and_go(queues: Queues) -> None:
    create(draft(board=True))
    send("a", minutes_read=30)
    send("b", minutes_read=5, ago=timedelta(days=29))
    send("b2", "boris", minutes_read=5)
    computing.compute()
    before = board("minutes_read", limit="1").body
    create(draft("best_score", kind="best", board=True))
    say("c", best_score=87.5)
    say("d", "boris", best_score=90)
    assert board("best_score").status == 200  # before lists of boards look again
    forget()
    names = {item["board"]: len(item["windows"]) for item in call(list_boards.handler).body["items"]}
    assert (names["minutes_read"], names["best_score"], names["points"]) == (3, 1, 3)
    # A version that is older than the board has nobody on it.
    anna = {"path": {"board": "best_score", "user_id": "anna"}, "caller": ADMIN}
    assert (board("best_score").body["total"], call(get_user_rank.handler, **anna).status) == (0, 404)
    computing.compute()
    after = board("minutes_read", limit="1", cursor=before["next_cursor"]).body
    assert ([row["user_id"] for row in after["items"]], after["as_of"]) == (["boris"], before["as_of"])
    assert [(row["user_id"], row["score"]) for row in board("best_score").body["items"]] == [
        ("boris", 90),
        ("anna", 87.5),
    ]
    assert board("minutes_read").body["items"][0]["score"] == 35
    assert board("minutes_read", window="week").body["items"][0]["score"] == 30
    assert board("best_score", window="week").status == 422
    place = call(get_user_rank.handler, **anna).body
    assert (place["rank"], place["score"], place["above"][0]["score"]) == (2, 87.5, 90)
    archive("best_score")
    forget()
    assert board("best_score").status == 404
    computing.compute()
    assert board("minutes_read").body["total"] == 2


def test_boards_notice_a_change_within_ten_seconds(monkeypatch: pytest.MonkeyPatch, calls: Recorder) -> None:
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now)
    forget()
    assert "minutes_read" not in in_force.recent().metrics
    create()
    calls.made.clear()
    assert "minutes_read" not in in_force.recent().metrics
    assert calls.made == []
    now += 10_000
    assert "minutes_read" in in_force.recent().metrics
