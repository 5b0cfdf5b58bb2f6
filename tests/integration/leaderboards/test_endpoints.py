"""The endpoints of leaderboards: parameters, responses, and the number of requests."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest

from laurels import clock, storage
from laurels.leaderboards import computing, versions
from laurels.leaderboards.models import Summary
from laurels.leaderboards.summarising import STREAKS_LISTED
from leaderboards.get_board import handler as get_board
from leaderboards.get_summary import handler as get_summary
from leaderboards.get_user_rank import handler as get_user_rank
from leaderboards.list_boards import handler as list_boards
from tests.events import Handler
from tests.events import call as request
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.platform import settle
from tests.integration.recorder import Recorder
from tests.integration.stats.calling import Answer, call
from tests.unit.leaderboards.population import Event, Person

pytestmark = pytest.mark.usefixtures("bucket")


@pytest.fixture
def _a_hundred_and_fifty(bucket: str, calendar: Calendar) -> None:
    people = [Person(f"{number:03d}", events=[Event(calendar.now, None, 500 - number)]) for number in range(150)]
    settle(people, calendar.now)
    computing.compute()


def board(query: dict[str, str] | None = None, name: str = "points", caller: dict[str, str] | None = None) -> Answer:
    return call(get_board, path={"board": name}, query=query, caller=caller)


def test_boards_are_listed_with_their_windows_and_resets(calendar: Calendar) -> None:
    calendar.now = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    computing.compute()
    status, body = call(list_boards)
    assert (status, body["as_of"]) == (200, "2026-12-31T23:59:00.000Z")
    assert [each["board"] for each in body["items"]] == [
        "points",
        "achievements",
        "homeworks",
        "tests",
        "courses",
        "streak",
    ]
    assert all(each["windows"] == body["items"][0]["windows"] for each in body["items"])
    assert body["items"][0]["windows"] == [
        {"window": "all_time", "next_reset": None},
        {"window": "month", "next_reset": "2027-01-01T00:00:00.000Z"},
        {"window": "week", "next_reset": "2027-01-04T00:00:00.000Z"},
    ]


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_a_board_fits_the_openapi_document(calendar: Calendar) -> None:
    status, body = board({"limit": "1", "window": "week"})
    cursor = body.pop("next_cursor")
    assert isinstance(cursor, str)
    assert (status, body) == (
        200,
        {
            "items": [
                {
                    "rank": 1,
                    "position": 1,
                    "user_id": "000",
                    "display_name": "Learner 000",
                    "avatar_url": None,
                    "score": 500,
                    "achieved_at": "2026-11-20T18:22:05.000Z",
                }
            ],
            "board": "points",
            "window": "week",
            "total": 150,
            "as_of": "2026-11-20T18:22:05.000Z",
            "next_reset": "2026-11-23T00:00:00.000Z",
        },
    )


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_a_board_is_read_page_by_page() -> None:
    found: list[str] = []
    query = {"limit": "40"}
    while True:
        status, body = board(query)
        assert status == 200
        found += [item["user_id"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        query = {"limit": "40", "cursor": body["next_cursor"]}
    assert found == [f"{number:03d}" for number in range(150)]


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_a_page_has_twenty_places_unless_asked() -> None:
    assert len(board().body["items"]) == 20
    assert len(board({"limit": "100"}).body["items"]) == 100


@pytest.mark.parametrize("name", ["kittens", "xpoints", "point", "all"])
def test_an_unknown_board_is_404_and_lists_the_boards(name: str) -> None:
    status, body = board(name=name)
    assert (status, body["code"]) == (404, "not_found")
    assert "points, achievements, homeworks, tests, courses, streak" in body["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"window": "year"}, "window"),
        ({"window": ""}, "window"),
    ],
)
def test_a_query_that_does_not_validate_is_422_and_names_the_field(query: dict[str, str], field: str) -> None:
    status, body = board(query)
    assert (status, [error["field"] for error in body["errors"]]) == (422, [field])


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_a_cursor_of_another_list_is_400() -> None:
    cursor = board({"limit": "5"}).body["next_cursor"]
    assert board({"limit": "50", "cursor": cursor}).status == 200
    assert board({"cursor": cursor, "window": "week"}).status == 400
    assert board({"cursor": cursor}, name="achievements").status == 400
    assert board({"cursor": cursor[:-2]}).status == 400
    assert board({"cursor": "made-up"}).status == 400


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_a_cursor_of_a_version_that_is_gone_is_410() -> None:
    cursor = board({"limit": "5"}).body["next_cursor"]
    for _ in range(versions.VERSIONS_KEPT):
        computing.compute()
    status, body = board({"limit": "5", "cursor": cursor})
    assert (status, body["code"]) == (410, "gone")


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_the_summary_fits_the_openapi_document(calendar: Calendar) -> None:
    status, body = call(get_summary)
    first, second, last = (
        {"user_id": user_id, "display_name": f"Learner {user_id}", "points": points, "achievements": 1}
        for user_id, points in (("000", 500), ("001", 499), ("149", 351))
    )
    assert (status, body) == (
        200,
        {
            "most_achievements": {**first, "value": 1},
            "most_points": {**first, "value": 500},
            "max_points_gap": {"a": first, "b": last, "gap": 149},
            "min_points_gap": {"a": first, "b": second, "gap": 1},
            "seven_day_streaks": [],
            "seven_day_streaks_total": 0,
            "users": 150,
            "as_of": clock.iso(calendar.now),
        },
    )


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_requests_to_the_table(calls: Recorder) -> None:
    costs: dict[str, tuple[Callable[[], Answer], list[str]]] = {
        "a page of names": (lambda: board({"limit": "100"}), ["batch_get_item"]),
        "a page of names with a token": (lambda: board({"limit": "100"}, caller={"sub": "anna"}), ["batch_get_item"]),
        "the summary": (lambda: call(get_summary), ["batch_get_item"]),
        "the summary with a token": (lambda: call(get_summary, caller={"sub": "anna"}), ["batch_get_item"]),
        # Own metrics have boards. A process looks for new ones every ten seconds, and before it calls a board unknown.
        "the list of boards": (lambda: call(list_boards), ["batch_get_item"]),
        "the list of boards, again": (lambda: call(list_boards), []),
        "a board there is not": (lambda: board(name="kittens"), ["batch_get_item"]),
    }
    for name, (ask, expected) in costs.items():
        before = len(calls.made)
        ask()
        assert calls.operations()[before:] == expected, name


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_everybody_in_the_fullest_summary_is_read_with_one_request(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    truly, lengths = storage.get, {"seven_day_streaks": STREAKS_LISTED, "max_points_gap": 2, "min_points_gap": 2}

    def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
        raw = truly(name, start, length)
        if raw is None or not name.endswith("summary"):
            return raw
        found, numbers = json.loads(raw), count(30)
        for group in found["chosen"]:
            found["chosen"][group] = [(f"{next(numbers):03}", 7, False, 1, 1) for _ in range(lengths.get(group, 1))]
        return json.dumps(found).encode()

    monkeypatch.setattr(storage, "get", get)
    calls.made.clear()
    found = call(get_summary).body
    assert [each["user_id"] for each in found["seven_day_streaks"]][-1] == "129"
    assert calls.operations() == ["batch_get_item"]
    described = Summary.model_fields["seven_day_streaks"].description or ""
    assert re.findall("[0-9]+", described) == [str(STREAKS_LISTED)]


def test_an_empty_board_asks_the_table_nothing(calendar: Calendar, calls: Recorder) -> None:
    computing.compute()
    before = len(calls.made)
    assert board().body["items"] == []
    assert calls.operations()[before:] == []


@pytest.mark.usefixtures("_a_hundred_and_fifty")
@pytest.mark.parametrize(
    ("handler", "path"),
    [
        (get_board, {"board": "points"}),
        (get_user_rank, {"board": "points", "user_id": "000"}),
        (get_summary, {}),
    ],
)
def test_only_a_response_without_a_token_may_be_kept_by_any_cache(handler: Handler, path: dict[str, str]) -> None:
    anonymous, known = (request(handler, path=path, caller=caller) for caller in (None, {"sub": "anna"}))
    assert anonymous.headers["cache-control"] == "public, max-age=60"
    assert "authorization" in anonymous.headers["vary"]
    assert known.headers["cache-control"] == "private, no-cache"
    again = request(handler, path=path, headers={"if-none-match": anonymous.headers["etag"]})
    assert (again.status, again.text) == (304, "")


@pytest.mark.usefixtures("_a_hundred_and_fifty")
def test_the_summary_of_a_version_without_points_and_achievements_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    truly = storage.get

    def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
        raw = truly(name, start, length)
        if raw is None or not name.endswith("summary"):
            return raw
        found = json.loads(raw)
        found["chosen"] = {group: [each[:3] for each in places] for group, places in found["chosen"].items()}
        return json.dumps(found).encode()

    monkeypatch.setattr(storage, "get", get)
    most = call(get_summary).body["most_points"]
    assert most == {"user_id": "000", "display_name": "Learner 000", "points": None, "achievements": None, "value": 500}
