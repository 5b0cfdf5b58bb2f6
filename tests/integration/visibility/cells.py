"""The cells of the matrix: what each route tells each caller of each learner, beside what the oracle expects."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from laurels.standings.models import Board
from tests.events import Answer, Handler, call
from tests.integration.visibility import oracle, world
from tests.integration.visibility.oracle import (
    ADMIN,
    ANONYMOUS,
    CALLERS,
    FIGURES,
    OWNER,
    READER,
    SERVICE,
    STRANGER,
    WRITER,
    Learner,
)

Look = Callable[[Any], Any]
HANDLERS: dict[str, Handler] = world.handlers()
FEW, SERVICES = (ANONYMOUS, STRANGER, OWNER, ADMIN), (SERVICE, READER, WRITER)


class Cell(NamedTuple):
    """One figure of one learner on one route for one caller."""

    route: str
    figure: str
    learner: Learner
    caller: str
    told: Any
    expected: Any

    def __str__(self) -> str:
        chosen = f"{self.learner.levels} {self.learner.listing}" + " inactive" * (not self.learner.active)
        return f"{self.route}: {self.figure} of {chosen} to {self.caller}: {self.told!r}, not {self.expected!r}"


def at(*path: str | int) -> Look:
    """Look along a path; None where it ends early."""

    def look(body: Any) -> Any:
        for step in path:
            try:
                body = body[step]
            except (KeyError, IndexError, TypeError):
                return None
        return body

    return look


def where(name: Look, value: str, *path: str | int, items: Look | None = None) -> Look:
    """Look along a path from the item of a list that has this value."""
    items = items or at("items")

    def look(body: Any) -> Any:
        return next((at(*path)(item) for item in items(body) or () if name(item) == value), None)

    return look


@dataclass(frozen=True)
class Telling:
    """A route about one learner: the part without which it answers 404, and where it shows which figures. A part that
    is included hides all of its figures."""

    function: str
    part: str
    looks: dict[str, Look]
    query: dict[str, str] = field(default_factory=dict)
    included: str = ""
    callers: tuple[str, ...] = CALLERS

    def __str__(self) -> str:
        return self.function + (f" {self.query}" if self.query else "")


def _profile(start: Callable[..., Look] = at) -> dict[str, Look]:
    return {
        "name": start("display_name"),
        "about": start("about"),
        "phone number": start("phone_number"),
        "last visit": start("last_seen_at"),
        "points": start("points"),
        "tests passed": start("progress", "tests_passed"),
        "average grade": start("progress", "average_grade"),
        "minutes read": start("progress", "metrics", "minutes_read"),
        "achievements count": start("achievements_count"),
    }


def _stats(*before: str) -> dict[str, Look]:
    return {
        "points": at(*before, "points"),
        "tests passed": at(*before, "counters", "tests_passed"),
        "average grade": at(*before, "average_grade"),
        "minutes read": at(*before, "metrics", "minutes_read"),
        "minutes of the week": at(*before, "windows", "week", "metrics", "minutes_read"),
        "homeworks of the week": at(*before, "windows", "week", "homeworks"),
        "achievements count": at(*before, "achievements"),
        "achievements of the month": at(*before, "windows", "month", "achievements"),
    }


def _goals(*before: str) -> dict[str, Look]:
    items, metric = at(*before, "items"), at("target", "metric")
    return {
        "goals": at(*before, "items", 0, "title"),
        "percent of tests": where(metric, "tests_passed", "progress", items=items),
        "percent of minutes": where(metric, "minutes_read", "progress", items=items),
        "percent of achievements": where(metric, "achievements", "progress", items=items),
    }


_INCLUDED = {
    "achievements": {"awards": at("achievements", "items", 0, "title")},
    "badges": {"badges": at("badges", "items", 0, "name")},
    "goals": _goals("goals"),
    "stats": _stats("stats"),
}
_IN_PROGRESS = {
    "tests passed": where(at("code"), "by-tests", "progress", "value"),
    "achievements count": where(at("code"), "by-awards", "progress", "value"),
    "minutes read": where(at("code"), "by-minutes", "progress", "value"),
}
_OWN = {"preferences": at("preferences", "custom_settings", "note")}
ABOUT_ONE = [
    Telling("GetProfile", "", _profile()),
    *(Telling("GetProfile", "", looks, {"include": part}, part) for part, looks in _INCLUDED.items()),
    Telling("ListAwards", "achievements", {"awards": at("items", 0, "title")}),
    Telling("ListAwards", "achievements", _IN_PROGRESS, {"status": "in_progress"}),
    Telling("ListBadges", "badges", {"badges": at("items", 0, "name")}),
    Telling("ListGoals", "goals", _goals()),
    Telling("GetStats", "stats", _stats()),
    Telling(
        "GetStreaks",
        "stats",
        {
            "activity streak": at("activity", "length"),
            "active days": at("calendar", "active"),
            "award streak": at("awards", "length"),
            "award days": at("calendar", "awards"),
            "time zone": at("timezone"),
            "date there": at("today"),
            "end of the streak": at("activity", "expires_at"),
            "risk of the streak": at("activity", "at_risk"),
        },
    ),
    *(Telling("GetMe", "owner", looks, {"include": part}, callers=(OWNER,)) for part, looks in _INCLUDED.items()),
    Telling("GetMe", "owner", _profile() | _OWN, {"include": "preferences"}, callers=(OWNER,)),
]


def ask(function: str, caller: str, learner: Learner, **request: Any) -> Answer:
    return call(HANDLERS[function], caller=world.token(caller, learner), **request)


def about_one(learner: Learner, wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """Routes with the learner's id in the path."""
    real, wanted = world.truth(learner), set(wanted)
    # Services are no more than strangers here, so one of them asks about each learner.
    callers = {*callers} & {*FEW, SERVICES[learner.number % len(SERVICES)]}
    for telling in ABOUT_ONE:
        for caller in telling.callers if wanted & telling.looks.keys() else ():
            if caller not in callers:
                continue
            path = {} if telling.function == "GetMe" else {"path": {"user_id": learner.user_id}}
            answer = ask(telling.function, caller, learner, **path, query=telling.query)
            is_open = learner.sees(caller, telling.part)
            yield Cell(str(telling), "status", learner, caller, answer.status, 200 if is_open else 404)
            for figure in wanted & telling.looks.keys():
                seen = learner.sees(caller, telling.part, telling.included, FIGURES[figure])
                expected = real[figure] if seen else None
                yield Cell(str(telling), figure, learner, caller, telling.looks[figure](answer.body), expected)


