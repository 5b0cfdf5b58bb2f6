"""GET /v1/health: healthy means that the table answers."""

import pytest

from laurels import clock
from laurels.table import Throttled
from service import get_health
from tests.events import call
from tests.integration.recorder import Recorder


def test_a_service_whose_table_answers_is_healthy() -> None:
    began = clock.now_ms()
    answer = call(get_health.handler)
    assert (answer.status, answer.body["status"]) == (200, "ok")
    assert began <= clock.ms_of(answer.body["time"]) <= clock.now_ms()
    assert answer.headers["cache-control"] == "no-store"


def test_a_table_that_has_no_time_is_503(calls: Recorder) -> None:
    calls.fail("get_item", Throttled())
    answer = call(get_health.handler)
    assert (answer.status, answer.headers["retry-after"], answer.body["code"]) == (503, "1", "unavailable")


def test_a_table_that_cannot_be_reached_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    assert call(get_health.handler).status == 503


def test_a_missing_table_is_500_without_details(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "no-such-table")
    answer = call(get_health.handler)
    assert answer.status == 500
    assert "no-such-table" not in answer.text
