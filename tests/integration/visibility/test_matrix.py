"""The matrix of visibility: each figure on each route, for each caller, under all choices of its owner.

What is expected comes from the oracle, the tests' own table. Taking a guard out of the product's table must change what
the matrix finds, or the guard or the matrix is not worth anything.
"""

from collections import Counter

import pytest

from laurels import clock, storage
from laurels.groups import reports
from laurels.groups import rules as groups_rules
from laurels.people.figures import GUARDS, MEASURED, OPEN_TO_TEACHERS, RANKED, Figure, Guard
from laurels.people.rules import View
from laurels.standings.models import Board, Metric
from tests.integration.visibility import boards, cells, groups, oracle, world
from tests.integration.visibility.oracle import ANONYMOUS, FIGURES, READER, STRANGER

# The figures of the oracle that a row of the product's table stands for.
ROWS = {
    Figure.PROFILE: {"name", "about"},
    Figure.CONTACT: {"phone number", "last visit"},
    Figure.TIME_ZONE: {
        *("time zone", "date there", "end of the streak", "risk of the streak", "check-in of today"),
    },
    Figure.BADGES: {"badges"},
    Figure.GOALS: {"goals"},
    Figure.AWARDS: {"awards"},
    Figure.ACHIEVEMENTS_COUNT: {
        *("achievements count", "achievements of the month", "percent of achievements", "rank by achievements"),
    },
    Figure.AWARD_DAYS: {"award streak", "award days"},
    Figure.STATS: {
        *("points", "tests passed", "average grade", "homeworks of the week", "percent of tests"),
        *("minutes read", "minutes of the week", "percent of minutes", "rank by minutes_read"),
        *("rank by points", "rank by homeworks", "rank by tests", "rank by courses"),
    },
    Figure.ACTIVITY: {"activity streak", "active days", "rank by streak"},
}
OTHERS = (ANONYMOUS, STRANGER, READER)


@pytest.fixture
def _learners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards are kept in memory: they are read thousands of times."""
    objects: dict[str, bytes] = {}

    def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
        raw = objects.get(name)
        return raw and raw[start : None if length is None else start + length]

    monkeypatch.setattr(storage, "put", lambda name, raw, *_: objects.__setitem__(name, raw))
    monkeypatch.setattr(storage, "get", get)
    monkeypatch.setattr(storage, "names", lambda prefix: sorted(name for name in objects if name.startswith(prefix)))
    monkeypatch.setattr(storage, "delete", lambda names: [objects.pop(name, None) for name in names])
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    monkeypatch.delenv("DEFAULT_VISIBILITY", raising=False)
    world.build(oracle.learners())


@pytest.mark.usefixtures("_learners")
def test_every_route_tells_each_caller_exactly_what_the_oracle_says() -> None:
    everybody = oracle.learners()
    top = everybody[-1]
    made = list(cells.all_cells())
    made += groups.in_a_group(everybody, FIGURES)
    made += boards.at_the_top(top, everybody, FIGURES, oracle.CALLERS)
    wrong = [cell for cell in made if cell.actual != cell.expected]
    print(f"{len(made)} cells, {len(wrong)} differ")  # pytest -rP shows it
    assert not wrong, f"{len(wrong)} of {len(made)} cells differ:\n" + "\n".join(map(str, wrong[:40]))
    shown, hidden = (Counter(cell.figure for cell in made if (cell.expected is None) is gone) for gone in (False, True))
    assert shown.keys() >= FIGURES.keys(), f"nobody ever sees {FIGURES.keys() - shown.keys()}"
    assert len(made) > 10_000
    never_hidden = {figure for figure in FIGURES if not hidden[figure]} - {"preferences"}
    assert not never_hidden, f"everybody always sees {never_hidden}"


def test_each_row_of_the_table_is_in_the_matrix() -> None:
    assert ROWS.keys() == set(Figure)
    assert set[str]().union(*ROWS.values()) | {"preferences"} == FIGURES.keys()


def differs(figure: Figure) -> bool:
    found = cells.all_cells(ROWS[figure], OTHERS)
    return any(cell.actual != cell.expected for cell in found if cell.figure in ROWS[figure])


@pytest.mark.usefixtures("_learners")
def test_a_guard_that_is_taken_out_of_the_table_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    for figure, guards in GUARDS.items():
        for guard in guards:
            with monkeypatch.context() as patch:
                patch.setitem(GUARDS, figure, guards - {guard})
                assert differs(figure), f"nothing changes if {figure!r} is not guarded by {guard!r}"
        assert not differs(figure), figure


def differing_in_a_group() -> set[str]:
    found = groups.in_a_group(oracle.learners(), FIGURES)
    return {cell.figure for cell in found if cell.actual != cell.expected}


@pytest.mark.usefixtures("_learners")
def test_a_guard_of_a_group_that_is_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert differing_in_a_group() == set()
    with monkeypatch.context() as patch:
        patch.setattr(groups_rules, "is_named", lambda *_: True)
        assert differing_in_a_group() == {"name", *(f"rank by {board}" for board in world.BOARDS)}
    with monkeypatch.context() as patch:
        patch.setitem(groups_rules.MAY, groups_rules.Act.SEE_EVERYBODY, set(groups_rules.Part))
        assert differing_in_a_group() == {"name"}
    with monkeypatch.context() as patch:
        patch.setitem(groups_rules.MAY, groups_rules.Act.SEE_REPORT, set(groups_rules.Part))
        assert differing_in_a_group() == {"status", *groups.REPORT}
    with monkeypatch.context() as patch:
        patch.setattr(
            reports, "_TO_TEACHERS", View(OPEN_TO_TEACHERS - {Guard.ACHIEVEMENTS})
        )  # private: it is no setting
        assert differing_in_a_group() == {"achievements count", "achievements of the month"}


@pytest.mark.usefixtures("_learners")
def test_a_board_or_a_metric_with_another_figure_s_guards_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(MEASURED, Metric.ACHIEVEMENTS, Figure.STATS)
        assert differs(Figure.ACHIEVEMENTS_COUNT)
    with monkeypatch.context() as patch:
        patch.setitem(RANKED, Board.ACHIEVEMENTS, Figure.STATS)
        assert differs(Figure.ACHIEVEMENTS_COUNT)
    for board in set(Board) - {Board.ACHIEVEMENTS}:
        with monkeypatch.context() as patch:
            patch.setitem(RANKED, board, Figure.ACHIEVEMENTS_COUNT)
            assert differs(Figure.ACTIVITY if board is Board.STREAK else Figure.STATS), board


def test_the_table_guards_by_the_parts_that_owners_choose() -> None:
    assert {*oracle.PARTS, "owner"} == set(Guard)
