"""Reading leaderboards: a page of a board, one user's rank, the platform's summary.

`boards/current.json` names the current version and the layout of its files. A cursor names its version, so that a list
is read to its end while that version is kept. Files hold ids and scores; names are read when they are shown, so that a
user who becomes anonymous or is erased disappears at once.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from laurels import clock, keys, storage
from laurels.callers import Caller
from laurels.errors import Gone, Invalid, NotFound, Unavailable
from laurels.leaderboards import files, rules
from laurels.leaderboards.files import Layout, Place
from laurels.leaderboards.models import (
    BoardInfo,
    BoardPage,
    BoardQuery,
    Boards,
    BoardWindow,
    Entry,
    Gap,
    LongStreak,
    Most,
    Person,
    RankQuery,
    Summary,
    UserRank,
    WindowName,
)
from laurels.paging import PageQuery
from laurels.people import service as people
from laurels.people.figures import Figure, ranked
from laurels.people.rules import NOTHING
from laurels.standings import definitions, in_force
from laurels.standings.definitions import Definition
from laurels.standings.models import Board, Listing
from laurels.writes import Item

_ATTEMPTS = 3

Index = dict[str, Any]
Found = TypeVar("Found")


class _Named(NamedTuple):
    """A user in the summary's file."""

    user_id: str
    score: int
    anonymous: bool
    points: int | None = None  # older files do not have them
    achievements: int | None = None


def boards() -> Boards:
    """Return all boards, their windows, and when each window is reset."""
    now, index = clock.now_ms(), _current()
    every = {window: BoardWindow(window=window, next_reset=rules.next_reset(window, now)) for window in WindowName}
    own = definitions.boards(in_force.recent().metrics)
    items = [BoardInfo(board=board, windows=[*every.values()]) for board in Board]
    items += [BoardInfo(board=board, windows=[every[each] for each in rules.windows(own[board])]) for board in own]
    return Boards(items=items, as_of=index["as_of"] if index else None)


def board(name: str, query: BoardQuery, page: PageQuery, caller: Caller) -> BoardPage:
    """Return one page of a board, with the names of those users whom the caller may see. Raises NotFound for an unknown
    board, Invalid for a window that it does not have, Gone for a cursor of a deleted version."""
    definition = definition_of(name, query.window)

    def read(index: Index | None, start: int = 0) -> BoardPage:
        fields = {"board": name, "window": query.window, "next_reset": rules.next_reset(query.window, clock.now_ms())}
        if index is None:
            return BoardPage(items=[], total=0, as_of=None, **fields)
        total = _layout(index, name, query.window).total
        places = _places(index, name, query.window, start + 1, min(start + page.limit, total))
        end = start + len(places)
        profiles = people.read_many(_shown(places))
        entries = _entries(places, start + 1, profiles, caller, ranked(name), definition)
        cursor = f"{index['version']}:{end}" if end < total else None
        return BoardPage(items=entries, next_cursor=cursor, total=total, as_of=index["as_of"], **fields)

    if page.cursor is None:
        return _of_current(read)
    version, _, position = page.cursor.rpartition(":")
    return read(json.loads(_part(version, "index")), int(position))


def rank(name: str, user_id: str, query: RankQuery, caller: Caller) -> UserRank:
    """Return a user's rank with neighbours. Raises NotFound if the user is not on the board or the caller may not see
    them.

    It costs three reads from S3 and one request to the table, whatever the number of users.
    """
    definition = definition_of(name, query.window)
    index, found = _of_current(lambda index: (index, _find(index, name, user_id, query) if index else None))
    if index is None or found is None:
        reason = f"No score on this board as of {index['as_of']}." if index else ""
        raise _not_there(user_id, caller, ranked(name), reason)
    first, at, places = found
    place = places[at]
    read = people.read_many([user_id, *(other for other in _shown(places) if other != user_id)])
    listed = Listing.ANONYMOUS if place.anonymous else Listing.SHOWN
    _require_listed(user_id, read[user_id], listed, caller, ranked(name))
    entries = _entries(places, first, read, caller, ranked(name), definition)
    layout = _layout(index, name, query.window)
    return UserRank(
        board=name,
        window=query.window,
        user_id=user_id,
        rank=place.rank,
        position=first + at,
        score=rules.shown(place.score, definition),
        achieved_at=clock.from_epoch_ms(place.reached),
        percentile=rules.percentile(place.rank, layout.total),
        above=entries[:at],
        below=entries[at + 1 :],
        total=layout.total,
        as_of=index["as_of"],
        next_reset=rules.next_reset(query.window, clock.now_ms()),
    )


def summary(caller: Caller) -> Summary:
    """Return the platform's summary, as the last run computed it, with the names of those whom the caller may see."""
    index, raw = _of_current(lambda index: (index, _part(index["version"], "summary") if index else b""))
    if index is None:
        return Summary(
            **dict.fromkeys(("most_achievements", "most_points", "max_points_gap", "min_points_gap", "as_of")),
            seven_day_streaks=[],
            seven_day_streaks_total=0,
            users=0,
        )
    found = json.loads(raw)
    chosen = {name: [_Named(*each) for each in group] for name, group in found["chosen"].items()}
    shown = _shown([each for group in chosen.values() for each in group])
    profiles = people.read_many(list(dict.fromkeys(shown)))
    views = people.views(profiles, caller)

    def person(one: _Named, figure: Figure) -> dict[str, Any]:
        view = views.get(one.user_id, NOTHING)
        is_named = not one.anonymous and view.shows(figure)
        return {
            "user_id": one.user_id if is_named else None,
            "display_name": people.card(profiles[one.user_id]).display_name if is_named else None,
            "points": one.points if is_named and view.shows(Figure.STATS) else None,
            "achievements": one.achievements if is_named and view.shows(Figure.ACHIEVEMENTS_COUNT) else None,
        }

    def most(name: str, figure: Figure) -> Most | None:
        return next((Most(**person(one, figure), value=one.score) for one in chosen[name]), None)

    def gap(name: str) -> Gap | None:
        if not chosen[name]:
            return None
        a, b = chosen[name]
        return Gap(a=Person(**person(a, Figure.STATS)), b=Person(**person(b, Figure.STATS)), gap=a.score - b.score)

    return Summary(
        most_achievements=most("most_achievements", Figure.ACHIEVEMENTS_COUNT),
        most_points=most("most_points", Figure.STATS),
        max_points_gap=gap("max_points_gap"),
        min_points_gap=gap("min_points_gap"),
        seven_day_streaks=[
            LongStreak(**person(one, Figure.AWARD_DAYS), longest=one.score) for one in chosen["seven_day_streaks"]
        ],
        seven_day_streaks_total=found["seven_day_streaks_total"],
        users=index["users"],
        as_of=index["as_of"],
    )


