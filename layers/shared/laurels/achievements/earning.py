"""Earning: awards and the points that they bring, in one transaction with whatever brought them.

Stat updates, direct awards and backfills all come through here. Whoever changes a standing begins with `begin`, lets
`follow` earn what each step has brought the standing to meet, and ends with `write`, all in `attempts.retrying`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from laurels import clock, keys, table
from laurels.achievements import criteria
from laurels.achievements.criteria import Criterion, Reached
from laurels.goals import targets
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.writes import ABSENT, Item, Put, Update, Write

VERSION = 1
TRANSACTION = 100  # changes at most
FIRST_PART = 95  # awards, where there are more than fit


@dataclass(slots=True)
class Gains:
    """What one change of a standing brings. The standing changes on the way; `awards` are in the order of earning, each
    with what has caused it (see `follow`)."""

    standing: Standing
    criteria: Sequence[Criterion]
    now: int  # epoch ms
    began_with: tuple[int, int]  # points and achievements
    awards: list[tuple[Item, str]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)  # codes that are earned already, be it just now


def begin(standing: Standing, stored_criteria: Item | None, now: int) -> Gains:
    return Gains(standing, criteria.read(stored_criteria), now, (standing.points, standing.achievements))


def reached(gains: Gains) -> Reached:
    """Where the standing is now, to compare with later."""
    return criteria.reached(gains.standing)


def new_award(user_id: str, code: str, at: int, now: int, **about: object) -> Item:
    """The item of an award; times in epoch ms. `about` holds its points, and its texts if it is not of the catalogue.

    Where another's clock is ahead, it is dated now: revoking it must find the week for which it has counted.
    """
    stamps = {"v": VERSION, "award_id": uuid.uuid4().hex, "code": code, "awarded_at": _iso(min(at, now))}
    return keys.award(user_id, code)._asdict() | stamps | about


def earn(gains: Gains, award: Item, cause: str) -> None:
    """Adds an award that the user does not have yet."""
    gains.settled.add(award["code"])
    gains.awards.append((award, cause))
    standings_rules.earn(gains.standing, award["points"], _at(award), gains.now)


def follow(gains: Gains, before: Reached, at: int, cause: str) -> None:
    """Earns what the standing has come to meet since `before`, through what happened at `at` (epoch ms), and what
    follows from that in turn. `cause` is the id of what happened, an event or an award.

    Awards that a first part of ours has left `unfinished` (see `write`) have their points in `before` already: to their
    own cause they say what there was without them, so that what followed from them the first time follows again.
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
                before = _resumed(gains, award, before, cause)


def is_unfinished(award: Item) -> bool:
    """True if what follows from an award that nothing else has caused has not all been written yet (see `write`)."""
    return _is_first_part(award, award["award_id"])


def _is_first_part(award: Item, cause: str) -> bool:
    return bool(award.get("unfinished", [""])[0] == cause)


def _resumed(gains: Gains, award: Item, before: Reached, cause: str) -> Reached:
    """`before`, as it was before the first part of this cause that the award may be of."""
    if not _is_first_part(award, cause):
        return before
    _, points, achievements = award["unfinished"]
    gains.began_with = min(gains.began_with[0], points), min(gains.began_with[1], achievements)
    return criteria.no_more_than(before, points, achievements)


def write(gains: Gains, stored: Item | None, *changes: Write) -> bool:
    """Writes the standing with all that it has gained, and `changes`, in one transaction.

    False if there are more awards than a transaction holds. Then a first part of them is written, each `unfinished`
    with its cause and the points and achievements that there were, and a standing that knows these and nothing else
    (`stored` is what was read): the cause has not counted yet and comes again, now or after a crash, and earns what is
    left. To everything else such an award is like any other.
    """
    goals = targets.reached(gains.standing.user_id, gains.standing, clock.from_epoch_ms(gains.now))
    others = [*changes, *goals]
    if len(gains.awards) + len(others) + 1 <= TRANSACTION:
        awards = [Put(award, when=ABSENT) for award, _ in gains.awards]
        table.write(*awards, *others, standings.put(gains.standing))
        return True
    standing = standings.of(gains.standing.user_id, stored)
    first = gains.awards[:FIRST_PART]
    for award, _ in first:
        standings_rules.earn(standing, award["points"], _at(award), gains.now)
    marked = [award | {"unfinished": [cause, *gains.began_with]} for award, cause in first]
    table.write(*(Put(award, when=ABSENT) for award in marked), standings.put(standing))
    return False


def give(award: Item, found: Item | None, stored: Item | None, stored_criteria: Item | None, now: int) -> bool:
    """Gives one award and all that follows from it. `found` is None, or the award itself if it is unfinished; `stored`
    is the standing as it was read. False as for `write`."""
    user_id, code, cause = keys.user_of(award["PK"]), award["code"], award["award_id"]
    gains = begin(standings.of(user_id, stored), stored_criteria, now)
    before = reached(gains)
    if found is None:
        earn(gains, award, cause)
        follow(gains, before, _at(award), cause)
        return write(gains, stored)
    gains.settled.add(code)
    follow(gains, _resumed(gains, found, before, cause), _at(found), cause)
    finished = Update(keys.award(user_id, code), remove=["unfinished"], when={"award_id": cause})
    return write(gains, stored, finished)


def _at(award: Item) -> int:
    return clock.epoch_ms(clock.moment(award["awarded_at"]))


def _iso(at: int) -> str:
    return clock.iso(clock.from_epoch_ms(at))
