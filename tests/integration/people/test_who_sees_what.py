"""Every endpoint, every kind of caller, every visibility: who sees what of a user, and who may change what.

The routes are the template's, so a new endpoint fails here until it has a row (see rows.py).
"""

from typing import Any

import pytest

from laurels import clock
from local.template.application import Route
from tests.contents import contents
from tests.events import Answer, call
from tests.integration.people import rows, world
from tests.integration.people.rows import READS, WRITES, Read, Write
from tests.integration.people.world import ADMINISTRATOR, CALLERS, NOBODY, OWNER, PRIVATE, STATES, State
from tests.sizes import sized
from tests.template import project

ROUTES = {route.key: route for route in project.application().routes}
HANDLERS = world.handlers()


@pytest.fixture
def parts(bucket: str, queues: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A world with Anna in it; the variable parts of the paths to what is hers."""
    monkeypatch.setenv("AVATARS_URL", "https://pictures.example.org")
    return world.build()


def callers(route: Route) -> list[str]:
    """Who gets through to the function: the gateway asks for a token where the template says so."""
    if route.authorizer is None:
        return [NOBODY]
    return [who for who in CALLERS if who != NOBODY or route.authorizer == "OptionalTokenAuthorizer"]


def ask(row: Read | Write, who: str, parts: dict[str, str]) -> Answer:
    route = ROUTES[row.route]
    path = {name: value for name, value in (parts | row.path).items() if f"{{{name}}}" in route.path}
    request: dict[str, Any] = {"path": path, "query": row.query, "caller": CALLERS[who]}
    if isinstance(row, Write) and row.body is not None:
        moment = {"occurred_at": clock.iso(clock.now())} if "occurred_at" in row.body else {}
        request["body"] = row.body | moment
    return call(HANDLERS[str(route.function)], **request)


def test_every_route_has_a_row_and_no_row_is_of_a_route_that_is_gone() -> None:
    assert {*(row.route for row in READS), *(row.route for row in WRITES)} == ROUTES.keys()
    assert {row.route for row in READS} == {key for key in ROUTES if key.startswith("GET ")}


def mistakes(state: State, parts: dict[str, str]) -> list[str]:
    """What is not as the table says."""
    found = []
    for row in READS:
        for who in callers(ROUTES[row.route]):
            answer = ask(row, who, parts)
            seen, expected = (answer.status, world.marks_in(answer.text)), row.expected(who, state)
            if seen != expected:
                found.append(f"{state}: {row.route} {row.query} by {who}: {seen}, not {expected}")
    return found


@pytest.mark.parametrize("start", range(sized(1, 3)))
def test_each_caller_sees_exactly_what_the_table_of_rules_says(start: int, parts: dict[str, str]) -> None:
    found, states = [], STATES[start::3]
    for state in states:
        world.turn(state)
        found += mistakes(state, parts)
    made = len(states) * sum(len(callers(ROUTES[row.route])) for row in READS)
    print(f"{made} cells, {len(found)} differ")  # pytest -rP shows it
    assert not found, "\n".join(found)


def test_an_erased_user_s_are_404(parts: dict[str, str]) -> None:
    answer = call(HANDLERS["StartErasure"], path={"user_id": "anna"}, caller=CALLERS[OWNER])
    assert answer.status == 202
    found = mistakes(State(erased=True), parts)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("row", WRITES, ids=lambda row: f"{row.route} {row.body or ''}")
def test_only_permitted_callers_change_anything_and_responses_reveal_nothing_else(
    row: Write, parts: dict[str, str], dynamodb_client: Any, table: str
) -> None:
    for state in (State(), State({"profile": "private"}, active=False)):
        world.turn(state)
        before = contents(dynamodb_client, table)
        for who in callers(ROUTES[row.route]):
            with world.undone(dynamodb_client, table):
                answer = ask(row, who, parts)
                if who in row.may:
                    assert answer.status == row.status or (not row.status and answer.status < 300), answer.text
                    theirs = row.tells if who in rows.OWN else row.tells - PRIVATE
                    assert world.marks_in(answer.text) <= theirs, who
                else:
                    assert (answer.status, world.marks_in(answer.text)) == (
                        row.refused_too.get(who, row.refused),
                        set(),
                    ), who
                    assert contents(dynamodb_client, table) == before, who
        assert contents(dynamodb_client, table) == before


def test_the_table_knows_every_kind_of_caller_and_of_mark() -> None:
    """Somebody sees each mark, and each caller sees something."""
    marks_in = {
        (who, mark) for row in READS for state in STATES for who in callers(ROUTES[row.route])
        for mark in row.expected(who, state)[1]
    }  # fmt: skip
    assert {mark for _, mark in marks_in} == world.MARKS.keys()
    assert {who for who, _ in marks_in} == CALLERS.keys()
    assert {who for who, mark in marks_in if mark in PRIVATE} == {OWNER, ADMINISTRATOR}
