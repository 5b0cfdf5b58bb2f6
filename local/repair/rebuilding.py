"""A standing computed anew from what the table still holds of its user: awards, goals and the profile. No I/O.

Points, achievements and award days follow from the awards, check-ins from the goals, the time zone and the listing from
the profile. Counters, grades, own metrics, freezes and the fingerprints of events are in the standing alone, so they
come from an older image of it, if there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from laurels import clock, days
from laurels.goals import rules as goals_rules
from laurels.people import rules as people_rules
from laurels.standings import freezes, zones
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode, encode, unpack_days
from laurels.standings.definitions import Definitions, MetricKind
from laurels.standings.models import BOARD_OF, EVENTS_KEPT, Board, OwnNumber, Score, Standing, Window

Item = Mapping[str, Any]

# What is lost with a standing of which there is no older image.
LOST = (
    "counters and their scores",
    "average grade",
    "own metrics",
    "freezes",
    "days on which nothing but a counter grew",
    "fingerprints of the last events: an event that a service repeats counts again",
    "an earlier time zone",
)
# A repair raises the revision by so much. So a standing that has it holds the older image, and a repetition does not
# add what was counted since a second time.
REPAIRED = 1 << 20
_AWARDED = (Board.POINTS, Board.ACHIEVEMENTS)


class Held(NamedTuple):
    """What the table holds of a user besides the standing, and the definitions of own metrics."""

    profile: Item | None
    awards: Sequence[Item]
    goals: Sequence[Item]
    metrics: Definitions = MappingProxyType({})


class Image(NamedTuple):
    """An older image of a standing. `is_lost`: the stream knows that the standing was deleted, or begun anew, after
    it."""

    standing: Standing
    is_lost: bool = False


@dataclass(slots=True)
class Rebuilt:
    """A standing, where its base comes from ("table", "stream", "copy" or "nothing"), and what cannot be known.

    `revision` of the standing is the highest one known, and REPAIRED more if an image is the base. `changed` is false
    if the table holds the same already.
    """

    standing: Standing
    base: str
    unknown: list[str]
    changed: bool


def read(item: Item | None) -> Standing | None:
    """Return the standing in an item; None if there is none or it is damaged, in whatever way."""
    try:
        return decode(dict(item)) if item else None
    except Exception:
        return None


def rebuild(user_id: str, stored: Standing | None, images: Mapping[str, Image], held: Held, now: int) -> Rebuilt:
    """Return the standing of a user. `stored` is the one in the table, `images` older ones by where they were found;
    `now` is epoch milliseconds.

    The base is the stored standing. If it was begun anew after an image, the image is the base, and what was counted
    since is added.
    """
    newest = max(images.items(), key=lambda found: found[1].standing.revision, default=None)
    source, image = ("nothing", None) if newest is None else (newest[0], newest[1].standing)
    if stored:
        freezes.settle(stored, now)  # whenever that happens, it changes no answer
    before = _comparable(stored)
    unknown: list[str] = []
    if stored and (newest is None or not _was_begun_anew(stored, newest[1])):
        base, source = stored, "table"
    elif image:
        base = image
        base.revision = max(image.revision, stored.revision if stored else 0) + REPAIRED
        if source == "copy":
            unknown.append(f"what was counted after {clock.iso_of(image.updated_at)}")
        if stored:
            _add(base, stored, held.metrics, now)
            unknown += ["gains of today in own metrics, for their daily caps"] if stored.own else []
    else:
        base = Standing(user_id, timezone=people_rules.timezone(held.profile))
        unknown += LOST
    _follow_profile(base, held.profile, now)
    _follow_awards(base, held, now)
    base.open_targets = sum(goals_rules.is_open(goal) for goal in held.goals)
    return Rebuilt(base, source, unknown, _comparable(base) != before)


def _was_begun_anew(stored: Standing, image: Image) -> bool:
    """True if the stored standing does not continue the image.

    A later one may have reached a higher revision meanwhile. Then the stream tells, or what was counted: it has no
    event of the image, and less than the image of all that the image has counted.
    """
    before = image.standing
    if stored.revision >= before.revision + REPAIRED:
        return False
    counted = [counter for counter, count in before.counters.items() if count]
    forgets = all(stored.counters[each] < before.counters[each] for each in counted) and bool(counted)
    return image.is_lost or before.revision > stored.revision or (forgets and not {*before.events} & {*stored.events})


def _comparable(standing: Standing | None) -> Item | None:
    """Return what is stored of a standing, without its revision and the time of its last write."""
    return encode(replace(standing, revision=0, updated_at=0)) if standing else None


def _follow_profile(standing: Standing, profile: Item | None, now: int) -> None:
    if profile is None:
        return
    standing.listing = people_rules.listing(profile)
    zones.move(standing, people_rules.timezone(profile), now)


def _follow_awards(standing: Standing, held: Held, now: int) -> None:
    """Set points, achievements and their windows to those of the awards, and mark the days of awards and check-ins."""
    earned = sorted((clock.ms_of(award["awarded_at"]), award["points"]) for award in held.awards)
    fresh = Standing(
        standing.user_id,
        timezone=standing.timezone,
        previous_timezone=standing.previous_timezone,
        moved_at=standing.moved_at,
    )
    for at, points in earned:
        standings_rules.earn(fresh, points, at, now)
    if earned:
        standings_rules.begin_windows(standing, clock.utc_date(min(earned[-1][0], now)))
    _replace_scores(standing.scores, fresh.scores)
    for window, found in ((standing.week, fresh.week), (standing.month, fresh.month)):
        _replace_scores(window.scores, (found if found.number == window.number else Window()).scores)
    active = [(standings_rules.local_day(standing, at), at, True) for at, _ in earned]
    checked = {day for goal in held.goals if "days" in goal for day in days.dates(unpack_days(goal["days"]))}
    # When they were checked in is not known, so they keep no earlier day open.
    active += [(day, 0, False) for day in checked]
    for day, at, award in sorted(active):
        freezes.be_active(standing, day, min(at, now), now, award=award)


def _replace_scores(scores: dict[Board, Score], found: Mapping[Board, Score]) -> None:
    """Set the scores that follow from awards. A revoked award may have been the last, so no time becomes earlier."""
    for board in _AWARDED:
        scores[board] = Score(found[board].score, max(scores[board].reached, found[board].reached))


def _add(standing: Standing, later: Standing, metrics: Definitions, now: int) -> None:
    """Add what was counted in a standing that was begun anew."""
    for counter, count in later.counters.items():
        standing.counters[counter] = min(standing.counters[counter] + count, standings_rules.MAX_COUNT)
    if later.average_grade is not None:
        standings_rules.grade(standing, later.average_grade, later.graded_at)
    _add_scores(standing.scores, later.scores)
    for name in ("week", "month"):
        window, since = getattr(standing, name), getattr(later, name)
        if since.number > window.number:
            setattr(standing, name, since)
        elif since.number == window.number:
            _add_scores(window.scores, since.scores)
    known = set(standing.events)
    standing.events = [*standing.events, *(each for each in later.events if each not in known)][-EVENTS_KEPT:]
    for day in days.dates(later.activity_days):
        freezes.be_active(standing, day, 0, now)
    for name, own in later.own.items():
        is_best = name in metrics and metrics[name].kind is MetricKind.BEST
        _add_own(standing.own.setdefault(name, OwnNumber(own.is_counter)), own, is_best=is_best)


def _add_scores(scores: dict[Board, Score], later: Mapping[Board, Score]) -> None:
    for board in BOARD_OF.values():
        score = min(scores[board].score + later[board].score, standings_rules.MAX_COUNT)
        scores[board] = Score(score, max(scores[board].reached, later[board].reached))


def _add_own(own: OwnNumber, later: OwnNumber, *, is_best: bool) -> None:
    """Add a counter; take the larger of what was said at best, or the value that was said later."""
    if own.is_counter:
        own.number, own.week, own.month = own.number + later.number, own.week + later.week, own.month + later.month
    elif is_best:
        if later.number <= own.number:
            return
        own.number = later.number
    elif later.reached >= own.reached:
        own.number = later.number
    own.reached = max(own.reached, later.reached)
