"""A standing computed anew from what the table still holds of its user: awards, goals and the profile. No I/O.

Points, achievements and award days follow from the awards, check-ins from the goals, the time zone and the listing from
the profile. Counters, grades, own metrics, freezes and the fingerprints of events are in the standing alone, so they
come from an older image of it, if there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from laurels import clock, days
from laurels.goals import rules as goals_rules
from laurels.people import rules as people_rules
from laurels.standings import freezes, zones
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode, encode, unpack_days
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
_AWARDED = (Board.POINTS, Board.ACHIEVEMENTS)


class Held(NamedTuple):
    """What the table holds of a user besides the standing."""

    profile: Item | None
    awards: Sequence[Item]
    goals: Sequence[Item]


@dataclass(slots=True)
class Rebuilt:
    """A standing, where its base comes from ("table", "stream", "copy" or "nothing"), and what cannot be known.

    `revision` of the standing is the highest one known. `changed` is false if the table holds the same already.
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


def rebuild(user_id: str, stored: Standing | None, images: Mapping[str, Standing], held: Held, now: int) -> Rebuilt:
    """Return the standing of a user. `stored` is the one in the table, `images` older ones by where they were found;
    `now` is epoch milliseconds.

    The base is the stored standing. An image with a higher revision shows that the stored one was lost and begun anew:
    then the image is the base, and what was counted since is added.
    """
    source, image = max(images.items(), key=lambda found: found[1].revision, default=("nothing", None))
    if stored:
        freezes.settle(stored, now)  # whenever that happens, it changes no answer
    before = _comparable(stored)
    unknown: list[str] = []
    if stored and (image is None or image.revision <= stored.revision):
        base, source = stored, "table"
    elif image:
        base = image
        if source == "copy":
            unknown.append(f"what was counted after {clock.iso_of(image.updated_at)}")
        if stored:
            _add(base, stored, now)
            unknown += ["gains of today in own metrics, for their daily caps"] if stored.own else []
    else:
        base = Standing(user_id, timezone=people_rules.timezone(held.profile))
        unknown += LOST
    _follow_profile(base, held.profile, now)
    _follow_awards(base, held, now)
    base.open_targets = sum(goals_rules.is_open(goal) for goal in held.goals)
    return Rebuilt(base, source, unknown, _comparable(base) != before)


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


def _add(standing: Standing, later: Standing, now: int) -> None:
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
        _add_own(standing.own.setdefault(name, OwnNumber(own.is_counter)), own)


def _add_scores(scores: dict[Board, Score], later: Mapping[Board, Score]) -> None:
    for board in BOARD_OF.values():
        score = min(scores[board].score + later[board].score, standings_rules.MAX_COUNT)
        scores[board] = Score(score, max(scores[board].reached, later[board].reached))


def _add_own(own: OwnNumber, later: OwnNumber) -> None:
    """Add a counter; take a value that was said later."""
    if own.is_counter:
        own.number, own.week, own.month = own.number + later.number, own.week + later.week, own.month + later.month
    elif later.reached >= own.reached:
        own.number = later.number
    own.reached = max(own.reached, later.reached)
