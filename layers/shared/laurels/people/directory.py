"""The index items of a profile: the lists of users, and the words of the display name for the search.

They follow from the profile alone, so a change of the profile writes the difference between before and after.
"""

from collections.abc import Mapping
from typing import Any

from laurels import keys
from laurels.keys import Key
from laurels.people import names, rules
from laurels.people.models import Visibility
from laurels.writes import Delete, Item, Put, Write

VERSION = 1
# In each profile: by which rules its words were stored. Without it they are of the first.
CURRENT = {"words_version": names.VERSION}


def new(profile: Mapping[str, Any]) -> list[Write]:
    """Return the writes for the transaction that creates the profile."""
    return [Put(item) for item in _entries(profile).values()]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Write]:
    """Return the writes for the transaction that changes the profile: at most 2 + 2 * names.MAX_WORDS."""
    had, has = _entries(before, before.get("words_version", 1)), _entries(after)
    gone: list[Write] = [Delete(key) for key in had if key not in has]
    return gone + [Put(item) for key, item in has.items() if had.get(key) != item]


def keys_of(profile: Mapping[str, Any]) -> list[Key]:
    """Return the keys of the profile's index items."""
    return list(_entries(profile, profile.get("words_version", 1)))


def is_outdated(profile: Mapping[str, Any]) -> bool:
    """True if the profile is found by words of older rules: the next change by `people.revise` replaces them."""
    return profile.get("words_version", 1) < names.VERSION and any(
        names.words(profile["display_name"]) != names.words(profile["display_name"], version)
        for version in range(profile.get("words_version", 1), names.VERSION)
    )


def _entries(profile: Mapping[str, Any], version: int = names.VERSION) -> dict[Key, Item]:
    user_id = profile["user_id"]
    lists: list[Key] = []
    if not rules.is_erased(profile):
        lists = [keys.newest_user(profile["created_at"], user_id), keys.user_by_id(user_id)]
    found = {key: {**key._asdict(), "v": VERSION, "is_active": profile["is_active"]} for key in lists}
    # Whatever the default is, words are stored unless the user chose to be private: the search decides when it reads.
    if rules.is_findable(profile, Visibility.PUBLIC):
        found |= {Key(item["PK"], item["SK"]): item for item in name_items(user_id, profile["display_name"], version)}
    return found


def name_items(user_id: str, name: str, version: int = names.VERSION) -> list[Item]:
    """Return an item per searchable word. Each holds all words, because a search may be for several."""
    found = names.words(name, version)
    return [
        {**keys.name_word(word, user_id)._asdict(), "v": VERSION, "words": " ".join(found)}
        for word in found
        if len(word) >= names.SHORTEST
    ]
