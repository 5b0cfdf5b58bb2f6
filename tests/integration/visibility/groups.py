"""The cells of a group: what its members and its teachers see of one another."""

from collections.abc import Iterable, Iterator

from tests.integration.visibility import boards, world
from tests.integration.visibility.asking import Cell, ask, at, where
from tests.integration.visibility.oracle import ADMIN, READER, STRANGER, TEACHER, Learner

REPORT = {
    "name": ("display_name",),
    "points": ("points",),
    "achievements count": ("achievements",),
    "homeworks of the week": ("week", "homeworks"),
    "achievements of the month": ("month", "achievements"),
    "activity streak": ("streak",),
    "risk of the streak": ("at_risk",),
}


def in_a_group(everybody: list[Learner], wanted: Iterable[str]) -> Iterator[Cell]:
    """Inside a group that all learners, the stranger and the teacher are in: names and scores whatever the learners'
    visibility, and for those who may read the report, what it shows."""
    path, wanted = {"group_id": world.group_id()}, set(wanted)
    for caller in (STRANGER, READER, TEACHER, ADMIN):
        reads_all = caller in (TEACHER, ADMIN)
        status = 404 if caller == READER else 200
        if "name" in wanted:
            answer = ask("ListMembers", caller, everybody[0], path=path, query={"limit": "100"})
            yield Cell("ListMembers", "status", everybody[0], caller, answer.status, status)
            for learner in everybody:
                actual = where(at("user_id"), learner.user_id, "display_name")(answer.body)
                sees = reads_all or (caller == STRANGER and learner.is_named_in_groups)
                yield Cell(
                    "ListMembers", "name", learner, caller, actual, world.truth(learner)["name"] if sees else None
                )
        for board in world.BOARDS:
            if f"rank by {board}" in wanted and caller != READER:
                query = {"board": str(board), "limit": "100"}
                page = ask("GetGroupBoard", caller, everybody[0], path=path, query=query)
                yield from boards.rows("GetGroupBoard", page.body["items"], board, caller, everybody, in_group=True)
        if figures := wanted & REPORT.keys():
            answer = ask("GetGroupReport", caller, everybody[0], path=path)
            refused = 403 if caller == STRANGER else status
            yield Cell("GetGroupReport", "status", everybody[0], caller, answer.status, refused)
            for learner in everybody:
                real = world.truth(learner)
                for figure in figures:
                    actual = where(at("user_id"), learner.user_id, *REPORT[figure])(answer.body)
                    yield Cell("GetGroupReport", figure, learner, caller, actual, real[figure] if reads_all else None)
