"""Each process reads the criteria once per version, and every update uses the newest."""

from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from laurels import keys, table
from laurels.achievements import criteria
from laurels.standings import in_force
from laurels.writes import Put, Update
from tests.events import together
from tests.integration.achievements.catalogue import archive, create, draft, import_all, patch, reach, stored_criteria
from tests.integration.conftest import Queues
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records, update

pytestmark = pytest.mark.usefixtures("queues")

USERS = [f"user-{number}" for number in range(400)]


def reads_by_key(calls: Recorder) -> Tally[str]:
    """Return how often each partition was read."""
    keys_read: Tally[str] = Tally()
    for call in calls.made:
        if call.operation == "batch_get_item":
            (asked,) = call.request["RequestItems"].values()
            keys_read.update(key["PK"]["S"] for key in asked["Keys"])
    return keys_read


def codes(user_id: str) -> list[str]:
    return [item["code"] for item in table.query_all(keys.award(user_id), consistent=True)]


def test_no_key_is_read_with_more_than_a_fifth_of_the_updates(calls: Recorder) -> None:
    create(draft("ten", criteria=reach(homeworks_completed=10)))
    calls.made.clear()
    for start in range(0, len(USERS), 10):
        deliver(records([update(user, user) for user in USERS[start : start + 10]]))
    counted = reads_by_key(calls)
    assert counted["CATALOGUE"] == 1
    copies = [counted[keys.criteria_version_copy(copy).PK] for copy in range(keys.VERSION_COPIES)]
    assert sum(copies) == len(USERS)
    assert max(counted.values()) <= len(USERS) / 5


def test_20_kb_of_criteria_cost_an_update_half_a_read_unit(calls: Recorder) -> None:
    create(draft("ten", criteria=reach(homeworks_completed=10)))
    far = {criteria.attribute(f"far-{number}"): f'[1,[["tests_passed",{1000 + number}.0]]]' for number in range(600)}
    stored = table.get(keys.criteria(), consistent=True) or {}
    assert criteria.size(far) > 20_000
    table.write(Put(stored | far))
    deliver(records([update("first", "anna")]))
    before = calls.read_units()
    deliver(records([update("second", "anna")]))
    assert calls.read_units() - before == 1.0  # the standing and the version, half a unit each


@pytest.mark.parametrize("user_id", USERS[:10])
def test_criteria_hold_for_the_next_update_whichever_copy_it_reads(user_id: str) -> None:
    deliver(records([update("first", user_id)]))
    create(draft("two", criteria=reach(homeworks_completed=2)))
    deliver(records([update("second", user_id)]))
    assert codes(user_id) == ["two"]


def test_changed_and_archived_criteria_hold_for_the_next_update(queues: Queues) -> None:
    import_all(
        draft("early-bird", criteria=reach(homeworks_completed=5)), draft("kept", criteria=reach(tests_passed=1))
    )
    deliver(records([update("first", "anna")]))
    patch({"criteria": reach(homeworks_completed=2)})
    deliver(records([update("second", "anna")]))
    assert codes("anna") == ["early-bird"]
    archive("kept")
    deliver(records([update("third", "anna", increments={"tests_passed": 1})]))
    assert codes("anna") == ["early-bird"]


def test_concurrent_changes_leave_one_version_in_all_copies() -> None:
    together([partial(create, draft(f"n{number}", criteria=reach(points=5))) for number in range(8)])
    assert len(stored_criteria()) == 8
    copies = table.get_many([keys.criteria_version_copy(copy) for copy in range(keys.VERSION_COPIES)], consistent=True)
    stored = table.get(keys.criteria(), consistent=True)
    assert stored
    assert {copy and copy["version"] for copy in copies} == {stored["version"]}


def test_criteria_of_a_table_without_versions_are_used(queues: Queues) -> None:
    attribute = {criteria.attribute("two"): '[10,[["homeworks_completed",2.0]]]'}
    table.write(Update(keys.criteria(), set={"v": 1} | attribute))
    deliver(records([update("first", "anna"), update("second", "anna")]))
    assert codes("anna") == ["two"]


def test_threads_that_read_a_new_version_at_once_all_get_it(queues: Queues) -> None:
    create(draft("two", criteria=reach(homeworks_completed=2)))
    version = table.get(keys.criteria_version("anna"), consistent=True)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(in_force.of, [version] * 32))
    assert {tuple(each.code for each in known.part(criteria.read)) for known in found} == {("two",)}
