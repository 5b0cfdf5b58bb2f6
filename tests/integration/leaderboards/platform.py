"""A platform of learners in the table, and its boards read page by page."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from laurels import keys, table
from laurels.callers import Caller
from laurels.leaderboards import service
from laurels.leaderboards.models import BoardPage, BoardQuery, WindowName
from laurels.paging import PageQuery
from laurels.standings.codec import encode
from laurels.standings.models import Board, Listing, Standing
from laurels.writes import Put
from tests.unit.leaderboards.population import Person

Change = Callable[[], None]
READER = Caller("a-reader")


def store(standings: Iterable[Standing]) -> None:
    _write(encode(standing) for standing in standings)


def settle(people: Iterable[Person], now: datetime) -> None:
    """Write the standing and profile of every user."""
    people = list(people)
    store(person.standing(now) for person in people)
    _write(profile(person.user_id, person.listing) for person in people)


def profile(user_id: str, listing: Listing = Listing.SHOWN, **fields: Any) -> dict[str, Any]:
    return {
        **keys.profile(user_id)._asdict(),
        "display_name": f"Learner {user_id[:60]}",
        "preferences": {"leaderboards": str(listing)},
        "is_active": True,
        **fields,
    }


def _write(items: Iterable[dict[str, Any]]) -> None:
    puts = [Put(item) for item in items]
    for start in range(0, len(puts), 50):
        table.write(*puts[start : start + 50])


def pages(board: Board, window: WindowName = WindowName.ALL_TIME, limit: int = 20) -> Iterator[BoardPage]:
    """Yield all pages of a board in order."""
    cursor = None
    while True:
        page = service.board(board, BoardQuery(window=window), PageQuery(limit=limit, cursor=cursor), READER)
        yield page
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
