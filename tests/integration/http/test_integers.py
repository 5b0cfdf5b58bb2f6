"""Whole numbers as JSON writes them, `10`, `10.0` or `1e1`, over HTTP, in imports and in messages."""

import json
from typing import Any

import pytest

from achievements import create_achievement, import_achievements
from avatars import start_avatar_upload
from laurels.standings import service as standings
from laurels.standings.models import Counter
from stats import submit_stat_update
from streaks import add_freezes
from tests.events import ADMIN, AWARDER, call
from tests.integration.achievements.catalogue import draft
from tests.integration.conftest import Queues
from tests.integration.stats.deliveries import deliver, parked, record, update

GOOD = {"1.0": 1, "1e0": 1, "10e-1": 1, "2.00": 2, "0.2e1": 2}
BAD = ["1.5", "true", '"1"', "null", "NaN", "1e400", "9" * 5000]


def written(body: Any, number: str) -> str:
    """As JSON, with the text NUMBER as that number."""
    return json.dumps(body).replace('"NUMBER"', number)


@pytest.mark.parametrize(("number", "value"), GOOD.items())
def test_a_whole_number_is_taken_however_it_is_written(number: str, value: int) -> None:
    made = call(create_achievement.handler, caller=ADMIN, raw=written(draft(points="NUMBER"), number))
    assert (made.status, f'"points":{value},' in made.text.replace(" ", "")) == (201, True)
    rows = written({"items": [draft("other", points="NUMBER")]}, number)
    assert call(import_achievements.handler, caller=ADMIN, raw=rows).body["created"] == 1
    given = call(
        add_freezes.handler, path={"user_id": "anna"}, caller=AWARDER, raw=written({"count": "NUMBER"}, number)
    )
    assert given.body == {"freezes": value}


@pytest.mark.parametrize("number", BAD, ids=lambda number: number[:8])
def test_anything_else_is_422_and_names_its_field(number: str) -> None:
    made = call(create_achievement.handler, caller=ADMIN, raw=written(draft(points="NUMBER"), number))
    assert made.status == 422 if len(number) < 100 else made.status in (400, 422)
    upload = written({"content_type": "image/png", "size": "NUMBER"}, number)
    assert call(start_avatar_upload.handler, path={"user_id": "me"}, caller={"sub": "anna"}, raw=upload).status < 500
    if number != "9" * 5000:
        rows = written({"items": [draft(points="NUMBER")]}, number)
        assert call(import_achievements.handler, caller=ADMIN, raw=rows).body["failed"] == 1


def test_a_message_may_write_7_as_7_0(queues: Queues) -> None:
    body = written(update("e1", increments={"tests_passed": "NUMBER"}), "7.0")
    assert deliver([record(body)]) == []
    assert parked(queues) == []
    assert standings.get("42").counters[Counter.TESTS_PASSED] == 7


def test_a_submitted_whole_number_is_queued_as_an_integer(queues: Queues) -> None:
    sent = {name: value for name, value in update("e1").items() if name != "user_id"}
    body = written(sent | {"increments": {"tests_passed": "NUMBER"}}, "1e1")
    caller = {"sub": "homework", "scope": "stats:write"}
    answer = call(submit_stat_update.handler, path={"user_id": "42"}, caller=caller, raw=body)
    assert answer.status == 202
    (message,) = queues.client.receive_message(QueueUrl=queues.url)["Messages"]
    assert json.loads(message["Body"])["increments"] == {"tests_passed": 10}
