"""Boards as files: any range of places can be read back, and each user is found by reading one bucket."""

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels.leaderboards import encoding, files, ranking
from laurels.leaderboards.files import Layout, Place
from laurels.leaderboards.ranking import Ranking
from laurels.leaderboards.users import Users
from tests.unit.standings.strategies import counts, times, user_ids

KEY = b"a version"
everybody = st.lists(st.tuples(user_ids, counts, times, st.booleans()), max_size=30, unique_by=lambda each: each[0])
Everybody = list[tuple[str, int, int, bool]]


def ranked(people: Everybody) -> tuple[Ranking, Users]:
    """The places of a board, and its users in the order of their ids."""
    ids = np.array([user_id.encode() for user_id, *_ in people], np.bytes_)
    users = Users([ids], np.array([hides for *_, hides in people], np.uint8), KEY)
    return users.ranking(ranking.column([each[1] for each in people], [each[2] for each in people])), users


def encoded(people: Everybody, hashes: list[int] | None = None) -> tuple[Layout, bytes, list[Place]]:
    """The file of a board, and the places that it must contain."""
    places, users = ranked(people)
    if hashes is not None:
        users.hashes = np.array(hashes, np.uint64)
    layout, file = encoding.encode(places, users)
    order = sorted(people, key=lambda each: (-each[1], each[2], each[0]))
    scores = [score for _, score, *_ in order]
    return layout, bytes(file), [Place(1 + scores.index(each[1]), *each) for each in order]


@given(everybody)
def test_places_decode_unchanged(people: Everybody) -> None:
    layout, raw, expected = encoded(people)
    assert layout.total == len(people)
    assert files.decode(raw[: layout.total * layout.width], layout.width) == expected


@given(everybody, st.data())
def test_a_board_is_made_of_parts(people: Everybody, data: st.DataObject) -> None:
    _, whole, expected = encoded(people)
    places, users = ranked(people)
    cut = data.draw(st.integers(0, places.total))
    above = expected[cut].rank - 1 if cut < places.total else 0
    parts = encoding.records(places.take(slice(cut)), users).tobytes()
    parts += encoding.records(places.take(slice(cut, None)), users, users.width, cut, above).tobytes()
    assert parts + encoding.directory(users.hashes[places.numbers], users.width)[1] == whole


@given(everybody, st.data())
def test_a_page_is_a_range_of_bytes(people: Everybody, data: st.DataObject) -> None:
    layout, raw, expected = encoded(people)
    first = data.draw(st.integers(1, len(people) + 1))
    last = data.draw(st.integers(first - 1, len(people)))
    start, length = layout.records(first, last)
    assert files.decode(raw[start : start + length], layout.width) == expected[first - 1 : last]


def test_the_width_of_a_place_depends_on_the_longest_id() -> None:
    assert (
        encoded([("x" * 128, 1, 1, False), ("7", 1, 1, False)])[0].width == encoded([("7", 1, 1, False)])[0].width + 127
    )


def test_a_board_without_users_is_empty() -> None:
    layout, raw, _ = encoded([])
    assert (raw, layout.total, layout.buckets) == (b"", 0, 0)


def cohort(size: int) -> Everybody:
    return [(f"user-{number}", 1 + number % 7, 0, False) for number in range(size)]


def found(layout: Layout, raw: bytes, hashed: int) -> list[int]:
    start, length = layout.bucket(hashed)
    assert layout.total * layout.width <= start <= start + length <= len(raw)
    return files.positions(raw[start : start + length], hashed)


def spread(_: str, number: int) -> int:
    return int.from_bytes(sha256(b"%d" % number).digest()[:8], "big")


@pytest.mark.parametrize(
    "hash_of",
    [
        spread,
        lambda _, number: number,  # all in the first bucket
        lambda _, number: 2**64 - 1 - number,  # all in the last one
        lambda _, number: (number % 2) * (2**63) + number,  # two groups with nothing between them
        lambda _, number: number << 32,  # the same fingerprint for all
        lambda _, number: 7,  # the same hash for all
        lambda _, number: (number % 5 << 62 | number // 5) % 2**64,
    ],
    ids=["even", "lowest", "highest", "two heaps", "one fingerprint", "all the same", "five heaps"],
)
@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 3000])
def test_every_user_is_found_for_any_distribution_of_hashes(hash_of: object, size: int) -> None:
    people = sorted(cohort(size))
    hashes = [hash_of(user_id, number) for number, (user_id, *_) in enumerate(people)]  # type: ignore[operator]  # chosen by a parameter
    layout, raw, expected = encoded(people, hashes)
    positions = {place.user_id: position for position, place in enumerate(expected, start=1)}
    for (user_id, *_), hashed in list(zip(people, hashes, strict=True))[:: 1 + size // 50]:
        candidates = found(layout, raw, hashed)
        assert positions[user_id] in candidates
        if hash_of is spread:
            assert len(candidates) == 1


def test_buckets_are_short_and_the_directory_has_little_padding() -> None:
    layout, raw, _ = encoded(cohort(5_000))
    assert layout.bucket_width <= 3_000
    assert len(raw) - layout.total * layout.width <= 5_000 * 8 * 1.5


def test_ids_that_share_a_bucket_in_one_version_are_spread_in_the_next() -> None:
    """To overfill a bucket by chosen ids, an attacker needs the key of a version that does not exist yet."""

    def fullest(key: bytes, ids: list[str]) -> int:
        sizes = [0] * 64
        for each in ids:
            sizes[files.hash_of(each.encode(), key) >> 58] += 1
        return max(sizes)

    chosen = [f"{n}" for n in range(20_000) if files.hash_of(b"%d" % n, b"one version") >> 58 == 0]
    assert fullest(b"one version", chosen) == len(chosen) > 200
    assert fullest(b"the next one", chosen) < 30
