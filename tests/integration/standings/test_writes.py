"""Reading and writing standings: their keys, and no lost updates."""

from collections import Counter as Tally

import pytest

from laurels import keys, table
from laurels.standings import service as standings
from laurels.standings.models import Counter, Standing
from laurels.table import ConditionFailed
from laurels.writes import Put


def test_a_user_without_a_standing_has_a_new_one() -> None:
    assert standings.get("42") == Standing("42")


def test_a_standing_that_was_changed_since_it_was_read_is_not_overwritten() -> None:
    mine, theirs = standings.get("42"), standings.get("42")
    table.write(standings.put(theirs))
    with pytest.raises(ConditionFailed):
        table.write(standings.put(mine))
    mine, theirs = standings.get("42"), standings.get("42")
    theirs.counters[Counter.TESTS_PASSED] = 1
    table.write(standings.put(theirs))
    with pytest.raises(ConditionFailed):
        table.write(standings.put(mine))
    assert standings.get("42").counters[Counter.TESTS_PASSED] == 1


def test_every_standing_is_in_one_of_the_shards() -> None:
    users = {f"user-{number}" for number in range(300)}
    for user_id in users:
        table.write(standings.put(Standing(user_id)))
    table.write(Put({**keys.profile("user-1")._asdict(), "display_name": "Anna"}))
    found = Tally(standing.user_id for shard in standings.shards() for standing in standings.shard(shard))
    assert found == dict.fromkeys(users, 1)


def test_shards_share_the_users_about_evenly() -> None:
    shards = Tally(keys.standing(f"{number:08x}-0000-4000-8000-000000000000").PK for number in range(64_000))
    assert len(shards) == len(standings.shards())
    assert max(shards.values()) < 1.5 * 1000
