"""Anna, who has everything that a user can have, each thing marked by a text that stands nowhere else; and who asks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import product
from typing import Any

from laurels import clock, keys, table
from laurels.callers import Grant
from laurels.leaderboards import computing
from laurels.people import service as people
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from tests.contents import delete, put, write
from tests.events import ADMIN, Handler, call
from tests.integration.achievements.catalogue import adhoc, award
from tests.template import project

PHONE, LOGIN, SEEN = "+49301234567", "2026-01-02T03:04:05.678Z", "2026-02-03T04:05:06.789Z"
# A mark for everything that somebody could learn of her.
MARKS = {
    "name": "Anna Annushka",
    "profile": "what Anna says of herself",
    "phone": PHONE,
    "login": LOGIN,
    "seen": SEEN,
    "achievements": "an award of Anna",
    "badges": "a badge of Anna",
    "goals": "a goal of Anna",
    "stats": "73.519",
    "preferences": "a setting of Anna",
    "sessions": "a device of Anna",
}
PRIVATE = {"phone", "login", "seen"}
PARTS = ("achievements", "badges", "goals", "stats")

NOBODY, ANOTHER, OWNER, ADMINISTRATOR = "nobody", "another user", "the owner", "an admin"
SCOPES = {grant.value.partition(":")[2] for grant in Grant if grant.startswith("scope:")}
CALLERS: dict[str, dict[str, str] | None] = {
    NOBODY: None,
    ANOTHER: {"sub": "boris", "name": "Boris"},
    **{scope: {"sub": "a-service", "scope": scope} for scope in sorted(SCOPES)},
    OWNER: {"sub": "anna", "sid": "s-anna"},
    ADMINISTRATOR: ADMIN,
}


@dataclass(frozen=True)
class State:
    """How Anna stands to others."""

    visibility: Mapping[str, str] = field(default_factory=dict)
    leaderboards: str = "shown"
    active: bool = True
    erased: bool = False

    def sees(self, who: str, part: str) -> bool:
        """The rule in other words."""
        if self.erased:
            return False
        if who in (OWNER, ADMINISTRATOR):
            return True
        levels = {self.visibility.get(name, "public") for name in ("profile", part)}
        return self.active and "private" not in levels and (who != NOBODY or levels == {"public"})

    @property
    def open(self) -> bool:
        """True if others know of her at all."""
        return self.sees(ANOTHER, "profile")

    def __str__(self) -> str:
        shown = ",".join(f"{part}={level}" for part, level in self.visibility.items()) or "as it is made"
        return f"{shown} {self.leaderboards}" + " inactive" * (not self.active) + " erased" * self.erased


def _states() -> Iterator[State]:
    levels = ("public", "users", "private")
    # Any two parts in any two levels (an orthogonal array), so that no endpoint asks for another's part.
    for first, second in product(range(3), repeat=2):
        chosen = (first, second, (first + second) % 3, (first + 2 * second) % 3)
        yield State({"profile": "public", **{part: levels[n] for part, n in zip(PARTS, chosen, strict=True)}})
    for profile, rest in product(("users", "private"), levels):
        yield State({"profile": profile, **dict.fromkeys(PARTS, rest)})
    yield from (State(leaderboards=listing) for listing in ("anonymous", "hidden", "shown"))
    yield from (State(active=False), State(active=False, leaderboards="hidden"))


STATES = list(_states())


def handlers() -> dict[str, Handler]:
    """Every endpoint, by its function's name in the template."""
    return {file.resource: import_module(f"{file.room}.{file.name}").handler for file in project.endpoint_files()}


def build() -> dict[str, str]:
    """Makes Anna, and Boris; the variable parts of paths to what is hers. Boards know both."""
    use = handlers()
    for who, name in (("anna", MARKS["name"]), ("boris", "Boris")):
        people.begin(people.fresh(who) | {"display_name": name})
        assert award(adhoc("an-award") | {"title": f"an award of {who.title()}"}, user_id=who).status == 201
    standing, now = standings.get("anna"), clock.epoch_ms(clock.now())
    standings_rules.grade(standing, float(MARKS["stats"]), now)
    table.write(standings.put(standing))

    def made(function: str, body: Any, method_status: int = 201) -> Any:
        answer = call(use[function], path={"user_id": "anna"}, caller=CALLERS[OWNER], body=body)
        assert answer.status == method_status, answer.text
        return answer.body

    badge = made("CreateBadge", {"name": MARKS["badges"]})
    goal = made("CreateGoal", {"title": MARKS["goals"]})
    made("CreateSession", {"device_name": MARKS["sessions"]})
    made("UpdatePreferences", {"custom_settings": {"x": MARKS["preferences"]}}, 200)
    fields = {"about": MARKS["profile"], "phone_number": PHONE, "last_login_at": LOGIN, "last_seen_at": SEEN}
    people.revise("anna", lambda _: fields, None)
    draft = {"code": "in-the-catalogue", "points": 1, "translations": {"en": {"title": "In the catalogue"}}}
    assert call(use["CreateAchievement"], caller=ADMIN, body=draft).status == 201
    computing.compute()
    group = call(use["CreateGroup"], caller=ADMIN, body={"kind": "class", "name": "7B"}).body["group_id"]
    for who in ("anna", "boris"):
        path = {"group_id": group, "user_id": who}
        assert call(use["PutMember"], path=path, caller=ADMIN, body={"role": "learner"}).status == 200
    return {
        "user_id": "anna",
        "group_id": group,
        "board": "points",
        "code": "in-the-catalogue",
        "badge_id": badge["badge_id"],
        "goal_id": goal["goal_id"],
        "session_id": "s-anna",
        "export_id": made("StartExport", None, 202)["export_id"],
        "erasure_id": call(use["StartErasure"], path={"user_id": "me"}, caller={"sub": "clara"}).body["erasure_id"],
    }


def turn(state: State) -> None:
    """Makes it so."""
    wanted = {"visibility": dict(state.visibility), "leaderboards": state.leaderboards}
    people.revise(
        "anna",
        lambda profile: {"preferences": profile["preferences"] | wanted, "is_active": state.active},
        None,
    )
    assert table.get(keys.profile("anna"), consistent=True)


def marks_in(text: str) -> set[str]:
    """The marks that an answer holds."""
    return {name for name, mark in MARKS.items() if mark in text}


@contextmanager
def undone(client: Any, table_name: str) -> Iterator[None]:
    """Whatever is written meanwhile is as if it never had been."""

    def items() -> dict[tuple[str, str], dict[str, Any]]:
        found = client.scan(TableName=table_name, ConsistentRead=True)["Items"]
        return {(item["PK"]["S"], item["SK"]["S"]): item for item in found}

    before = items()
    yield
    after = items()
    new = [delete(after[key]) for key in after.keys() - before.keys()]
    write(client, table_name, new + [put(item) for key, item in before.items() if after.get(key) != item])
