"""POST /v1/users/{user_id}/streaks/freezes: permissions, the limit, and idempotency."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels.errors import Unavailable
from laurels.idempotency import Origin
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Counter, Standing
from laurels.streaks import service
from laurels.streaks.models import FreezesDraft
from local.template.application import Application
from streaks import add_freezes, get_streaks
from tests.events import ADMIN, AWARDER, Answer, call, together, user
from tests.integration.recorder import Recorder

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture(autouse=True)
def _ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest limit that the parameter MaxFreezes allows."""
    monkeypatch.setenv("MAX_FREEZES", "10")


def give(count: Any, caller: dict[str, str] | None = AWARDER, key: str = "", user_id: str = "anna") -> Answer:
    headers = {"idempotency-key": key} if key else {}
    body = {"count": count}
    return call(add_freezes.handler, path={"user_id": user_id}, caller=caller, body=body, headers=headers)


def held(user_id: str = "anna") -> int:
    item = table.get(keys.standing(user_id), consistent=True)
    return freezes.held(standings.of(user_id, item), clock.epoch_ms(clock.now()))


def test_a_service_and_an_admin_may_give_freezes() -> None:
    assert (give(3).status, give(2, ADMIN).body) == (201, {"freezes": 5})
    assert call(get_streaks.handler, path={"user_id": "anna"}).body["awards"]["freezes"] == held() == 5


@pytest.mark.parametrize(
    "caller", [user("anna"), user("boris"), {"sub": "x", "scope": "stats:write users:write"}, None]
)
def test_other_callers_are_404(caller: dict[str, str] | None) -> None:
    assert give(1, caller).status == 403
    assert held() == 0


def test_a_reserved_id_is_404_and_gets_none() -> None:
    assert give(1, user_id="search").status == 404
    assert table.get(keys.standing("search")) is None


@pytest.mark.parametrize("count", [0, -1, 11, 1.5, "3", True, None, [1]])
def test_a_count_is_1_to_10(count: Any) -> None:
    answer = give(count)
    assert (answer.status, answer.fields) == (422, ["count"])
    assert held() == 0


def test_more_than_ten_are_refused_and_none_of_them_given() -> None:
    assert give(8).status == 201
    answer = give(3)
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert "8 are held" in answer.body["detail"]
    assert held() == 8
    assert give(2).body == {"freezes": 10}
    assert give(1).status == 409


@pytest.mark.parametrize(("setting", "limit"), [("", 2), ("0", 0), ("1", 1), ("2", 2), ("5", 5), ("10", 10)])
def test_how_many_may_be_held_is_a_setting(setting: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_FREEZES", setting)
    if limit:
        assert give(limit).body == {"freezes": limit}
    answer = give(1)
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert f"At most {limit} freezes" in answer.body["detail"]
    assert held() == limit


def test_a_lower_limit_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    give(5)
    monkeypatch.setenv("MAX_FREEZES", "2")
    assert give(1).status == 409
    assert held() == 5


def test_the_template_allows_2_freezes_by_default(application: Application) -> None:
    assert application.source["Parameters"]["MaxFreezes"] | {"Description": ""} == {
        "Type": "Number",
        "Default": 2,
        "MinValue": 0,
        "MaxValue": freezes.MAX_HELD,
        "Description": "",
    }
    assert application.functions["AddFreezes"].environment["MAX_FREEZES"] == "2"


def test_the_same_key_gives_once() -> None:
    answers = [give(3, key="week-47") for _ in range(3)]
    assert [(answer.status, answer.body) for answer in answers] == [(201, {"freezes": 3})] * 3
    assert give(3, key="week-48").body == {"freezes": 6}
    assert give(2, key="week-47").status == 422
    assert held() == 6


def test_keys_are_the_callers_own_and_of_one_user() -> None:
    give(1, key="k")
    give(1, ADMIN, key="k")
    give(1, key="k", user_id="boris")
    assert (held(), held("boris")) == (2, 1)


def test_a_refusal_is_not_remembered() -> None:
    give(10)
    assert give(1, key="k").status == 409
    standing = standings.get("anna")
    standing.freezes.grants.clear()
    table.write(standings.put(standing))
    assert give(1, key="k").status == 201


def test_twenty_at_the_same_moment_never_hold_more_than_ten() -> None:
    answers = together([lambda: give(1) for _ in range(20)])
    given = [answer for answer in answers if answer.status == 201]
    # A call that lost every race until its retries ended got 503, and gave nothing.
    assert {answer.status for answer in answers} <= {201, 409, 503}
    assert len(given) == held() <= 10
    assert held() == 10 or any(answer.status == 503 for answer in answers)
    assert sorted(answer.body["freezes"] for answer in given) == list(range(1, held() + 1))


def test_twenty_of_one_key_at_the_same_moment_give_once() -> None:
    answers = together([lambda: give(2, key="k") for _ in range(20)])
    assert {answer.status for answer in answers} <= {201, 409}
    assert 201 in {answer.status for answer in answers}
    assert held() == 2
    assert (give(2, key="k").body, held()) == ({"freezes": 2}, 2)


def test_a_freeze_is_given_once_though_the_answer_of_its_write_was_lost(calls: Recorder) -> None:
    calls.fail("put_item", Unavailable(), after=True)
    assert give(3).body == {"freezes": 3}
    assert held() == 3


def test_a_request_that_is_taken_over_finds_the_first_attempt_s_work() -> None:
    """Its holder died before the answer was kept: the work is done again, for the same origin."""
    origin = Origin.of("homework-service", "k")
    for _ in range(2):
        assert service.add_freezes("anna", FreezesDraft(count=3), origin).freezes == 3
    assert held() == 3


def test_freezes_that_are_given_keep_a_streak(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 16, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    standing = Standing("anna")
    standings_rules.count(standing, Counter.TESTS_PASSED, 1, clock.epoch_ms(now), clock.epoch_ms(now))
    table.write(standings.put(standing))
    assert give(1).status == 201
    for days, length, left in ((1, 1, 1), (2, 1, 0), (3, 0, 0)):
        monkeypatch.setattr(clock, "now", lambda days=days: now + timedelta(days=days))
        streak = call(get_streaks.handler, path={"user_id": "anna"}).body["activity"]
        assert (streak["length"], streak["freezes"]) == (length, left)


def test_of_an_item_all_but_the_freezes_stays() -> None:
    standing = Standing("anna", timezone="Asia/Tokyo")
    standings_rules.earn(standing, 50, 1_795_000_000_000, 1_795_000_000_000)
    table.write(standings.put(standing))
    before = standings.get("anna")
    give(4)
    after = standings.get("anna")
    assert (after.counters, after.scores, after.timezone) == (before.counters, before.scores, before.timezone)
    assert after.activity_days == before.activity_days
