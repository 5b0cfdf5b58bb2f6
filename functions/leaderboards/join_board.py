"""State machine BoardsMachine, JoinBoard: joins the ranges of a board, and its index, into its file."""

from typing import Any

from laurels.leaderboards import distributed
from laurels.leaderboards.files import Layout
from laurels.leaderboards.versions import Run


def handler(event: dict[str, Any], _context: Any) -> tuple[str, Layout]:
    return distributed.join_board(Run(*event["run"]), event["board"])
