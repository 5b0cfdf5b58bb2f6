"""Who may see which figure: the tests' own table, and the rule by which it is read. It shares nothing with laurels."""

from dataclasses import dataclass
from itertools import product

PARTS = ("profile", "achievements", "badges", "goals", "stats")
DEFAULT_LEVEL, DEFAULT_LISTING = "users", "shown"

# Each figure, with the part that hides it besides the profile; "" for none, "owner" for what no choice can open.
FIGURES = {
    "name": "",
    "about": "",
    "phone number": "owner",
    "last visit": "owner",
    "points": "stats",
    "tests passed": "stats",
    "average grade": "stats",
    "minutes read": "stats",
    "minutes of the week": "stats",
    "percent of minutes": "stats",
    "homeworks of the week": "stats",
    "achievements count": "achievements",
    "achievements of the month": "achievements",
    "awards": "achievements",
    "award streak": "achievements",
    "award days": "achievements",
    "activity streak": "stats",
    "active days": "stats",
    "badges": "badges",
    "goals": "goals",
    "percent of tests": "stats",
    "percent of achievements": "achievements",
    "time zone": "owner",
    "date there": "owner",
    "end of the streak": "owner",
    "risk of the streak": "owner",
    "check-in of today": "owner",
    "rank by points": "stats",
    "rank by homeworks": "stats",
    "rank by tests": "stats",
    "rank by courses": "stats",
    "rank by streak": "stats",
    "rank by minutes_read": "stats",
    "rank by achievements": "achievements",
    "preferences": "owner",
}

ANONYMOUS, STRANGER, OWNER, ADMIN = "anonymous", "a stranger", "the owner", "an admin"
TEACHER = "a teacher"  # of a group, and a stranger everywhere else
SERVICE, READER, WRITER = "a service", "a service that reads users", "a service that writes users"
CALLERS = (ANONYMOUS, STRANGER, SERVICE, READER, WRITER, OWNER, ADMIN)


@dataclass(frozen=True)
class Learner:
    """A learner's choices; None for one that was never made. `number` makes the figures different."""

    number: int
    levels: tuple[str | None, ...]  # of PARTS
    listing: str | None
    active: bool = True

    @property
    def user_id(self) -> str:
        return f"learner-{self.number:02d}"

    def sees(self, caller: str, *parts: str) -> bool:
        """True if the caller may see what all of these parts hide."""
        if caller in (OWNER, ADMIN):
            return True
        chosen = dict(zip(PARTS, self.levels, strict=True))
        levels = {chosen[part] or DEFAULT_LEVEL for part in ("profile", *filter(None, parts)) if part != "owner"}
        allowed = {"public"} if caller == ANONYMOUS else {"public", "users"}
        return self.active and "owner" not in parts and levels <= allowed

    def is_named(self, caller: str, part: str) -> bool:
        """True if boards show the caller the name, where a part hides the score."""
        return (self.listing or DEFAULT_LISTING) == "shown" and self.sees(caller, part)

    @property
    def is_named_in_groups(self) -> bool:
        """True if fellow members of a group see the name, whatever the visibility of the parts."""
        return self.active and (self.listing or DEFAULT_LISTING) == "shown"

    def is_ranked(self, caller: str, part: str) -> bool:
        """True if the caller may ask for the rank."""
        listing = self.listing or DEFAULT_LISTING
        return listing != "hidden" and (listing == "shown" or caller in (OWNER, ADMIN)) and self.sees(caller, part)


def learners() -> list[Learner]:
    """All combinations of profile, achievements and stats, with any two of all choices in any two levels (an orthogonal
    array); then learners who never chose, who opened the profile alone, and who are inactive."""
    levels, listings = ("public", "users", "private"), ("shown", "anonymous", "hidden")
    chosen: list[tuple[tuple[str | None, ...], str | None, bool]] = []
    for a, b, c in product(range(3), repeat=3):
        numbers = (a, b, (a + 2 * b) % 3, (b + 2 * c) % 3, c)
        chosen.append((tuple(levels[each] for each in numbers), listings[(a + b + c) % 3], True))
    chosen += [
        ((None,) * 5, None, True),
        (("public", None, None, None, None), None, True),
        ((None, "public", "public", "public", "public"), None, True),
        (("public",) * 5, "shown", False),
    ]
    return [Learner(number, *each) for number, each in enumerate(chosen)]
