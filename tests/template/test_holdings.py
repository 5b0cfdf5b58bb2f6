"""Each function of keys.py makes keys of what an erasure deletes and an export holds, or of what is nobody's."""

import inspect

from laurels import keys
from laurels.privacy import holdings
from laurels.privacy.models import Kind

# What is held about no user, each with its reason.
NOBODYS = {
    "achievement": "the catalogue",
    "metric": "the definitions of metrics",
    "criteria": "the catalogue",
    "group": "a group's, whose members have keys of their own",
    "criteria_version": "the catalogue's: one of a few copies, by a hash of the id",
    "criteria_version_copy": "the catalogue",
    "boards_lock": "the schedule's",
    "boards_runs": "rows of users vanish with the next run after a change of their standing, in a day at the latest",
    "boards_current": "names the current version of the boards",
    "boards_file": "rows of users vanish with the next run, and a version with the fourth after it",
    "boards_work": "is deleted when its version is complete, or by the next run",
    "erasure": "names the user until it is done, and is a receipt without an id then",
    "tombstone": "a keyed hash of the id",
    "standings": "the beginning of all standings' keys",
    "newest_users_shard": "all users of a partition; a user's own is `newest_user`",
    "names_shard": "all words of a partition; a user's own are `name_word`",
    "users_by_id_shard": "all users of a partition; a user's own is `user_by_id`",
    "standing_shard": "all standings of a partition; a user's own is `standing`",
    "standings_changed": "when something in a partition has changed",
    "shard_of": "makes no key",
    "user_of": "makes no key",
}


def test_every_key_is_on_the_list_of_holdings_or_nobody_s() -> None:
    public = {
        name
        for name, each in inspect.getmembers(keys, inspect.isfunction)
        if each.__module__ == keys.__name__ and not name.startswith("_")
    }
    held = {
        make.__name__
        for makers in (
            *holdings.PARTITION.values(),
            *holdings.ELSEWHERE.values(),
            *(made for _, _, made in holdings.LINKED.values()),
            holdings.OBJECTS.values(),
        )
        for make in makers
    }
    assert not public - held - NOBODYS.keys(), (
        "add a new key to a kind in laurels/privacy/holdings.py, so that erasures delete it and exports hold it; or, "
        f"if it is no user's, to NOBODYS here, with the reason: {sorted(public - held - NOBODYS.keys())}"
    )
    assert not held & NOBODYS.keys()
    assert not NOBODYS.keys() - public, f"delete these, they are gone: {sorted(NOBODYS.keys() - public)}"


def test_every_kind_has_its_place() -> None:
    placed = {*holdings.PARTITION, *holdings.ELSEWHERE, *holdings.LINKED, *holdings.OBJECTS, Kind.OTHER}
    assert placed == set(Kind)
