"""Limits: the calls a second at which a key of the table ends, from the units that each call takes from it.

A partition of DynamoDB gives 3,000 read units and 1,000 write units a second. It may split one that is busy for long,
but not between items that are written in the order of their keys, so the limit of one partition is what is safe.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-key-range-limit-exceeded-mitigation.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, NamedTuple

from laurels import keys
from laurels.attribute_values import size, unpack_item
from tests.bench import built, calls, contestants, meter, requests, samples
from tests.bench.meter import READS, Asked, Meter
from tests.bench.report import Table
from tests.dynamodb_local import server

READ_UNITS, WRITE_UNITS = 3_000, 1_000  # of a partition, a second
WANTED = 5_000  # calls a second
# Of all names, the words that begin with the most frequent two letters, for each name. In the US census of 1990 (the
# lists in the package `names` 0.3 of PyPI) `ma` has 0.09; where fewer first names are in use, it is more.
SAME_LETTERS = 0.2
COPIES = {
    "CRITERIA": keys.VERSION_COPIES,
    "NAMES": keys.NAME_SHARDS / SAME_LETTERS,
    "STANDING": keys.STANDING_SHARDS,
    "USERS#ID": keys.USER_LIST_SHARDS,
    "USERS#NEWEST": keys.USER_LIST_SHARDS,
}
# Of each read, in one process: what a process holds for a minute is read with the first one.
READS_OF_A_PROCESS = 500
COLUMNS = ("call", "read units", "write units", "calls a second")
# The partitions of one name's words count as one here: COPIES has their number.
_SHARD_OF_NAMES = re.compile(r"(?<=^NAMES#..)#\d+$")
# Keys that belong to one user, group and so on: their calls are those of one user or group.
OWNED = {"USER", "GROUP", "PROCESSING", "TOMBSTONE", "ERASURE"}


class Units(NamedTuple):
    reads: float = 0.0
    writes: float = 0.0

    def calls(self, copies: float) -> float:
        """Return the calls a second at which the key ends, if they are spread over so many copies."""
        return copies * min(
            READ_UNITS / self.reads if self.reads else float("inf"),
            WRITE_UNITS / self.writes if self.writes else float("inf"),
        )


def run() -> Iterator[Table]:
    if not server.installed():
        yield Table("Limits", ("left out",), [(f"DynamoDB Local is not installed: {server.INSTALL}",)])
        return
    application = built.application()
    found: list[tuple[str, str, Units]] = []  # kind of key, call, units of one call
    with meter.running(application) as counting:
        (table,) = application.tables.values()
        requests.arrange(counting, table.id)
        ids = calls.arranged(counting.endpoint)
        contestants.function("schedule", "ComputeLeaderboards", counting.endpoint, samples.schedule()).run()
        for call in calls.CALLS:
            _, contestant = calls.contestant(counting.endpoint, call, ids)
            found += _spent(counting, contestant, contestant.events[0]["routeKey"], table.id)
        events = [samples.batch([samples.update(f"user-{number}")]) for number in range(1 + calls.REPEATS)]
        update = contestants.function("an update", "ApplyStatUpdates", counting.endpoint, *events)
        found += _spent(counting, update, "a stat update", table.id)
    yield _shared([each for each in found if each[0] not in OWNED])
    yield _owned([each for each in found if each[0] in OWNED])


def _spent(counting: Meter, contestant: Any, name: str, table: str) -> Iterator[tuple[str, str, Units]]:
    counting.reset()
    asked = READS_OF_A_PROCESS if name.startswith("GET ") else len(contestant.events)
    contestant.run(0, asked - 1)
    whole: dict[str, Units] = defaultdict(Units)
    for each in counting.asked:
        for key, units in _by_key(each, counting, table):
            key = _SHARD_OF_NAMES.sub("", key)
            before = whole[key]
            whole[key] = Units(before.reads + units.reads, before.writes + units.writes)
    of_kind: dict[str, list[Units]] = defaultdict(list)
    for key, units in whole.items():
        of_kind[key.rpartition("#")[0] if key.startswith("USERS#") else key.partition("#")[0]].append(units)
    for kind, taken in of_kind.items():
        # A name has words of several keys, and the busiest one ends first. Of all other kinds, a call uses one key.
        keys_of_kind = taken if kind == "NAMES" else [Units(*map(sum, zip(*taken, strict=True)))]
        busiest = min(keys_of_kind, key=lambda units: units.calls(1))
        yield kind, name, Units(*(units / asked for units in busiest))


def _by_key(asked: Asked, counting: Meter, table: str) -> Iterator[tuple[str, Units]]:
    """Yield the partition keys of a request, each with what it took from them."""
    request, told = asked.request, meter.units(asked.operation, asked.answer)
    if asked.operation == "BatchGetItem":
        (about,) = request["RequestItems"].values()
        sizes = {_name(item): _size(item) for items in asked.answer["Responses"].values() for item in items}
        for key in about["Keys"]:
            whole = ceil(max(sizes.get(_name(key), 0), 1) / 4096)
            yield key["PK"]["S"], Units(reads=whole if about.get("ConsistentRead") else whole / 2)
    elif asked.operation == "TransactWriteItems":
        for part in request["TransactItems"]:
            ((_, write),) = part.items()
            item = write.get("Item") or write["Key"]
            stored = counting.table("GetItem", {"TableName": table, "Key": {each: item[each] for each in ("PK", "SK")}})
            yield item["PK"]["S"], Units(writes=2 * ceil(max(_size(stored.get("Item", item)), 1) / 1024))
    elif asked.operation == "Query":
        match = re.match(r"#?PK = (:\w+)", request["KeyConditionExpression"])
        assert match, request
        yield request["ExpressionAttributeValues"][match[1]]["S"], Units(reads=told)
    else:
        key = request.get("Key") or request["Item"]
        units = Units(reads=told) if asked.operation in READS else Units(writes=told)
        yield key["PK"]["S"], units


def _name(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["PK"]["S"], item["SK"]["S"]


def _size(item: Mapping[str, Any]) -> int:
    return sum(len(name) + size(value) for name, value in unpack_item(item).items())


def _shared(found: list[tuple[str, str, Units]]) -> Table:
    rows = [
        (kind, COPIES.get(kind, 1), name, *units, round(units.calls(COPIES.get(kind, 1))))
        for kind, name, units in sorted(found, key=lambda each: (each[0], each[2].calls(1)))
        if units.calls(COPIES.get(kind, 1)) < WANTED
    ]
    notes = [
        f"All other calls that were measured reach {WANTED:,} a second on every key.",
        f"Of a read, {READS_OF_A_PROCESS} in one process, which holds definitions and boards for a minute.",
        f"NAMES: {SAME_LETTERS:.0%} of the names have a word with the same first two letters, which is a high share.",
    ]
    return Table(
        f"Keys that all users share: calls below {WANTED:,} a second", ("key", "partitions", *COLUMNS), rows, notes
    )


def _owned(found: list[tuple[str, str, Units]]) -> Table:
    rows = []
    for kind in sorted({kind for kind, *_ in found}):
        units, name = min(
            ((units, name) for each, name, units in found if each == kind), key=lambda each: each[0].calls(1)
        )
        rows.append((kind, name, *units, round(units.calls(1))))
    return Table("Keys of one user, group and so on: the call that ends first", ("key", *COLUMNS), rows)
