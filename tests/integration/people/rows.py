"""The table of what may be seen: for every route of the template, who is answered what about Anna.

A new endpoint needs a row: in READS if it reads, in WRITES if it changes something.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.integration.people.world import (
    ADMINISTRATOR,
    ANOTHER,
    CALLERS,
    NOBODY,
    OWNER,
    PARTS,
    PRIVATE,
    State,
)

Seen = tuple[int, set[str]]  # the status, and the marks that the answer holds: these and no others
Expected = Callable[[str, State], Seen]
NONE: set[str] = set()
OWN = {OWNER, ADMINISTRATOR}


@dataclass(frozen=True)
class Read:
    """How a route is asked about Anna, and what each caller sees in the response."""

    route: str
    expected: Expected
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)  # what differs from world.build's


def nothing(who: str, state: State) -> Seen:
    """It is answered, and tells nothing of anybody in particular."""
    return 200, NONE


def absent(who: str, state: State) -> Seen:
    return 404, NONE


def part(name: str, *marks: str) -> Expected:
    """By visibility."""
    return lambda who, state: (200, set(marks)) if state.sees(who, name) else (404, NONE)


def profile(who: str, state: State) -> Seen:
    if not state.sees(who, "profile"):
        return 404, NONE
    return 200, {"name", "profile"} | _private(who) | ({"stats"} if state.sees(who, "stats") else NONE)


def profile_with_all(who: str, state: State) -> Seen:
    status, marks = profile(who, state)
    return status, marks | {name for name in PARTS if state.sees(who, name)}


def me(who: str, state: State) -> Seen:
    """Others ask for themselves."""
    if who != OWNER:
        return 200, NONE
    return (410, NONE) if state.erased else (200, {"name", "profile", "stats"} | PRIVATE)


def me_with_all(who: str, state: State) -> Seen:
    status, marks = me(who, state)
    return status, marks and marks | {*PARTS, "preferences"}


def everybody(who: str, state: State) -> Seen:
    if who not in (ADMINISTRATOR, "users:read"):
        return 403, NONE
    stats = {"stats"} if state.sees(who, "stats") else NONE
    return 200, NONE if state.erased else {"name", "profile"} | stats | _private(who)


def found(who: str, state: State) -> Seen:
    return 200, {"name"} if state.open else NONE


def named(*parts: str) -> Expected:
    """Where boards are shown, to callers who may see one of these parts."""

    def expected(who: str, state: State) -> Seen:
        is_named = state.leaderboards == "shown" and any(state.sees(who, part) for part in parts)
        return 200, {"name"} if is_named else NONE

    return expected


def rank(who: str, state: State) -> Seen:
    shown_to = {"shown": {*CALLERS}, "anonymous": OWN, "hidden": NONE}[state.leaderboards]
    return (200, NONE) if state.sees(who, "stats") and who in shown_to else (404, NONE)


def own(*marks: str, erased: int = 404) -> Expected:
    """For the owner and admins."""

    def expected(who: str, state: State) -> Seen:
        if who not in OWN:
            return 404, NONE
        return (erased, NONE) if state.erased else (200, set(marks))

    return expected


def group(who: str, state: State) -> Seen:
    """For members, services of groups, and admins."""
    return (200, NONE) if who in {*OWN, ANOTHER, "groups:write"} else (404, NONE)


def roster(who: str, state: State) -> Seen:
    """Her name, unless she is hidden or anonymous to a fellow learner."""
    status, _ = group(who, state)
    is_open = state.active and state.leaderboards == "shown"
    sees = who in (*OWN, "groups:write") or (who == ANOTHER and is_open)
    return status, {"name"} if sees and not state.erased else NONE


def group_board(who: str, state: State) -> Seen:
    """The same for everybody who may see it."""
    if who not in {*OWN, ANOTHER}:
        return (403 if who == "groups:write" else 404), NONE
    is_open = state.active and state.leaderboards == "shown" and not state.erased
    return 200, {"name"} if is_open else NONE


def group_report(who: str, state: State) -> Seen:
    if who in (ADMINISTRATOR, "groups:write"):
        return 200, NONE if state.erased else {"name"}
    return (403 if who in (OWNER, ANOTHER) else 404), NONE


def receipt(who: str, state: State) -> Seen:
    """Of the erasure of a third user."""
    return (200, NONE) if who == ADMINISTRATOR else (404, NONE)


def _private(who: str) -> set[str]:
    return PRIVATE if who in OWN else NONE


BORIS = {"user_id": "boris"}
# What belongs to the caller alone, whose id is in no path: tests/integration/documents tests whose is whose.
DOCUMENTS = {"resumes": "resume_id", "requirements": "requirements_id", "processings": "processing_id"}
READS = [
    Read("GET /v1", nothing),
    Read("GET /v1/health", nothing),
    Read("GET /v1/docs", nothing),
    Read("GET /v1/app", nothing),
    Read("GET /v1/openapi.json", nothing),
    Read("GET /v1/achievements", nothing),
    Read("GET /v1/achievements/{code}", nothing),
    Read("GET /v1/metrics", nothing),
    Read("GET /v1/metrics/{metric}", nothing, path={"metric": "tests_passed"}),
    Read("GET /v1/erasures/{erasure_id}", receipt),
    Read("GET /v1/groups/{group_id}", group),
    Read("GET /v1/groups/{group_id}/members", roster),
    Read("GET /v1/groups/{group_id}/leaderboard", group_board),
    Read("GET /v1/groups/{group_id}/report", group_report),
    Read("GET /v1/users/{user_id}/groups", own()),
    Read("GET /v1/leaderboards", nothing),
    Read("GET /v1/leaderboards/{board}", named("stats")),
    Read("GET /v1/leaderboards/{board}/users/{user_id}", rank),
    Read("GET /v1/leaderboards/{board}/users/{user_id}", named("stats"), path=BORIS),  # as a neighbour
    Read("GET /v1/stats", named("stats", "achievements")),
    Read("GET /v1/users", everybody, query={"limit": "100"}),
    Read("GET /v1/users", everybody, query={"limit": "100", "order": "id"}),
    Read("GET /v1/users/me", me),
    Read("GET /v1/users/me", me_with_all, query={"include": ",".join((*PARTS, "preferences"))}),
    Read("GET /v1/users/search", found, query={"q": "annu"}),
    Read("GET /v1/users/{user_id}", profile),
    Read("GET /v1/users/{user_id}", profile_with_all, query={"include": ",".join(PARTS)}),
    Read("GET /v1/users/{user_id}/achievements", part("achievements", "achievements")),
    Read("GET /v1/users/{user_id}/achievements", part("achievements", "achievements"), query={"status": "all"}),
    Read("GET /v1/users/{user_id}/achievements", part("achievements"), query={"status": "in_progress"}),
    Read("GET /v1/users/{user_id}/card.svg", part("profile", "name")),
    Read("GET /v1/users/{user_id}/badges", part("badges", "badges")),
    Read("GET /v1/users/{user_id}/goals", part("goals", "goals")),
    Read("GET /v1/users/{user_id}/goals/{goal_id}", part("goals", "goals")),
    Read("GET /v1/users/{user_id}/exports/{export_id}", own()),
    Read("GET /v1/users/{user_id}/preferences", own("preferences")),
    Read("GET /v1/users/{user_id}/sessions", own("sessions", erased=410)),
    Read("GET /v1/users/{user_id}/stats", part("stats", "stats")),
    Read("GET /v1/users/{user_id}/streaks", part("stats")),
    *(Read(f"GET /v1/{kind}", nothing) for kind in DOCUMENTS),
    *(Read(f"GET /v1/{kind}/{{{name}}}", absent, path={name: "0" * 32}) for kind, name in DOCUMENTS.items()),
]


@dataclass(frozen=True)
class Write:
    """How a route is asked to change something of Anna's. Callers who `may` see what `tells` says at most, and
    of that no more than is theirs to know; all others are `refused` with this status, and nothing changes."""

    route: str
    may: set[str]
    refused: int
    body: Any = None
    tells: set[str] = field(default_factory=set)
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    status: int = 0  # of those who may, if it is not a success
    refused_too: dict[str, int] = field(default_factory=dict)  # callers who know her, with the status they get


HOLDERS = {*CALLERS} - {NOBODY}  # of tokens, in their own name
ADMINS, AWARDERS = {ADMINISTRATOR}, {ADMINISTRATOR, "awards:write"}
# Of her group, in which she and another user are learners.
MANAGERS, FELLOWS = {ADMINISTRATOR, "groups:write"}, {OWNER: 403, ANOTHER: 403}
PROFILE = {"name", "profile", "stats"}
METRIC = {"metric": "new", "kind": "counter", "translations": {"en": {"title": "New"}}}
DEFINITION = {"code": "new", "points": 1, "translations": {"en": {"title": "New"}}}
UPDATE = {"event_id": "e", "source": "s", "occurred_at": "", "increments": {"tests_passed": 1}}
WRITES = [
    Write("POST /v1/achievements", ADMINS, 403, DEFINITION),
    Write("POST /v1/achievements/import", ADMINS, 403, {"items": [DEFINITION]}),
    Write("PATCH /v1/achievements/{code}", ADMINS, 403, {"points": 2}),
    Write("DELETE /v1/achievements/{code}", ADMINS, 403),
    Write("POST /v1/achievements/{code}/backfill", ADMINS, 403, {"dry_run": True}, status=409),  # it has no criteria
    Write("POST /v1/metrics", ADMINS, 403, METRIC),
    Write("PATCH /v1/metrics/{metric}", ADMINS, 403, {"board": True}, path={"metric": "tests_passed"}, status=409),
    Write("DELETE /v1/metrics/{metric}", ADMINS, 403, path={"metric": "tests_passed"}, status=409),  # built in
    Write("POST /v1/groups", MANAGERS, 403, {"kind": "class", "name": "x"}),
    Write("PATCH /v1/groups/{group_id}", MANAGERS, 404, {"name": "x"}, refused_too=FELLOWS),
    Write("DELETE /v1/groups/{group_id}", MANAGERS, 404, refused_too=FELLOWS),
    Write("PUT /v1/groups/{group_id}/members/{user_id}", MANAGERS, 404, {"role": "teacher"}, refused_too=FELLOWS),
    Write("DELETE /v1/groups/{group_id}/members/{user_id}", {OWNER, *MANAGERS}, 404, refused_too={ANOTHER: 403}),
    Write(
        "POST /v1/groups/{group_id}/members/import",
        MANAGERS,
        404,
        {"items": [{"user_id": "anna", "role": "teacher"}]},
        refused_too=FELLOWS,
    ),
    Write(
        "POST /v1/groups/{group_id}/awards",
        NONE,
        404,
        {"code": "in-the-catalogue", "user_ids": ["anna"]},
        refused_too=FELLOWS | dict.fromkeys(MANAGERS, 403),
    ),
    Write("POST /v1/users", {*OWN, "users:write"}, 403, {"user_id": "anna"}, status=409),  # she is there
    Write(
        "PATCH /v1/users/{user_id}",
        OWN,
        404,
        {"location": "x"},
        PROFILE | PRIVATE,
        refused_too={"users:write": 403},
    ),
    Write(
        "PATCH /v1/users/{user_id}",
        {ADMINISTRATOR, "users:write"},
        404,
        {"is_verified": True},
        PROFILE | PRIVATE,
        refused_too={OWNER: 403},
    ),
    Write("DELETE /v1/users/{user_id}", OWN, 404),
    Write("POST /v1/users/{user_id}/exports", OWN, 404),
    Write("PATCH /v1/users/{user_id}/preferences", OWN, 404, {"theme": "dark"}, {"preferences"}),
    Write("POST /v1/users/{user_id}/sessions", {OWNER, "users:write"}, 404, {}, {"sessions"}),
    Write("DELETE /v1/users/{user_id}/sessions", OWN, 404, query={"scope": "all"}),
    Write("DELETE /v1/users/{user_id}/sessions/{session_id}", OWN, 404),
    Write("POST /v1/users/{user_id}/avatar", {OWNER}, 404, {"content_type": "image/png", "size": 10}),
    Write("DELETE /v1/users/{user_id}/avatar", OWN, 404),
    Write("POST /v1/users/{user_id}/achievements", AWARDERS, 403, {"code": "in-the-catalogue"}),
    Write("DELETE /v1/users/{user_id}/achievements/{code}", AWARDERS, 403, path={"code": "an-award"}),
    Write("POST /v1/users/{user_id}/badges", {OWNER}, 404, {"name": "x"}),
    Write("DELETE /v1/users/{user_id}/badges/{badge_id}", {OWNER}, 404),
    Write("POST /v1/users/{user_id}/goals", {OWNER}, 404, {"title": "x"}),
    Write("PUT /v1/users/{user_id}/goals/{goal_id}", {OWNER}, 404, {"title": "x"}),
    Write("DELETE /v1/users/{user_id}/goals/{goal_id}", {OWNER}, 404),
    Write("POST /v1/users/{user_id}/goals/{goal_id}/check-ins", {OWNER}, 404, {}, {"goals"}),
    Write("POST /v1/users/{user_id}/stats/updates", {"stats:write"}, 403, UPDATE),
    Write("POST /v1/users/{user_id}/streaks/freezes", AWARDERS, 403, {"count": 1}),
    *(Write(f"POST /v1/{kind}", HOLDERS, 404, {"text": "x"}) for kind in ("resumes", "requirements")),
    Write("POST /v1/processings", NONE, 404, {"resume_id": "0" * 32, "requirements_id": "0" * 32}),
    *(Write(f"POST /v1/{kind}/batch-delete", HOLDERS, 404, {"ids": ["0" * 32]}) for kind in DOCUMENTS),
    *(Write(f"DELETE /v1/{kind}/{{{name}}}", NONE, 404, path={name: "0" * 32}) for kind, name in DOCUMENTS.items()),
]
