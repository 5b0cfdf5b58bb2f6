"""The cells of boards and of the summary, which tell of many learners at once."""

from collections.abc import Iterable, Iterator
from typing import Any

from laurels.standings.models import Board
from tests.integration.visibility import world
from tests.integration.visibility.asking import FEW, Cell, ask
from tests.integration.visibility.oracle import (
    ADMIN,
    ANONYMOUS,
    FIGURES,
    OWNER,
    STRANGER,
    Learner,
)


def on_boards(everybody: list[Learner], wanted: Iterable[str], callers: Iterable[str]) -> Iterator[Cell]:
    """Rows of boards, also as neighbours of the learners in the middle of each third."""
    for board in world.BOARDS:
        figure = f"rank by {board}"
        if figure not in wanted:
            continue
        for caller in set(callers) & {ANONYMOUS, STRANGER, ADMIN}:
            page = ask("GetBoard", caller, everybody[0], path={"board": str(board)}, query={"limit": "100"})
            yield from rows("GetBoard", page.body["items"], board, caller, everybody)
            assert page.headers["cache-control"].split(",")[0] == ("public" if caller == ANONYMOUS else "private")
        for pole in everybody[::9]:  # ten above and ten below each, so all are somebody's neighbours
            path = {"board": str(board), "user_id": pole.user_id}
            for caller in set(callers) & {STRANGER, ADMIN}:
                if pole.is_ranked(caller, FIGURES[figure]):
                    rank = ask("GetUserRank", caller, pole, path=path).body
                    yield from rows("GetUserRank", rank["above"] + rank["below"], board, caller, everybody)
        for learner in everybody if OWNER in set(callers) else ():
            page = ask("GetBoard", OWNER, learner, path={"board": str(board)}, query={"limit": "100"})
            yield from rows("GetBoard", page.body["items"], board, OWNER, [learner])


def rows(
    route: str, found: list[Any], board: str, caller: str, everybody: list[Learner], *, in_group: bool = False
) -> Iterator[Cell]:
    """Rows of a board, recognised by their scores."""
    by_score = {row["score"]: row for row in found}
    for learner in everybody:
        if row := by_score.get(world.score(board, learner.number)):
            figure = f"rank by {board}"
            actual = [row["user_id"], row["display_name"], row["avatar_url"], row["achieved_at"]]
            is_named = learner.is_named_in_groups if in_group else learner.is_named(caller, FIGURES[figure])
            expected = _row(learner, board, is_named=is_named)
            yield Cell(route, figure, learner, caller, actual, expected)


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
                actual = [row[name] for name in ("user_id", "display_name", "points", "achievements")]
                expected = _person(learner, caller, "achievements")
                yield Cell("GetSummary", "award streak", learner, caller, actual, expected)


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
                    actual = [body[group][name] for name in ("user_id", "display_name", "points", "achievements")]
                    yield Cell(
                        f"GetSummary {group}", figure, as_if, caller, actual, _person(as_if, caller, FIGURES[figure])
                    )
            if "rank by points" in wanted:
                row = body["max_points_gap"]["a"]
                actual = [row[name] for name in ("user_id", "display_name", "points", "achievements")]
                yield Cell(
                    "GetSummary max_points_gap",
                    "rank by points",
                    as_if,
                    caller,
                    actual,
                    _person(as_if, caller, "stats"),
                )
