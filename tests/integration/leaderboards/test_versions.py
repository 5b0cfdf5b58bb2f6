"""A reader sees one version of the boards or the next, whole."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from laurels import storage
from laurels.errors import Gone
from laurels.leaderboards import computing, service, versions
from laurels.leaderboards.models import BoardQuery
from laurels.paging import PageQuery
from laurels.standings.models import Board, Score, Standing
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.platform import READER, pages, store

USERS = 30


def everybody_has(points: int) -> None:
    standings = [Standing(f"user-{number:02d}") for number in range(USERS)]
    for standing in standings:
        standing.scores[Board.POINTS] = Score(points, 1)
    store(standings)


def new_version(points: int) -> None:
    everybody_has(points)
    assert computing.compute()["computed"]


def read(page: PageQuery) -> Any:
    return service.board("points", BoardQuery(), page, READER)


def objects(bucket: str, moto_server: str) -> list[str]:
    found = boto3.client("s3", endpoint_url=moto_server).list_objects_v2(Bucket=bucket)["Contents"]
    return [each["Key"] for each in found]


def test_a_list_that_was_begun_is_read_to_its_end_in_its_version(bucket: str, calendar: Calendar) -> None:
    new_version(1)
    begun = read(PageQuery(limit=10))
    calendar.passes(minutes=15)
    new_version(2)
    older = read(PageQuery(limit=10, cursor=begun.next_cursor))
    newer = read(PageQuery(limit=10))
    assert ({item.score for item in older.items}, {item.score for item in newer.items}) == ({1}, {2})
    assert [item.position for item in older.items] == list(range(11, 21))
    assert (older.as_of, newer.as_of) == (begun.as_of, calendar.now)


def test_a_cursor_is_410_after_its_version_was_deleted(bucket: str, calendar: Calendar) -> None:
    new_version(1)
    cursor = read(PageQuery(limit=10)).next_cursor
    for points in range(2, versions.VERSIONS_KEPT + 1):
        new_version(points)
        assert {item.score for item in read(PageQuery(limit=10, cursor=cursor)).items} == {1}
    new_version(9)
    with pytest.raises(Gone, match="Start again without a cursor"):
        read(PageQuery(limit=10, cursor=cursor))


def test_a_list_may_go_on_in_pages_of_another_size(bucket: str, calendar: Calendar) -> None:
    new_version(1)
    first = read(PageQuery(limit=7))
    rest = read(PageQuery(limit=100, cursor=first.next_cursor))
    found = [*first.items, *rest.items]
    assert [item.position for item in found] == list(range(1, USERS + 1))
    assert [item.user_id for item in found] == [f"user-{number:02d}" for number in range(USERS)]
    assert rest.next_cursor is None


@pytest.mark.parametrize("limit", [1, 29, 30, 31, 100])
def test_pages_hold_everybody_once(limit: int, bucket: str, calendar: Calendar) -> None:
    new_version(1)
    found = [item.user_id for page in pages(Board.POINTS, limit=limit) for item in page.items]
    assert found == [f"user-{number:02d}" for number in range(USERS)]


def test_old_versions_are_removed_whole(bucket: str, moto_server: str, calendar: Calendar) -> None:
    made = [computing.compute()["version"] for _ in range(versions.VERSIONS_KEPT + 3)]
    kept = made[-versions.VERSIONS_KEPT :]
    names = objects(bucket, moto_server)
    assert {name.split("/")[1] for name in names} == {*kept, "current.json"}
    assert len(names) == 1 + versions.VERSIONS_KEPT * 20
    assert json.loads(storage.get("boards/current.json") or "")["kept"] == kept


def test_a_list_that_is_read_at_any_step_of_a_run_is_of_the_version_before(
    bucket: str, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each version all have the same points: a list that mixes two would show it."""
    for points in range(1, versions.VERSIONS_KEPT + 1):
        new_version(points)

    def scores() -> list[float]:
        return [item.score for page in pages(Board.POINTS, limit=20) for item in page.items]

    seen: list[list[float]] = []

    def reading_first(change: Callable[..., None]) -> Callable[..., None]:
        def changed(*arguments: Any) -> None:
            seen.append(scores())
            change(*arguments)

        return changed

    for change in (storage.put, storage.delete):
        monkeypatch.setattr(storage, change.__name__, reading_first(change))
    new_version(9)
    assert (
        seen == [[versions.VERSIONS_KEPT] * USERS] * 41
    )  # 18 boards, the summary, two indexes, and the 20 files that went
    assert scores() == [9] * USERS
