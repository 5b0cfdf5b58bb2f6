"""The functions' logs describe failures and contain nothing about users. API Gateway logs the requests."""

import json
from typing import Any

import pytest

from laurels.table import Throttled
from profiles import get_me, get_profile, update_profile
from tests.events import AWARDER, call, event, lines, logged, send
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.recorder import Recorder

ANNA = {"sub": "anna@example.org", "name": "Anna Karenina"}
PERSONAL = {
    "display_name": "Anna K.",
    "about": "I live at 5 Garden Street",
    "phone_number": "+49301234567",
    "location": "Petersburg",
    "website": "https://anna.example.com",
}
SECRETS = ["anna", "Anna", "Garden", "49301234567", "Petersburg", "Bearer", "eyJ0b2tlbiI", "203.0.113.7"]


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_successes_and_client_errors_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    requests: list[tuple[Any, dict[str, Any], int]] = [
        (get_me.handler, {"caller": ANNA}, 200),
        (update_profile.handler, {"caller": ANNA, "path": {"user_id": "me"}, "body": PERSONAL}, 200),
        (update_profile.handler, {"caller": ANNA, "path": {"user_id": "me"}, "body": {"Anna": "x"}}, 422),
        (update_profile.handler, {"caller": ANNA, "path": {"user_id": "boris"}, "body": PERSONAL}, 404),
        (get_profile.handler, {"path": {"user_id": "anna@example.org"}}, 200),
        (get_profile.handler, {"path": {"user_id": "anna@example.org"}, "query": {"q": "Anna"}}, 422),
    ]
    for handler, request, status in requests:
        made = event(handler, **request)
        with logged() as log:
            assert send(handler, made).status == status
        assert log.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_a_failure_is_one_line_without_the_person(calls: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    calls.fail("transact_write_items", ValueError(f"cannot write {PERSONAL}"))
    made = event(update_profile.handler, caller=ANNA, path={"user_id": "me"}, body=PERSONAL)
    with logged() as log:
        answer = send(update_profile.handler, made)
    assert answer.status == 500
    assert leaks(answer.text) == leaks(log.getvalue()) == leaks(capsys.readouterr().out) == []
    (failed,) = lines(log)
    assert (failed["error"], failed["correlation_id"]) == ("ValueError", made["requestContext"]["requestId"])
    assert any(place.endswith("profiles/service.py") for place in (at.partition(":")[0] for at in failed["at"]))


def test_a_table_that_does_not_answer_is_503_and_one_line(calls: Recorder) -> None:
    calls.fail("batch_get_item", Throttled())
    with logged() as log:
        assert call(get_me.handler, caller=ANNA).status == 503
    (line,) = lines(log)
    assert (line["error"], line["code"]) == ("Throttled", "unavailable")


def test_an_award_is_counted_in_the_metrics_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        award(adhoc("olympiad"), user_id="anna@example.org")
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [metric["Awards"] for metric in sent] == [[1.0]]
    assert leaks(json.dumps(sent)) == []
    assert AWARDER["sub"] not in json.dumps(sent)
