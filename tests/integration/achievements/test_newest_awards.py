"""GET /v1/users/{user_id}/achievements, newest first: exact after any awards and revocations, in few requests."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laurels import clock, keys
from laurels import table as door
from laurels.attribute_values import pack_item
from profiles import get_profile
from tests.events import ADMIN, call, user
from tests.integration.achievements.catalogue import adhoc, award, awards, draft, import_all, reach, revoke
from tests.integration.achievements.counting import count
from tests.integration.profiles.people import settle
from tests.integration.recorder import Recorder

ANNA = user("anna")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Pair = tuple[str | None, str]  # awarded_at and code


def pages(limit: int, caller: dict[str, str] | None = ANNA, **query: str) -> list[list[Pair]]:
    """The awards of each page, to the end."""
    found: list[list[Pair]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = awards(caller, query={"limit": str(limit), **query, **cursor})
        assert answer.status == 200, answer
        found.append([(item["awarded_at"], item["code"]) for item in answer.body["items"]])
        if answer.body["next_cursor"] is None:
            return found
        cursor = {"cursor": answer.body["next_cursor"]}


def newest_first(pairs: list[Pair]) -> list[Pair]:
    """An order of its own, to compare with."""
    return sorted(pairs, key=lambda pair: (-clock.ms_of(str(pair[0])), pair[1]))


def stored(number: int, at: datetime, **fields: Any) -> dict[str, Any]:
    """An award as it has been stored since the first version."""
    code = f"n{number:04d}"
    about = {"v": 1, "award_id": f"{number:032x}", "code": code, "awarded_at": clock.iso(at), "points": 10}
    return keys.award("anna", code)._asdict() | about | fields


def store(client: Any, name: str, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": pack_item(item)}} for item in items[start : start + 25]]
        assert not client.batch_write_item(RequestItems={name: puts})["UnprocessedItems"]


def two_thousand(client: Any, name: str) -> list[Pair]:
    """Store 2,000 awards at a thousand moments, half of them of the catalogue; return them, the newest first."""
    chance = random.Random(11)
    moments = [NOON - timedelta(minutes=number // 2) for number in range(2000)]
    chance.shuffle(moments)
    own = {"title": "Olympiad", "description": "Third place in the city"}
    items = [stored(number, at, **(own if number % 2 else {})) for number, at in enumerate(moments)]
    store(client, name, items)
    import_all(*(draft(f"n{number:04d}") for number in range(0, 200, 2)))
    return newest_first([(item["awarded_at"], item["code"]) for item in items])


def test_pages_of_2000_awards_are_exact_and_take_two_requests_each(
    dynamodb_client: Any, table: str, calls: Recorder
) -> None:
    expected = two_thousand(dynamodb_client, table)
    for limit in (20, 97, 100):
        calls.made.clear()
        found = pages(limit)
        assert [pair for page in found for pair in page] == expected
        assert {len(page) for page in found[:-1]} == {limit}
        assert len(calls.made) == 2 * len(found)
        assert calls.made[0].units <= 60  # 2,000 awards of 200 to 250 bytes


def test_pages_of_the_catalogue_alone_take_two_requests_each(dynamodb_client: Any, table: str, calls: Recorder) -> None:
    settle("anna")
    import_all(draft("n0000", criteria=reach(tests_passed=1)))
    awarded = [stored(number, NOON - timedelta(minutes=number)) for number in range(201)]
    definition = door.get(keys.achievement("n0000")) or {}
    codes = [each["code"] for each in awarded]
    copies = [definition | keys.achievement(code)._asdict() | {"code": code} for code in codes]
    store(dynamodb_client, table, awarded + copies)
    expected = [(each["awarded_at"], each["code"]) for each in awarded]
    awards(query={"status": "in_progress"})  # this process holds the criteria now
    for caller, most in ((ANNA, 100), (ADMIN, 100), (user("boris"), 95), (None, 95)):
        for status in ("earned", "all"):
            calls.made.clear()
            found = pages(100, caller, status=status)
            assert [len(page) for page in found] == [most, most, 201 - 2 * most]
            assert [pair for page in found for pair in page] == expected
            looked_for_others = status == "all"  # on the last page: n0000 has criteria, but was awarded
            assert len(calls.made) == 2 * len(found) + looked_for_others


def test_a_page_of_a_learner_with_fifty_awards_reads_few_units(
    dynamodb_client: Any, table: str, calls: Recorder
) -> None:
    store(dynamodb_client, table, [stored(number, NOON) for number in range(50)])
    calls.made.clear()
    assert len(pages(100)) == 1
    assert calls.operations() == ["query", "batch_get_item"]
    assert calls.made[0].units <= 2


def test_filters_keep_the_order_across_pages(dynamodb_client: Any, table: str) -> None:
    expected = two_thousand(dynamodb_client, table)
    since, until = NOON - timedelta(minutes=300), NOON - timedelta(minutes=100)
    wanted = [pair for pair in expected if clock.iso(since) <= str(pair[0]) < clock.iso(until)]
    query = {"from": since.isoformat().replace("+00:00", "Z"), "to": clock.iso(until), "lang": "ru"}
    assert [pair for page in pages(33, ANNA, **query) for pair in page] == wanted
    assert [page[0][1] for page in pages(1, code="n0007")] == ["n0007"]


def test_awards_in_the_past_revoked_ones_and_new_ones_are_where_their_time_is() -> None:
    for day in (3, 1, 2):
        award(adhoc(f"day-{day}") | {"awarded_at": f"2026-11-0{day}T12:00:00Z"})
    assert [code for _, code in pages(20)[0]] == ["day-3", "day-2", "day-1"]
    revoke("day-3")
    award(adhoc("day-3") | {"awarded_at": "2025-11-03T12:00:00Z"})
    award(adhoc("now"))
    assert [code for _, code in pages(20)[0]] == ["now", "day-2", "day-1", "day-3"]


def test_awards_of_one_moment_are_in_the_order_of_their_codes() -> None:
    for code in "cabd":
        award(adhoc(code) | {"awarded_at": "2026-11-01T12:00:00Z"})
    assert [[code for _, code in page] for page in pages(1)] == [["a"], ["b"], ["c"], ["d"]]


@pytest.mark.usefixtures("queues")
@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_achievements_in_progress_follow_the_earned_ones(limit: int) -> None:
    import_all(*(draft(code, criteria=reach(homeworks_completed=10)) for code in ("p", "q")))
    count(homeworks_completed=4)
    for day in (1, 3, 2):
        award(adhoc(f"day-{day}") | {"awarded_at": f"2026-11-0{day}T12:00:00Z"})
    found = [code for page in pages(limit, status="all") for _, code in page]
    assert found == ["day-3", "day-2", "day-1", "p", "q"]


def test_a_profile_includes_the_newest_awards() -> None:
    for day in range(1, 23):
        award(adhoc(f"day-{day:02d}") | {"awarded_at": f"2026-11-{day:02d}T12:00:00Z"})
    settle("anna")
    query = {"include": "achievements"}
    part = call(get_profile.handler, path={"user_id": "anna"}, caller=ANNA, query=query).body["achievements"]
    assert [item["code"] for item in part["items"]] == [f"day-{day:02d}" for day in range(22, 2, -1)]
    assert part["has_more"] is True


def test_an_unknown_order_is_422() -> None:
    assert awards(query={"order": "oldest"}).fields == ["order"]
