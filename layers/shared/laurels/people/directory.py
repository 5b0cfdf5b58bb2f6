"""The index items of a profile: the lists of users, and the words of the display name for the search.

They follow from the profile alone, so a change of the profile writes the difference between before and after.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from laurels import keys
from laurels.keys import Key
from laurels.people import names, rules
from laurels.people.models import Visibility
from laurels.writes import Delete, Item, Put, Write

VERSION = 1
# In each profile: the version by which its words were stored. Without it, that is the first.
CURRENT = {"words_version": names.VERSION}


def new(profile: Mapping[str, Any]) -> list[Write]:
    """Return the writes for the transaction that creates the profile."""
    return [Put(item) for item in _entries(_indexed(profile)).values()]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Write]:
    """Return the writes for the transaction that changes the profile: at most 2 + 2 * names.MAX_WORDS."""
    old, new = _indexed(before), _indexed(after)
    if old == new:
        return []
    had, has = _entries(old), _entries(new)
    gone: list[Write] = [Delete(key) for key in had if key not in has]
    return gone + [Put(item) for key, item in has.items() if had.get(key) != item]


def keys_of(profile: Mapping[str, Any]) -> list[Key]:
    """Return the keys of the profile's index items."""
    return list(_entries(_indexed(profile)))


def is_outdated(profile: Mapping[str, Any]) -> bool:
    """True if the profile is found by words of older rules: the next change by `people.revise` replaces them."""
    return profile.get("words_version", 1) < names.VERSION and any(
        names.words(profile["display_name"]) != names.words(profile["display_name"], version)
        for version in range(profile.get("words_version", 1), names.VERSION)
    )


class Indexed(NamedTuple):
    """What the index items of a profile follow from, and nothing else."""

    user_id: str
    created_at: str
    is_active: bool
    is_listed: bool
    name: str | None  # None: not to be found by it
    words_version: int


def _indexed(profile: Mapping[str, Any]) -> Indexed:
    # Whatever the default is, words are stored unless the user chose to be private: the search decides when it reads.
    name = profile["display_name"] if rules.is_findable(profile, Visibility.PUBLIC) else None
    return Indexed(
        profile["user_id"],
        profile["created_at"],
        profile["is_active"],
        not rules.is_erased(profile),
        name,
        profile.get("words_version", 1),
    )


def _entries(of: Indexed) -> dict[Key, Item]:
    lists = [keys.newest_user(of.created_at, of.user_id), keys.user_by_id(of.user_id)] if of.is_listed else []
    found = {key: {**key._asdict(), "v": VERSION, "is_active": of.is_active} for key in lists}
    if of.name is not None:
        found |= {Key(item["PK"], item["SK"]): item for item in name_items(of.user_id, of.name, of.words_version)}
    return found


def name_items(user_id: str, name: str, version: int = names.VERSION) -> list[Item]:
    """Return an item per searchable word. Each holds all words, because a search may be for several."""
    found = names.words(name, version)
    key = keys.name_word if version >= names.SPREAD else partial(keys.names_shard, 0)
    return [
        {**key(word, user_id)._asdict(), "v": VERSION, "words": " ".join(found)}
        for word in found
        if len(word) >= names.SHORTEST
    ]