def ranks(learner: Learner, wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """The learner's own rank on each board."""
    for board in world.BOARDS:
        figure = f"rank by {board}"
        for caller in set(callers) & set(FEW) if figure in wanted else ():
            path = {"board": str(board), "user_id": learner.user_id}
            answer = ask("GetUserRank", caller, learner, path=path, query={"neighbours": "0"})
            expected = world.score(board, learner.number) if learner.is_ranked(caller, FIGURES[figure]) else None
            yield Cell("GetUserRank", figure, learner, caller, answer.body.get("score"), expected)


def written(learner: Learner, wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """What the answer to a change tells."""
    real, looks = world.truth(learner), _profile()
    for caller in set(callers) & {WRITER, OWNER, ADMIN} if set(wanted) & looks.keys() else ():
        body = {} if caller == OWNER else {"is_verified": True}
        answer = ask("UpdateProfile", caller, learner, path={"user_id": learner.user_id}, body=body)
        yield Cell("UpdateProfile", "status", learner, caller, answer.status, 200)
        for figure in set(wanted) & looks.keys():
            expected = real[figure] if learner.sees(caller, FIGURES[figure]) else None
            yield Cell("UpdateProfile", figure, learner, caller, looks[figure](answer.body), expected)


def found(learner: Learner, wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """The search, which finds whom anybody with a token may see."""
    name = world.truth(learner)["name"]
    for caller in set(callers) - {ANONYMOUS} if "name" in wanted else ():
        answer = ask("SearchProfiles", caller, learner, query={"q": name, "limit": "100"})
        told = where(at("user_id"), learner.user_id, "display_name")(answer.body)
        yield Cell("SearchProfiles", "name", learner, caller, told, name if learner.sees(STRANGER) else None)


def listed(everybody: list[Learner], wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """The list of all users, whose profiles a service that reads users sees whatever their visibility."""
    wanted = set(wanted)
    looks = _profile()
    for caller in set(callers) & {READER, ADMIN} if wanted & looks.keys() else ():
        items = {
            item["user_id"]: item
            for item in ask("ListProfiles", caller, everybody[0], query={"limit": "100"}).body["items"]
        }
        for learner in everybody:
            real = world.truth(learner)
            for figure in wanted & looks.keys():
                is_open = figure in ("name", "about") or learner.sees(caller, FIGURES[figure])
                told = looks[figure](items[learner.user_id])
                yield Cell("ListProfiles", figure, learner, caller, told, real[figure] if is_open else None)


def on_boards(everybody: list[Learner], wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """Rows of boards, also as neighbours of the learners in the middle of each third."""
    for board in world.BOARDS:
        figure = f"rank by {board}"
        if figure not in wanted:
            continue
        for caller in set(callers) & {ANONYMOUS, STRANGER, ADMIN}:
            page = ask("GetBoard", caller, everybody[0], path={"board": str(board)}, query={"limit": "100"})
            yield from _rows("GetBoard", page.body["items"], board, caller, everybody)
            assert page.headers["cache-control"].split(",")[0] == ("public" if caller == ANONYMOUS else "private")
        for pole in everybody[::9]:  # ten above and ten below each, so all are somebody's neighbours
            path = {"board": str(board), "user_id": pole.user_id}
            for caller in set(callers) & {STRANGER, ADMIN}:
                if pole.is_ranked(caller, FIGURES[figure]):
                    rank = ask("GetUserRank", caller, pole, path=path).body
                    yield from _rows("GetUserRank", rank["above"] + rank["below"], board, caller, everybody)
        for learner in everybody if OWNER in set(callers) else ():
            page = ask("GetBoard", OWNER, learner, path={"board": str(board)}, query={"limit": "100"})
            yield from _rows("GetBoard", page.body["items"], board, OWNER, [learner])


def _rows(route: str, rows: list[Any], board: str, caller: str, everybody: list[Learner]) -> Iterator[Cell]:
    by_score = {row["score"]: row for row in rows}
    for learner in everybody:
        if row := by_score.get(world.score(board, learner.number)):
            figure = f"rank by {board}"
            told = [row["user_id"], row["display_name"], row["avatar_url"], row["achieved_at"]]
            expected = _row(learner, board, is_named=learner.is_named(caller, FIGURES[figure]))
            yield Cell(route, figure, learner, caller, told, expected)


def _row(learner: Learner, board: str, *, is_named: bool) -> list[str | None]:
    if not is_named:
        day = "2026-11-20" if board == Board.STREAK else "2026-11-19"
        return [None, None, None, f"{day}T00:00:00.000Z"]
    number = learner.number
    moment = "2026-11-20T00:00:00.000Z" if board == Board.STREAK else f"2026-11-19T10:00:{number:02d}.000Z"
    return [learner.user_id, f"Name {number}", f"https://pictures.example.org/{number}.webp", moment]


def summarised(everybody: list[Learner], wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """The summary's list of award streaks, by their length."""
    for caller in set(callers) & {ANONYMOUS, STRANGER, ADMIN} if "award streak" in wanted else ():
        answer = ask("GetSummary", caller, everybody[0])
        by_length = {row["longest"]: row for row in answer.body["seven_day_streaks"]}
        for learner in everybody:
            if row := by_length.get(7 + learner.number):
                told = [row[name] for name in ("user_id", "display_name", "points", "achievements")]
                expected = _person(learner, caller, "achievements")
                yield Cell("GetSummary", "award streak", learner, caller, told, expected)


def _person(learner: Learner, caller: str, part: str) -> list[Any]:
    real = world.truth(learner)
    if not learner.is_named(caller, part):
        return [None] * 4
    shown = {
        name: real[name] if learner.sees(caller, FIGURES[name]) else None for name in ("points", "achievements count")
    }
    return [learner.user_id, real["name"], *shown.values()]


def at_the_top(top: Learner, everybody: list[Learner], wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """The summary's best learner, with the choices of each of the others in turn."""
    groups = {"most_points": "rank by points", "most_achievements": "rank by achievements"}
    for like in everybody if set(groups.values()) & set(wanted) else ():
        world.choose(top, like)
        as_if = Learner(top.number, like.levels, like.listing, like.active)
        for caller in set(callers) & set(FEW):
            body = ask("GetSummary", caller, top).body
            for group, figure in groups.items():
                if figure in wanted:
                    told = [body[group][name] for name in ("user_id", "display_name", "points", "achievements")]
                    yield Cell(
                        f"GetSummary {group}", figure, as_if, caller, told, _person(as_if, caller, FIGURES[figure])
                    )
            if "rank by points" in wanted:
                row = body["max_points_gap"]["a"]
                told = [row[name] for name in ("user_id", "display_name", "points", "achievements")]
                yield Cell(
                    "GetSummary max_points_gap", "rank by points", as_if, caller, told, _person(as_if, caller, "stats")
                )


def all_cells(wanted: Iterable[str] = FIGURES, callers: Iterable[str] = CALLERS) -> Iterator[Cell]:
    """All cells for these figures and callers."""
    everybody = oracle.learners()
    for learner in everybody:
        for cells in (about_one, ranks, written, found):
            yield from cells(learner, wanted, callers)
    for each in (listed, on_boards, summarised):
        yield from each(everybody, wanted, callers)
