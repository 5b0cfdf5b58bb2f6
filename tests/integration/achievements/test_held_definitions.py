"""A process holds definitions per version of the catalogue, and no call uses one that is older than the table's."""

import random
import tracemalloc
from collections import Counter as Tally
from collections.abc import Callable
from typing import Any

import pytest

from laurels import clock, keys, table
from laurels import table as door
from laurels.achievements import held_definitions
from laurels.achievements.held_definitions import MOST, MOST_AGE, Lookup
from laurels.standings import in_force
from laurels.writes import Update
from tests.events import ADMIN, user
from tests.integration.achievements.catalogue import (
    archive,
    award,
    awards,
    catalogue,
    create,
    draft,
    import_all,
    one,
    patch,
    reach,
)
from tests.integration.metrics import calling
from tests.integration.recorder import Recorder

ANNA, BORIS = user("anna"), user("boris")
CODES = [f"n{number}" for number in range(5)]
MANY, LIST, TRANSACTION = "batch_get_item", "query", "transact_write_items"

READS: dict[str, tuple[Callable[[], object], list[str]]] = {
    "one achievement": (lambda: one("n0"), [MANY]),
    "the catalogue": (lambda: catalogue(), [MANY]),
    "a category of it": (lambda: catalogue(category="Habits"), [MANY]),
    "a user's awards": (lambda: awards(BORIS), [LIST, MANY]),
    "one's own awards and those in progress": (lambda: awards(ANNA, query={"status": "all"}), [LIST, MANY, MANY]),
    "an award that is there": (lambda: award({"code": "n0"}), [MANY]),
    "an award of an unknown code": (lambda: award({"code": "unheard-of"}), [MANY]),
}


def keys_read(calls: Recorder) -> Tally[str]:
    """Return how often each partition was read."""
    found: Tally[str] = Tally()
    for call in calls.made:
        if call.operation == MANY:
            (asked,) = call.request["RequestItems"].values()
            found.update(key["PK"]["S"] for key in asked["Keys"])
        elif call.operation == LIST:
            found[call.request["ExpressionAttributeValues"][":pk"]["S"]] += 1
        elif call.operation == "get_item":
            found[call.request["Key"]["PK"]["S"]] += 1
    return found


@pytest.fixture
def _earned() -> None:
    import_all(*(draft(code) for code in CODES), draft("far", criteria=reach(points=100_000)))
    award({"code": "n0"})


@pytest.mark.usefixtures("_earned")
@pytest.mark.parametrize("what", READS)
def test_a_warm_call_reads_nothing_of_the_catalogue(what: str, calls: Recorder) -> None:
    ask, requests = READS[what]
    ask()
    ask()
    calls.made.clear()
    ask()
    assert calls.operations() == requests
    assert keys_read(calls)[keys.achievement().PK] == 0


@pytest.mark.usefixtures("_earned")
def test_a_first_award_takes_no_more_requests_than_a_warm_one(calls: Recorder) -> None:
    for user_id in ("first", "second", "third", "fourth"):
        calls.made.clear()
        assert award({"code": "n1"}, user_id=user_id).status == 201
        assert calls.operations() in ([MANY, TRANSACTION], [MANY, MANY, TRANSACTION])  # once, the criteria
    assert keys_read(calls)[keys.achievement().PK] == 0


class Torn:
    """Reads each key of a request at a moment of its own, as DynamoDB may, with a write in between: in any order, or
    without `chance` after the definitions and before their version."""

    def __init__(self, chance: random.Random | None, call: Callable[..., dict[str, Any]]) -> None:
        self._chance, self._call = chance, call
        self.meanwhile: Callable[[], object] | None = None

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        if operation != MANY or not self.meanwhile:
            return self._call(operation, **request)
        ((name, asked),) = request["RequestItems"].items()
        write, self.meanwhile = self.meanwhile, None
        wanted: list[Any] = [*asked["Keys"], None]
        if self._chance:
            self._chance.shuffle(wanted)
        else:
            wanted.sort(key=lambda key: 1 if key is None else 2 * (key["PK"]["S"] != keys.achievement().PK))
        found: list[Any] = []
        for key in wanted:
            if key is None:
                write()
            else:
                part = {name: asked | {"Keys": [key]}}
                found += self._call(operation, RequestItems=part)["Responses"].get(name, [])
        return {"Responses": {name: found}}


