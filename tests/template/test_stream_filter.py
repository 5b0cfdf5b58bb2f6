"""The stream's filter in template.yaml lets through the items whose changes are events, and no others."""

from typing import Any

import pytest

from laurels import keys
from laurels.attribute_values import pack_item
from laurels.events import rules as events_rules
from laurels.keys import Key
from local.event_sources.streams import _matcher
from tests.template import project

MAPPING = project.application().streams["PublishEventsStream"]
MATCHES = _matcher(MAPPING.filters)
WHOLE = {keys.profile("").SK, keys.erasure().SK}  # sort keys that are no prefixes
OTHERS: dict[str, tuple[Key, dict[str, object]]] = {
    "a session that goes on": (keys.session("42", "s"), {}),
    "the list of sessions": (keys.sessions_guard("42"), {}),
    "a group": (keys.group("g"), {}),
    "a member of a group": (keys.group_member("g", "42"), {}),
    "the number of a user's groups": (keys.memberships("42"), {}),
    "a badge": (keys.badge("42", "b"), {}),
    "a user in the list of the newest": (keys.newest_user("2026", "42"), {}),
    "a user in the list by id": (keys.user_by_id("42"), {}),
    "a word of a name": (keys.name_word("ada", "42"), {}),
    "a definition": (keys.achievement("first"), {}),
    "the criteria": (keys.criteria(), {}),
    "the lock of the schedule": (keys.boards_lock(), {}),
    "a mark of changed standings": (keys.standings_changed("07"), {}),
    "a request that may be repeated": (keys.idempotency("x"), {}),
}


def record(key: Key, image: dict[str, Any]) -> dict[str, Any]:
    names = pack_item(key._asdict())
    return {"eventName": "MODIFY", "dynamodb": {"Keys": names, "OldImage": names, "NewImage": names | pack_item(image)}}


@pytest.mark.parametrize("prefix", events_rules.KINDS, ids=lambda key: f"{key.PK} {key.SK}")
def test_items_of_which_events_are_told_pass(prefix: Key) -> None:
    key = Key(f"{prefix.PK}42", prefix.SK if prefix.SK in WHOLE else f"{prefix.SK}42")
    image = {"revoked_at": "2026-11-20T18:22:05.000Z"}
    assert MATCHES(record(key, image)), (
        f"add {prefix} of laurels/events/rules.py to the FilterCriteria of {MAPPING.name} in template.yaml"
    )
    removal = record(key, {})
    del removal["dynamodb"]["NewImage"]
    is_session = prefix == keys.session("")
    assert MATCHES(removal) is not is_session


@pytest.mark.parametrize(("key", "image"), OTHERS.values(), ids=OTHERS)
def test_other_items_invoke_nothing(key: Key, image: dict[str, Any]) -> None:
    assert not MATCHES(record(key, image))
