"""The cells of the matrix: what each route tells each caller of each learner, beside what the oracle expects."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.integration.visibility import boards, oracle, world
from tests.integration.visibility.asking import FEW, SERVICES, Cell, Look, ask, at, where
from tests.integration.visibility.oracle import (
    ADMIN,
    ANONYMOUS,
    CALLERS,
    FIGURES,
    OWNER,
    READER,
    STRANGER,
    WRITER,
    Learner,
)


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
        "check-in of today": at(*before, "items", 0, "checked_in_today"),
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


def on_card(learner: Learner, wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """The picture of the learner, for which nobody sends a token. Its title says all that it shows."""
    figures = {"name": r"^(.+?)(?:,|$)", "activity streak": r"(\d+) days? in a row", "points": r"([\d\u202f]+) points?"}
    figures["achievements count"] = r"(\d+) achievements?"
    real, shown = world.truth(learner), figures.keys() & set(wanted)
    if ANONYMOUS not in callers or not shown:
        return
    answer = ask("GetCard", ANONYMOUS, learner, path={"user_id": learner.user_id}, query={"lang": "en"})
    yield Cell("GetCard", "status", learner, ANONYMOUS, answer.status, 200 if learner.sees(ANONYMOUS) else 404)
    title = re.search("<title>(.*?)</title>", answer.text.encode("latin-1").decode())
    for figure in shown:
        said = re.search(figures[figure], title[1]) if title else None
        actual = said and (said[1] if figure == "name" else int(said[1].replace("\u202f", "")))
        expected = real[figure] if learner.sees(ANONYMOUS, FIGURES[figure]) else None
        yield Cell("GetCard", figure, learner, ANONYMOUS, actual, expected)


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
        actual = where(at("user_id"), learner.user_id, "display_name")(answer.body)
        yield Cell("SearchProfiles", "name", learner, caller, actual, name if learner.sees(STRANGER) else None)


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
                actual = looks[figure](items[learner.user_id])
                yield Cell("ListProfiles", figure, learner, caller, actual, real[figure] if is_open else None)


def all_cells(wanted: Iterable[str] = FIGURES, callers: Iterable[str] = CALLERS) -> Iterator[Cell]:
    """All cells for these figures and callers."""
    everybody = oracle.learners()
    for learner in everybody:
        for cells in (about_one, on_card, ranks, written, found):
            yield from cells(learner, wanted, callers)
    for each in (listed, boards.on_boards, boards.summarised):
        yield from each(everybody, wanted, callers)