@pytest.mark.parametrize("seed", range(4))
def test_no_call_uses_an_older_definition_than_the_table_had_when_it_began(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    torn = Torn(chance, door._call)
    monkeypatch.setattr(door, "_call", torn)
    worth, numbers = dict.fromkeys(CODES, 50), iter(range(51, 1000))
    import_all(*(draft(code, category="50") for code in CODES))
    for code in CODES:
        award({"code": code})
    processes: list[dict[str, Any]] = [{}, {}]

    def write() -> None:
        code, points = chance.choice(CODES), next(numbers)
        if chance.random() < 0.3:
            assert import_all(draft(code, points=points, category=f"{points}")).body["updated"] == 1
        else:
            assert patch({"points": points, "category": f"{points}"}, code).status == 200
        worth[code] = points

    def seen(step: int, code: str) -> dict[str, int]:
        """Return the points, or the category, which is the same number, of some definitions as a call shows them."""
        match chance.randrange(4):
            case 0:
                return {code: one(code, caller=chance.choice([None, ADMIN])).body["points"]}
            case 1:
                items = catalogue(limit=chance.choice(["3", "5"])).body["items"]
                return {each["code"]: each["points"] for each in items}
            case 2:
                return {code: award({"code": code}, user_id=f"user-{step}").body["points"]}
        items = awards(chance.choice([ANNA, BORIS])).body["items"]
        return {each["code"]: int(each["category"]) for each in items}

    for step in range(40):
        monkeypatch.setattr(held_definitions, "_held", chance.choice(processes))
        if chance.random() < 0.3:
            write()
        torn.meanwhile = write if chance.random() < 0.3 else None
        before = dict(worth)
        for code, points in seen(step, chance.choice(CODES)).items():
            assert points >= before[code], (step, code)
        torn.meanwhile = None


@pytest.mark.parametrize("who", [None, ADMIN])
def test_a_definition_that_was_read_before_its_new_version_is_not_held(
    who: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(draft())
    torn = Torn(None, door._call)
    monkeypatch.setattr(door, "_call", torn)
    torn.meanwhile = lambda: patch({"points": 60})
    assert one(caller=who).body["points"] == 50  # the write came after the call began
    assert [one(caller=who).body["points"] for _ in range(3)] == [60] * 3
    assert award({"code": "early-bird"}).body["points"] == 60


@pytest.mark.usefixtures("_earned")
def test_an_achievement_that_another_process_archived_is_not_awarded() -> None:
    for user_id in ("first", "second"):
        assert award({"code": "n1"}, user_id=user_id).status == 201
    assert archive("n1").status == 204
    assert award({"code": "n1"}, user_id="third").status == 422


def versions() -> tuple[set[str | None], set[str | None]]:
    """Return the versions of what is in force, and those of the catalogue, in all copies."""
    copies = table.get_many([keys.criteria_version_copy(copy) for copy in range(keys.VERSION_COPIES)], consistent=True)
    return {(copy or {}).get("version") for copy in copies}, {(copy or {}).get("catalogue") for copy in copies}


def test_a_text_changes_the_catalogue_and_not_what_is_in_force_and_a_metric_the_other_way_round() -> None:
    create(draft(criteria=reach(points=5)))
    in_force_before, catalogue_before = versions()
    assert len(in_force_before) == len(catalogue_before) == 1
    patch({"category": "Habits"})
    (in_force_then, catalogue_then) = versions()
    assert in_force_then == in_force_before
    assert catalogue_then != catalogue_before
    assert calling.create().status == 201
    assert versions()[0] != in_force_then
    assert versions()[1] == catalogue_then


def test_a_table_without_a_version_of_its_catalogue_is_read_each_time(calls: Recorder) -> None:
    create(draft())
    for copy in range(keys.VERSION_COPIES):
        table.write(Update(keys.criteria_version_copy(copy), remove=["catalogue"]))
    for points in (60, 70):
        table.write(Update(keys.achievement("early-bird"), set={"points": points}))
        assert one().body["points"] == points
        assert [each["points"] for each in catalogue().body["items"]] == [points]
        assert award({"code": "early-bird"}, user_id=f"user-{points}").body["points"] == points


def test_what_is_held_is_read_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    create(draft())
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now)
    shown = [(one().body["points"], catalogue().body["items"][0]["points"]) for _ in range(2)]
    table.write(Update(keys.achievement("early-bird"), set={"points": 60}))  # by hand, so without a version
    shown.append((one().body["points"], catalogue().body["items"][0]["points"]))
    now += MOST_AGE
    shown.append((one().body["points"], catalogue().body["items"][0]["points"]))
    assert shown == [(50, 50)] * 3 + [(60, 60)]


def test_a_process_holds_a_limited_number_of_bytes() -> None:
    create(draft())
    for _ in range(2):
        one()
    copy = table.get(in_force.any_copy(), consistent=True)
    tracemalloc.start()
    try:
        for number in range(200):
            lookup = Lookup([], in_force.any_copy())
            lookup.found([copy])
            lookup.add({f"large-{number}": {"text": f"{number}" + "x" * 100_000}})
        assert tracemalloc.get_traced_memory()[0] < MOST + 500_000
    finally:
        tracemalloc.stop()
