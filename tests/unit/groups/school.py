"""Groups of random learners in a table that is a dict, and their boards and reports, worked out slowly."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from laurels import keys
from laurels.groups.models import BoardMode, Role
from laurels.keys import Key
from laurels.standings.codec import encode
from laurels.standings.models import Counter, Listing
from laurels.writes import Item
from tests.unit.leaderboards.population import Person, population

NOW = datetime(2026, 11, 19, 11, 30, 0, tzinfo=UTC)
GROUP, TEACHER = "0" * 32, "the-teacher"


@dataclass
class Pupil:
    """A learner of a group. One who never came has neither a profile nor a standing; of an erased one a hidden standing
    and a tombstone are left until the erasure has deleted the rest."""

    person: Person
    name: str = ""
    inactive: bool = False
    erased: bool = False
    never_came: bool = False
    without_profile: bool = False
    goals: list[Item] = field(default_factory=list)

    @property
    def user_id(self) -> str:
        return self.person.user_id

    @property
    def today(self) -> date:
        zone = "UTC" if self.never_came else self.person.zone
        return NOW.astimezone(ZoneInfo(zone)).date()


@dataclass
class Room:
    """A group, and a table with everything that is stored about it."""

    mode: BoardMode
    pupils: list[Pupil]
    items: dict[Key, Item] = field(default_factory=dict)
    requests: int = 0

    def query_all(self, prefix: Key, *, consistent: bool = False) -> Iterator[Item]:
        self.requests += 1
        found = (key for key in self.items if key.PK == prefix.PK and key.SK.startswith(prefix.SK))
        return iter([self.items[key] for key in sorted(found, key=lambda key: key.SK)])

    def get_many(self, wanted: Sequence[Key], *, consistent: bool = False) -> list[Item | None]:
        assert len(set(wanted)) == len(wanted)
        self.requests += -(-len(wanted) // 100)
        return [self.items.get(key) for key in wanted]

    def put(self, key: Key, **about: Any) -> None:
        self.items[key] = {**key._asdict(), **about}


def room(seed: int, size: int | None = None, tombstone: Any = keys.tombstone) -> Room:
    """Return a random group, with a teacher who has points, too."""
    draw = random.Random(seed)
    pupils = [_pupil(draw, person) for person in population(seed, NOW, size)]
    made = Room(draw.choice([BoardMode.SHOWN, BoardMode.SHOWN, BoardMode.ANONYMOUS, BoardMode.OFF]), pupils)
    about = {"group_id": GROUP, "board": made.mode.value, "rev": 1, "members_count": len(pupils) + 1}
    made.put(keys.group(GROUP), **about)
    for pupil in pupils:
        _store(made, pupil, tombstone)
    made.put(keys.group_member(GROUP, TEACHER), user_id=TEACHER, role=Role.TEACHER.value, joined_at="x")
    (teacher,) = population(seed + 10_000, NOW, 1)
    teacher.user_id = TEACHER
    made.items[keys.standing(TEACHER)] = encode(teacher.standing(NOW))
    return made


def _pupil(draw: random.Random, person: Person) -> Pupil:
    found = Pupil(person, name=draw.choice(["Anna", "anna", "Ökonom", "Борис", "=1+1"]), inactive=draw.random() < 0.1)
    found.erased = draw.random() < 0.1
    found.never_came = not found.erased and draw.random() < 0.1
    found.without_profile = draw.random() < 0.1
    if found.never_came:
        person.events, person.listing = [], Listing.SHOWN
    if found.erased or found.without_profile:
        person.listing = Listing.HIDDEN if found.erased else Listing.SHOWN
    for number in range(draw.randrange(4)):
        due = draw.choice([None, *(found.today + timedelta(days=days) for days in (-40, -1, 0, 1))])
        status = draw.choice(["in-progress", "in-progress", "completed", "abandoned"])
        found.goals.append(
            keys.goal(person.user_id, str(number))._asdict()
            | {"status": status}
            | ({"due_date": due.isoformat()} if due else {})
        )
    return found


def _store(made: Room, pupil: Pupil, tombstone: Any) -> None:
    user_id = pupil.user_id
    made.put(keys.group_member(GROUP, user_id), user_id=user_id, role=Role.LEARNER.value, joined_at="x")
    for number, goal in enumerate(pupil.goals):
        made.items[keys.goal(user_id, str(number))] = goal
    if pupil.never_came:
        return
    made.items[keys.standing(user_id)] = encode(pupil.person.standing(NOW))
    if pupil.erased:
        made.put(tombstone(user_id), erased_at="x")
    elif not pupil.without_profile:
        preferences = {"leaderboards": pupil.person.listing.value, "visibility": {"profile": "private"}}
        about = {"user_id": user_id, "display_name": pupil.name, "is_active": not pupil.inactive}
        made.put(keys.profile(user_id), **about, preferences=preferences)


def name_of(pupil: Pupil) -> str:
    return "Learner" if pupil.never_came or pupil.without_profile else pupil.name


def is_named(pupil: Pupil) -> bool:
    is_inactive = pupil.inactive and not (pupil.never_came or pupil.without_profile)
    return pupil.person.listing is Listing.SHOWN and not is_inactive


def line(pupil: Pupil) -> dict[str, Any]:
    """A row of the report, from the history of what the learner did."""
    days, today = pupil.person.dates() if pupil.person.events else set(), pupil.today
    last = max(days, default=None)
    run, day = 0, today if today in days else today - timedelta(days=1)
    while day in days:
        run, day = run + 1, day - timedelta(days=1)

    def scores(is_inside: Any) -> dict[str, Any]:
        inside = [event for event in pupil.person.events if is_inside(event.at.date())]
        counted = {
            name: sum(event.amount for event in inside if event.what is counter)
            for name, counter in (
                ("homeworks", Counter.HOMEWORKS_COMPLETED),
                ("tests", Counter.TESTS_PASSED),
                ("courses", Counter.COMPLETED_COURSES),
            )
        }
        awards = [event.amount for event in inside if event.what is None]
        return {"points": sum(awards), "achievements": len(awards), **counted, "metrics": {}}

    is_open = [goal.get("due_date") for goal in pupil.goals if goal["status"] == "in-progress"]
    return {
        "user_id": pupil.user_id,
        "display_name": name_of(pupil),
        "last_active_on": last,
        "days_since": None if last is None else (today - last).days,
        "streak": run,
        "at_risk": bool(run) and today not in days,
        "points": pupil.person.points(),
        "achievements": len(pupil.person.awards()),
        "week": scores(lambda day: day.isocalendar()[:2] == NOW.isocalendar()[:2]),
        "month": scores(lambda day: (day.year, day.month) == (NOW.year, NOW.month)),
        "metrics": {},
        "open_goals": len(is_open),
        "overdue_goals": sum(due is not None and date.fromisoformat(due) < today for due in is_open),
    }
