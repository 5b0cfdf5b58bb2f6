"""A group's leaderboard, computed when it is read: from the standings of now, by the rules of the platform's boards.

Learners are ranked, teachers are not. Everybody sees the same board, so that it can be shown to the class.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from laurels import clock, keys, table
from laurels.callers import Caller
from laurels.errors import Invalid, NotFound
from laurels.groups import rules, service
from laurels.groups.models import BoardMode, GroupBoard, GroupBoardQuery, GroupEntry, OwnPlace
from laurels.groups.rules import Act
from laurels.leaderboards import rules as leaderboards_rules
from laurels.leaderboards import service as leaderboards
from laurels.leaderboards.models import WindowName
from laurels.paging import PageQuery
from laurels.people import service as people
from laurels.standings import contests
from laurels.standings.definitions import Definition
from laurels.standings.models import Listing
from laurels.writes import Item

_SIDE = 5  # places on each side of the caller's own
_REQUEST = 100  # items that one request reads


class GroupPlace(NamedTuple):
    """One place of a board. `reached` is epoch milliseconds."""

    rank: int
    position: int
    user_id: str
    score: int
    reached: int
    listing: Listing


def leaderboard(group_id: str, query: GroupBoardQuery, page: PageQuery, caller: Caller) -> GroupBoard:
    """Return a page of the group's board, or the places around the caller's own. Raises NotFound, also to learners
    while the board is off; Forbidden; Invalid for an unknown board.

    One Query reads the group with all members, one request per 100 learners their standings, one the profiles of those
    on the page, and one the tombstones of those without a profile: 8 at most, and 3 for up to 50 learners, whose
    profiles come along with the standings.
    """
    group, own, members = service.read_whole(group_id, caller)
    mode = BoardMode(rules.require(Act.SEE_BOARD, caller, group, own)["board"])
    if mode is BoardMode.OFF and not rules.may(Act.SEE_BOARD_THAT_IS_OFF, caller, own):
        raise rules.not_found()
    definition, now = _definition_of(query), clock.now_ms()
    learners = [each["user_id"] for each in members if rules.is_learner(each)]
    stored, profiles = _read(learners)
    places = ranked(stored, query.board, query.window, now, people.default_listing())
    at = next((place.position - 1 for place in places if place.user_id == caller.sub), None)
    if query.around is None:
        start = int(page.cursor or 0)
        chosen = places[start : start + page.limit]
        following = start + len(chosen) if start + len(chosen) < len(places) else None
    else:
        chosen, following = ([] if at is None else places[max(at - _SIDE, 0) : at + _SIDE + 1]), None
    own_place = None if at is None else places[at]
    return GroupBoard(
        items=list(_entries(chosen, profiles, mode, caller, definition)),
        next_cursor=None if following is None else str(following),
        group_id=group_id,
        board=query.board,
        window=query.window,
        total=len(places),
        me=_own_place(own_place, definition) if own_place else None,
        as_of=clock.from_epoch_ms(now),
        next_reset=leaderboards_rules.next_reset(query.window, now),
    )


def ranked(
    stored: Mapping[str, Item | None], board: str, window: WindowName, now: int, default: Listing
) -> list[GroupPlace]:
    """Return the places of a board, best first. `stored` are the standings' items by user; hidden users and users
    without a score are left out. `default` is the listing of users who never chose one."""
    today, found = leaderboards_rules.Today.of(now), []
    for user_id, item in stored.items():
        if item is None:
            continue
        contest = contests.of(item)
        listing = contest.listing or default
        entry = leaderboards_rules.score_on(contest, board, window, today)
        if entry and listing is not Listing.HIDDEN:
            score, reached = entry
            found.append((-score, reached, user_id, listing))
    found.sort()
    ranks = leaderboards_rules.ranks([-score for score, *_ in found])
    return [
        GroupPlace(rank, position, user_id, -score, reached, listing)
        for position, (rank, (score, reached, user_id, listing)) in enumerate(zip(ranks, found, strict=True), start=1)
    ]


def _definition_of(query: GroupBoardQuery) -> Definition | None:
    """Return the definition of an own metric's board, None for a built-in board. Raises Invalid for an unknown board,
    and for a window that it does not have."""
    try:
        return leaderboards.definition_of(query.board, query.window)
    except NotFound as error:
        raise Invalid.field("board", error.detail, "unknown_board") from None


def _own_place(place: GroupPlace, definition: Definition | None) -> OwnPlace:
    score = leaderboards_rules.shown(place.score, definition)
    return OwnPlace(rank=place.rank, position=place.position, score=score)


def _read(learners: Sequence[str]) -> tuple[dict[str, Item | None], dict[str, Item | None]]:
    """Read standings, and in the same request profiles if all fit into one. Both by user id."""
    with_profiles = learners if 2 * len(learners) <= _REQUEST else ()
    wanted = [*map(keys.standing, learners), *map(keys.profile, with_profiles)]
    found = table.get_many(wanted)
    return (
        dict(zip(learners, found, strict=False)),
        dict(zip(with_profiles, found[len(learners) :], strict=True)),
    )


def _entries(
    places: Sequence[GroupPlace],
    known: Mapping[str, Item | None],
    mode: BoardMode,
    caller: Caller,
    definition: Definition | None,
) -> Iterator[GroupEntry]:
    """Yield the places, with the names of those who are named. `known` are profiles that were read."""
    wanted = [place.user_id for place in places if mode is BoardMode.SHOWN and place.listing is Listing.SHOWN]
    profiles = people.read_many(wanted, known)
    for place in places:
        user_id, profile = place.user_id, profiles.get(place.user_id)
        # The profile may be newer than the standing that was read: the more private of the two applies.
        is_named = user_id in profiles and rules.is_named(profile, people.listing(profile))
        card = people.card(profile) if is_named else None
        yield GroupEntry(
            rank=place.rank,
            position=place.position,
            user_id=user_id if card else None,
            display_name=card.display_name if card else None,
            avatar_url=card.avatar_url if card else None,
            score=leaderboards_rules.shown(place.score, definition),
            # The exact time would tell whose the row is.
            achieved_at=clock.from_epoch_ms(place.reached if card else leaderboards_rules.day_of(place.reached)),
            is_me=user_id == caller.sub,
        )