def definition_of(board: str, window: WindowName = WindowName.ALL_TIME) -> Definition | None:
    """Return the definition of an own metric's board, or None for a built-in board. Raises NotFound for an unknown
    board, and Invalid for a window that it does not have."""
    if board in set(Board):
        return None
    own = definitions.boards(in_force.recent().metrics)
    if board not in own:  # it may be new
        own = definitions.boards(in_force.recent(age=0).metrics)
    if board not in own:
        raise NotFound(f"There is no board {board}. There are: {', '.join([*Board, *own])}.")
    if window not in rules.windows(own[board]):
        raise Invalid.field("window", f"must be {WindowName.ALL_TIME}: {board} is not counted", "not_of_metric")
    return own[board]


def _current() -> Index | None:
    raw = storage.get(keys.boards_current())
    return json.loads(raw) if raw else None


def _of_current(read: Callable[[Index | None], Found]) -> Found:
    """Call `read` with the current version; repeat if that version is deleted meanwhile."""
    for _ in range(_ATTEMPTS):
        try:
            return read(_current())
        except Gone:
            continue
    raise Unavailable


def _layout(index: Index, board: str, window: WindowName) -> Layout:
    """Return the layout of a board's file; that of an empty file if the version is older than the board."""
    found = index["boards"].get(f"{board}-{window}")
    return Layout(**found) if found else files.EMPTY


def _part(version: str, name: str, start: int = 0, length: int | None = None) -> bytes:
    """Return a file of a version or a part of it. Raises Gone if the version was deleted."""
    raw = storage.get(keys.boards_file(version, name), start, length)
    if raw is None:
        raise Gone("These boards have been replaced since. Start again without a cursor.")
    return raw


def _places(index: Index, board: str, window: WindowName, first: int, last: int) -> list[Place]:
    """Return the places from position `first` to `last`."""
    if first > last:
        return []
    layout = _layout(index, board, window)
    return files.decode(_part(index["version"], f"{board}-{window}", *layout.records(first, last)), layout.width)


def _find(index: Index, board: str, user_id: str, query: RankQuery) -> tuple[int, int, list[Place]] | None:
    """Return the places of the user and the neighbours: position of the first, index of the user, and the places."""
    layout = _layout(index, board, query.window)
    if not layout.total:
        return None
    hashed = files.hash_of(user_id.encode(), index["version"].encode())
    bucket = _part(index["version"], f"{board}-{query.window}", *layout.bucket(hashed))
    for position in files.positions(bucket, hashed):
        first = max(position - query.neighbours, 1)
        places = _places(index, board, query.window, first, min(position + query.neighbours, layout.total))
        if places[position - first].user_id == user_id:
            return first, position - first, places
    return None


def _not_there(user_id: str, caller: Caller, figure: Figure, reason: str) -> NotFound:
    """Return the error for a user who is not on the board, with the reason if the caller may know it."""
    owner = people.read_visible(user_id, caller, figure)
    _require_listed(user_id, owner.profile, owner.standing.listing or people.default_listing(), caller, figure)
    return NotFound(reason or "The boards have not been computed yet.")


def _require_listed(user_id: str, profile: Item | None, listed: Listing, caller: Caller, figure: Figure) -> None:
    """Raise NotFound unless the caller may see the user's rank. `listed` is the listing in the board's files; if the
    user has changed it since, the more private of the two applies."""
    people.require_visible(user_id, profile, caller, figure)
    own = caller.sub == user_id or caller.is_admin
    chosen = {listed, people.listing(profile)}
    if Listing.HIDDEN in chosen and own:
        raise NotFound("Hidden users are on no board.")
    if chosen != {Listing.SHOWN} and not own:
        raise people.not_found()


def _shown(places: Iterable[Place | _Named]) -> list[str]:
    return [place.user_id for place in places if not place.anonymous]


def _entries(
    places: Sequence[Place],
    first: int,
    profiles: dict[str, Item | None],
    caller: Caller,
    figure: Figure,
    definition: Definition | None,
) -> list[Entry]:
    """Return the places, with the names of users whom boards show and of whom the caller may see the figure."""
    views, entries = people.views(profiles, caller), []
    for position, place in enumerate(places, start=first):
        is_named = not place.anonymous and views[place.user_id].shows(figure)
        card = people.card(profiles[place.user_id]) if is_named else None
        entries.append(
            Entry(
                rank=place.rank,
                position=position,
                user_id=place.user_id if card else None,
                display_name=card.display_name if card else None,
                avatar_url=card.avatar_url if card else None,
                score=rules.shown(place.score, definition),
                # The exact time would tell whose the row is.
                achieved_at=clock.from_epoch_ms(place.reached if card else rules.day_of(place.reached)),
            )
        )
    return entries
