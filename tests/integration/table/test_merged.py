"""Queries of several partitions at the same time, merged into one order."""

from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from laurels import table as door
from laurels.keys import Key
from laurels.table import Throttled
from laurels.writes import Delete, Put, Write
from tests.contents import clear
from tests.integration.recorder import Recorder
from tests.sizes import sized

PREFIXES = [Key(f"LIST#{shard}", "") for shard in range(3)]
NAMES = "abcdefghijklmnopqrst"
State = frozenset[str]  # the sort keys that are stored


def store(before: State, after: State, shards: dict[str, int]) -> None:
    """Write the difference between two states. `shards` says in which partition a sort key is, if not in the first."""
    changes: list[Write] = []
    for name in before ^ after:
        key = Key(PREFIXES[shards.get(name, 0)].PK, name)
        changes.append(Put(key._asdict()) if name in after else Delete(key))
    if changes:
        door.write(*changes)


def test_pages_are_those_of_one_list_while_items_come_and_go(dynamodb_client: Any, table: str) -> None:
    names = st.sampled_from(NAMES)
    three = {name: number % 3 for number, name in enumerate(NAMES)}

    @settings(max_examples=sized(8, 300))
    @given(
        st.lists(st.frozensets(names, min_size=5), min_size=1, max_size=4),
        st.dictionaries(names, st.integers(0, 2), min_size=5),
        st.integers(1, 4),
        st.booleans(),
    )
    @example([frozenset(NAMES)], three, 2, True)
    @example([frozenset(NAMES), frozenset(NAMES[::2])], three, 1, False)
    def holds(states: list[State], shards: dict[str, int], limit: int, forward: bool) -> None:
        clear(dynamodb_client, table)
        state, position = State(), None
        for following in chain(states, repeat(states[-1])):  # one state for each page, then the last one
            store(state, following, shards)
            state = following
            page = door.query_merged(PREFIXES, limit=limit, after=position, forward=forward)
            ordered = sorted(state | {position or ""}, reverse=not forward)
            ahead = [name for name in ordered[ordered.index(position) + 1 if position else 0 :] if name]
            found = [item["SK"] for item in page.items]
            assert found == ahead[: len(found)]
            assert len(found) >= min(limit, len(ahead))
            if page.last is None:
                assert found == ahead
                return
            assert page.last == found[-1]
            position = page.last

    holds()


def test_a_query_that_fails_fails_the_page(calls: Recorder) -> None:
    calls.fail("query", Throttled())
    with pytest.raises(Throttled):
        door.query_merged(PREFIXES, limit=5)
