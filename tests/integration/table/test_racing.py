"""Twenty threads write at once: nothing is lost, and nothing happens twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from laurels import table
from laurels.keys import Key
from laurels.table import Cancelled, ConditionFailed, Contended
from laurels.writes import ABSENT, Item, Put, Update

THREADS = 20
KEY = Key("USER#1", "PROFILE")
KEYS = KEY._asdict()


T = TypeVar("T")


def at_once(work: Callable[[int], T]) -> list[T]:
    """What each of the threads returned. They begin together."""
    line = Barrier(THREADS)

    def begin(number: int) -> T:
        line.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as executor:
        return list(executor.map(begin, range(THREADS)))


def test_conditional_increments_lose_nothing() -> None:
    """Read, count, write if nobody has counted meanwhile, else again from what stands there."""
    table.write(Put({**KEYS, "count": 0, "by": []}))

    def count(number: int) -> None:
        item = table.get(KEY, consistent=True)
        while item is not None:
            try:
                new = {"count": item["count"] + 1, "by": [*item["by"], number]}
                table.write(Update(KEY, set=new, when={"count": item["count"]}))
            except ConditionFailed as failure:
                item = failure.item
            else:
                return

    at_once(count)
    item = table.get(KEY, consistent=True)
    assert item is not None
    assert item["count"] == THREADS
    assert sorted(item["by"]) == list(range(THREADS))


def test_adding_loses_nothing() -> None:
    seen = at_once(lambda number: table.update(Update(KEY, add={"count": 1})))
    assert sorted(item["count"] for item in seen if item) == list(range(1, THREADS + 1))


def test_only_one_makes_an_item_and_the_others_see_whose_it_is() -> None:
    def make(number: int) -> Item | None:
        try:
            table.write(Put({**KEYS, "by": number}, ABSENT))
        except ConditionFailed as failure:
            return failure.item
        return {**KEYS, "by": number, "won": True}

    seen = at_once(make)
    (winner,) = (item["by"] for item in seen if item and "won" in item)
    assert [item and item["by"] for item in seen] == [winner] * THREADS
    assert table.get(KEY, consistent=True) == {**KEYS, "by": winner}


def test_a_transaction_that_makes_an_item_and_counts_it_counts_once() -> None:
    standing = Key("STANDING#00", "USER#1")

    def award(number: int) -> list[bool]:
        """Whether each of the two conditions failed."""
        while True:
            try:
                table.write(Put({"PK": "USER#1", "SK": "AWARD#first"}, ABSENT), Update(standing, add={"points": 10}))
            except Contended:
                continue
            except Cancelled as failure:
                return [failure.failed(0), failure.failed(1)]
            return [False, False]

    assert sorted(at_once(award)) == [[False, False]] + [[True, False]] * (THREADS - 1)
    assert table.get(standing, consistent=True) == {**standing._asdict(), "points": 10}


def test_transactions_that_cross_each_other_keep_a_sum() -> None:
    """Each thread moves points between two users, half of them one way and half the other."""
    one, two = Key("STANDING#00", "USER#1"), Key("STANDING#01", "USER#2")
    table.write(Update(one, add={"points": 100}), Update(two, add={"points": 100}))

    def move(number: int) -> None:
        source, target = (one, two) if number % 2 else (two, one)
        while True:
            try:
                table.write(Update(source, add={"points": -1 - number}), Update(target, add={"points": 1 + number}))
            except Contended:
                continue
            return

    at_once(move)
    items = table.get_many([one, two], consistent=True)
    points = [item["points"] for item in items if item]
    moved = sum((1 + number) * (1 if number % 2 else -1) for number in range(THREADS))
    assert points == [100 - moved, 100 + moved]
