"""Earning: awards and the points that they bring, in one transaction with whatever caused them.

Stat updates, direct awards and backfills all come through here: `begin` with the standing as it was read, change it,
`earn_newly_met` after each step, and `write`, all inside `retries.retrying`. Times are epoch milliseconds.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from laurels import clock, keys, table
from laurels.achievements import criteria
from laurels.achievements.criteria import Criterion, Reached
from laurels.goals import targets
from laurels.retries import Again
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.writes import ABSENT, Item, Put, Update, Write

VERSION = 1
TRANSACTION = 100  # changes at most
FIRST_PART = 95  # awards, where there are more than fit


class DatedAward(NamedTuple):
    """The item of an award, and its `awarded_at` as epoch milliseconds."""

    item: Item
    at: int


@dataclass(slots=True)
class Gains:
    """What one change of a standing earns. The standing changes on the way; `awards` are in the order of earning, each
    with the id of its cause (see `earn_newly_met`)."""

    standing: Standing
    criteria: Sequence[Criterion]
    now: int
    began_with: tuple[int, int]  # points and achievements
    awards: list[tuple[DatedAward, str]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)  # codes that are known to be earned, before or by this change


def begin(standing: Standing, criteria_in_force: Sequence[Criterion], now: int) -> Gains:
    """Return the gains of a standing that has earned nothing yet."""
    return Gains(standing, criteria_in_force, now, (standing.points, standing.achievements))


def reached(gains: Gains) -> Reached:
    """Return the standing's metrics now, to compare with later ones."""
    return criteria.reached(gains.standing)


def new_award(user_id: str, code: str, at: int, now: int, **about: object) -> DatedAward:
    """Return a new award, not yet earned. `about` holds its points, and its texts if it is not of the catalogue.

    An award is not dated after `now`, even if another machine's clock is ahead: revoking it must find the week in which
    it has counted.
    """
    at = min(at, now)
    stamps = {"v": VERSION, "award_id": uuid.uuid4().hex, "code": code, "awarded_at": clock.iso_of(at)}
    return DatedAward(keys.award(user_id, code)._asdict() | stamps | about, at)


def stored_award(item: Item) -> DatedAward:
    """Return an award that was read from the table."""
    return DatedAward(item, clock.ms_of(item["awarded_at"]))


def earn(gains: Gains, award: DatedAward, cause: str) -> None:
    """Add an award that the user does not have yet to the gains, and its points to the standing. `cause` is the id of
    the event or award that led to it; for a direct award, its own id."""
    gains.settled.add(award.item["code"])
    gains.awards.append((award, cause))
    standings_rules.earn(gains.standing, award.item["points"], award.at, gains.now)


def earn_newly_met(gains: Gains, before: Reached, at: int, cause: str) -> None:
    """Earn every award whose criteria the standing meets now and did not meet `before`, then those to which the points
    of these awards lead, and so on. `at` is when the cause happened, `cause` the id of an event or an award.

    A first part of the same cause may have been written before (see `write`). Its awards have their points in `before`
    already, so `before` is lowered to the values without them: awards that follow from them are found again.
    """
    user_id = gains.standing.user_id
    while gains.criteria:
        crossed = criteria.newly_met(gains.criteria, before, criteria.reached(gains.standing))
        crossed = [each for each in crossed if each.code not in gains.settled]
        if not crossed:
            return
        found = table.get_many([keys.award(user_id, each.code) for each in crossed], consistent=True)
        for criterion, award in zip(crossed, found, strict=True):
            gains.settled.add(criterion.code)
            if award is None:
                when = max([at, *filter(None, criteria.times(criterion, gains.standing))])
                earn(gains, new_award(user_id, criterion.code, when, gains.now, points=criterion.points), cause)
            else:
                before = _before_first_part(gains, award, before, cause)


def is_unfinished(award: Item) -> bool:
    """True if a direct award leads to others that have not all been written yet (see `write`)."""
    return _is_first_part(award, award["award_id"])


def _is_first_part(award: Item, cause: str) -> bool:
    return bool(award.get("unfinished", [""])[0] == cause)


def _before_first_part(gains: Gains, award: Item, before: Reached, cause: str) -> Reached:
    """Return `before`, lowered to the values before the first part of this cause if the award belongs to that part."""
    if not _is_first_part(award, cause):
        return before
    _, points, achievements = award["unfinished"]
    gains.began_with = min(gains.began_with[0], points), min(gains.began_with[1], achievements)
    return criteria.no_more_than(before, points, achievements)


def write(gains: Gains, stored: Item | None, *changes: Write) -> None:
    """Write the standing, all that it has gained, and `changes`, in one transaction. `stored` is the standing's item as
    it was read.

    If there are more awards than a transaction holds, write a first part and raise `Again`. The standing of a first
    part holds the points of its awards and nothing else, so the cause has not counted: repeating it, now or after a
    crash, earns the rest. Each award of a first part is marked `unfinished`, with its cause and the points and
    achievements before it; readers treat it like any other award.
    """
    goals = targets.reached(gains.standing.user_id, gains.standing, gains.now)
    others = [*changes, *goals]
    if len(gains.awards) + len(others) + 1 <= TRANSACTION:
        awards = [Put(award.item, when=ABSENT) for award, _ in gains.awards]
        table.write(*awards, *others, standings.put(gains.standing))
        return
    standing = standings.of(gains.standing.user_id, stored)
    first = gains.awards[:FIRST_PART]
    for award, _ in first:
        standings_rules.earn(standing, award.item["points"], award.at, gains.now)
    marked = [award.item | {"unfinished": [cause, *gains.began_with]} for award, cause in first]
    table.write(*(Put(item, when=ABSENT) for item in marked), standings.put(standing))
    raise Again


def give(award: DatedAward, stored: Item | None, criteria_in_force: Sequence[Criterion], now: int) -> None:
    """Write a new award, or an unfinished stored one, and all awards that follow from it. `stored` is the standing's
    item as it was read. Raises `Again` as `write` does."""
    user_id, cause = keys.user_of(award.item["PK"]), award.item["award_id"]
    gains = begin(standings.of(user_id, stored), criteria_in_force, now)
    before = reached(gains)
    if not is_unfinished(award.item):
        earn(gains, award, cause)
        earn_newly_met(gains, before, award.at, cause)
        write(gains, stored)
        return
    gains.settled.add(award.item["code"])
    earn_newly_met(gains, _before_first_part(gains, award.item, before, cause), award.at, cause)
    finished = Update(keys.award(user_id, award.item["code"]), remove=["unfinished"], when={"award_id": cause})
    write(gains, stored, finished)
