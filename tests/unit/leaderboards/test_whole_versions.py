"""Thousands of parallel reads while boards are recomputed: each result belongs to one whole version."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from laurels import clock
from laurels.callers import Caller
from laurels.errors import NotFound
from laurels.leaderboards import computing, service
from laurels.leaderboards.models import BoardPage, BoardQuery, RankQuery, UserRank
from laurels.paging import PageQuery
from laurels.standings.codec import encode
from laurels.standings.models import Board, Score, Standing
from tests.sizes import sized
from tests.unit.leaderboards.shelf import Shelf, shelf

__all__ = ["shelf"]

READS, READERS, READS_A_VERSION, USERS = sized(4_000, 10_000), 4, sized(40, 100), 60
BEGAN = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)


def points(user: int, version: int) -> int:
    """Points differ in each version, and so does the order; users with 0 points are on no board."""
    return (user * 7 + version * 13) % 50 * (version + 1)


@cache
def board_of(version: int) -> list[tuple[float, str]]:
    scored = [(-points(user, version), f"user-{user:02d}") for user in range(USERS) if points(user, version)]
    return [(-score, user_id) for score, user_id in sorted(scored)]


def settle(shelf: Shelf, version: int) -> None:
    standings = [Standing(f"user-{user:02d}") for user in range(USERS)]
    for user, standing in enumerate(standings):
        standing.scores[Board.POINTS] = Score(points(user, version), 1)
    shelf.standings = [encode(standing) for standing in standings]


def version_of(as_of: datetime | None) -> int:
    assert as_of is not None
    return round((as_of - BEGAN) / timedelta(minutes=15))


def check_page(page: BoardPage, first: int) -> None:
    expected = board_of(version_of(page.as_of))
    assert page.total == len(expected)
    assert [(item.position, item.score, item.user_id) for item in page.items] == [
        (position, *each) for position, each in enumerate(expected, start=1)
    ][first - 1 : first - 1 + len(page.items)]
    assert len(page.items) == min(20, len(expected) - first + 1)


def check_rank(found: UserRank) -> None:
    expected = board_of(version_of(found.as_of))
    at = expected.index((found.score, found.user_id))
    assert (found.position, found.total) == (at + 1, len(expected))
    assert found.rank == 1 + sum(score > found.score for score, _ in expected)
    assert [(one.score, one.user_id) for one in found.above] == expected[max(at - 10, 0) : at]
    assert [(one.score, one.user_id) for one in found.below] == expected[at + 1 : at + 11]


@pytest.mark.slow
def test_reads_during_runs_never_mix_versions(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    now = BEGAN
    monkeypatch.setattr(clock, "now", lambda: now)
    settle(shelf, 0)
    computing.compute()

    missed: list[int] = []
    version, done = 0, [0] * READERS

    def read(reader: int) -> set[int]:
        seen, cursor, first = set(), None, 1
        for number in range(READS // READERS):
            done[reader] = number
            while number // READS_A_VERSION > version:
                time.sleep(0.001)
            if number % 2:
                user = (number * 17 + reader) % USERS
                try:
                    found = service.rank("points", f"user-{user:02d}", RankQuery(), Caller(f"user-{user:02d}"))
                except NotFound:  # no score in that version
                    missed.append(user)
                    continue
                check_rank(found)
                seen.add(version_of(found.as_of))
                continue
            page = service.board("points", BoardQuery(), PageQuery(cursor=cursor), Caller("a-reader"))
            check_page(page, first)
            cursor, first = page.next_cursor, first + 20 if page.next_cursor else 1
            seen.add(version_of(page.as_of))
        return seen

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, number) for number in range(READERS)]
        try:
            # Readers and runs wait for each other, so that each run happens among reads on any machine.
            for upcoming in range(1, READS // READERS // READS_A_VERSION):
                while min(done) < version * READS_A_VERSION and not any(reader.done() for reader in readers):
                    time.sleep(0.001)
                settle(shelf, upcoming)
                now = BEGAN + timedelta(minutes=15) * upcoming
                assert computing.compute()["computed"]
                version = upcoming
        finally:
            version = READS
        seen = [reader.result() for reader in readers]
    assert min(map(len, seen)) > 10, "each reader must see many versions"
    assert 0 < len(missed) < READS / 10
