"""At 10,000 updates a second, no key is read or written by so many of them that DynamoDB would throttle it."""

from collections import Counter as Tally

from laurels import keys, table
from laurels.achievements import criteria
from laurels.metrics.rules import MAX_ACTIVE
from laurels.writes import Put
from tests.integration.conftest import Queues
from tests.integration.metrics.calling import create, draft
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records, update
from tests.template import project

RATE, MOST = 10_000, 3_000  # updates a second; read units of a key a second
UPDATES = 300


def test_10_000_updates_a_second_with_20_kb_of_criteria_and_16_metrics(queues: Queues, calls: Recorder) -> None:
    for number in range(MAX_ACTIVE):
        create(draft(f"metric_{number:02}", daily_cap=100, board=number < 6))
    far = {criteria.attribute(f"far-{number}"): f'[1,[["tests_passed",{1000 + number}.0]]]' for number in range(600)}
    assert criteria.size(far) > 20_000
    table.write(Put((table.get(keys.criteria(), consistent=True) or {}) | far))
    users = [f"user-{number}" for number in range(UPDATES)]
    calls.made.clear()
    for start in range(0, UPDATES, 10):
        batch = [update(user, user, increments={"metric_00": 1, "metric_07": 1}) for user in users[start : start + 10]]
        assert deliver(records(batch)) == []
    reads: Tally[str] = Tally()
    for call in calls.made:
        if call.operation == "batch_get_item":
            (asked,) = call.request["RequestItems"].values()
            reads.update(key["PK"]["S"] for key in asked["Keys"])
    assert reads["CATALOGUE"] == 1  # once per process and version
    item = (table.get(keys.criteria(), consistent=True) or {}).items()
    units = -(-sum(len(name) + len(str(value)) for name, value in item) // 4096)
    assert units > 5
    consumers = {consumer.function: consumer for consumer in project.application().consumers.values()}
    processes = consumers["ApplyStatUpdates"].concurrency or MOST
    assert processes * units < MOST, "if all processes read a new version in the same second"
    # A copy of the version and a standing have less than 4 KB: half a unit for each read.
    per_second = {key: count / UPDATES * RATE * 0.5 for key, count in reads.items() if key != "CATALOGUE"}
    assert max(per_second.values()) < MOST, per_second
    assert calls.read_units() <= units + sum(reads.values()) * 0.5
    assert sum(reads[keys.criteria_version_copy(copy).PK] for copy in range(keys.VERSION_COPIES)) == UPDATES
