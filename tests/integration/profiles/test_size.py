"""A profile's item has at most 16 KB, and no list of users is too large for Lambda."""

import json
from bisect import bisect_left
from typing import Any

import pytest

from laurels import keys, table
from laurels.people import rules as people_rules
from preferences import update_preferences
from privacy import start_erasure
from profiles import create_profile, list_profiles, update_profile
from tests.events import ADMIN, Answer, Handler, call, event
from tests.integration.profiles.people import ANNA, settle
from tests.integration.recorder import item_size

# Bytes of a function's response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RESPONSE = 6 * 1024 * 1024
# The most that its fields allow: about 170 KB.
LINKS = [{"network": "🎓" * 40, "url": "https://example.org/" + "🎓" * 2028}] * 20
ME = {"user_id": "me"}


def create(body: Any) -> Answer:
    return call(create_profile.handler, caller=ANNA, body=body)


def patch(body: Any, handler: Handler = update_profile.handler) -> Answer:
    return call(handler, path=ME, caller=ANNA, body=body)


def stored(user_id: str = "anna") -> dict[str, Any]:
    item = table.get(keys.profile(user_id), consistent=True)
    assert item
    return item


def test_a_profile_that_would_be_too_large_is_422_with_its_size_and_the_limit() -> None:
    wanted = {"social_links": LINKS, "about": "x"}
    size = people_rules.written_bytes(wanted | {"display_name": "Анна Каренина"})
    refused = create(wanted)
    settle()
    settle_size = people_rules.written_bytes(wanted | {"display_name": "Anna"})
    for answer, found in ((refused, size), (patch(wanted), settle_size)):
        assert (answer.status, answer.fields) == (422, ["body"])
        assert f"would take {found} bytes, and may take {people_rules.MAX_WRITTEN} in all" in answer.body["detail"]
    assert stored()["rev"] == 1


def test_preferences_count_with_the_profile() -> None:
    settle(about="🎓" * 2000, location="🎓" * 100)
    assert patch({"custom_settings": {"x": "y" * 8000}}, update_preferences.handler).status == 422
    assert patch({"custom_settings": {"x": "y" * 6000}}, update_preferences.handler).status == 200
    assert patch({"website": "https://example.org/" + "y" * 1000}).status == 422
    assert patch({"about": None}).status == 200
    assert patch({"website": "https://example.org/" + "y" * 1000}).status == 200


def test_the_largest_item_that_a_user_can_write_has_at_most_16_kilobytes() -> None:
    """With everything that the service adds, at its longest."""
    user_id = ("a|b:c@" * 22)[:128]
    caller = {"sub": user_id}
    body = {"about": "🎓" * 2000, "phone_number": "+" + "1" * 15, "language": "de"}

    def refuses(length: int) -> bool:
        link = {"network": "x", "url": "https://example.org/" + "x" * length}
        answer = call(update_profile.handler, path=ME, caller=caller, body=body | {"social_links": [link] * 4})
        assert answer.status in (200, 422)
        return answer.status == 422

    bisect_left(range(2028), True, key=refuses)  # ends beside the longest length that is not refused
    assert people_rules.MAX_WRITTEN - people_rules.written_bytes(stored(user_id)) < 4
    at, avatar_id = "2026-11-20T18:22:05.000Z", "f" * 32
    picture = f"https://{'a' * 200}/{keys.avatar(user_id.replace('|', '%7C').replace(':', '%3A'), avatar_id, 512)}"
    own: dict[str, object] = {
        "avatar_url": picture,
        "avatar_id": avatar_id,
        "last_login_at": at,
        "last_seen_at": at,
        "origin": "f" * 64,
    }
    own |= {"avatar_error": {"reason": "too_many_pixels", "at": at, "upload_id": avatar_id}}
    own |= {"erased_at": at, "erasure_id": avatar_id}
    assert item_size(stored(user_id) | own) <= people_rules.MAX_ITEM


def test_a_profile_from_before_the_limit_can_shrink_and_be_erased_but_not_grow() -> None:
    settle(social_links=LINKS)
    assert patch({"social_links": LINKS[:19]}).status == 200
    assert patch({"is_verified": True}).status == 403
    assert (
        call(update_profile.handler, path={"user_id": "anna"}, caller=ADMIN, body={"is_verified": True}).status == 200
    )
    assert patch({"about": "x"}).status == 422
    assert patch({"theme": "dark"}, update_preferences.handler).status == 422
    assert call(start_erasure.handler, path=ME, caller=ANNA).status == 202


@pytest.mark.parametrize("character", ["🎓", '"', "\\"])
def test_a_hundred_of_the_largest_profiles_fit_into_a_response(character: str) -> None:
    full = {"about": character * 1900, "location": character * 100, "display_name": "x" + character * 79}
    links = [{"network": "x" + character * 39, "url": "https://example.org/" + "🎓" * 70} for _ in range(20)]
    made = []
    for number in range(100):
        body = full | {"user_id": f"user-{number}"}
        # As many links as fit. They fit into the later profiles, too.
        while (answer := call(create_profile.handler, caller=ADMIN, body=body | {"social_links": links})).status == 422:
            links.pop()
        made.append(answer.status)
    assert made == [201] * 100
    response = list_profiles.handler(event(list_profiles.handler, caller=ADMIN, query={"limit": "100"}), None)
    assert len(json.loads(response["body"])["items"]) == 100
    assert len(json.dumps(response, ensure_ascii=False).encode()) < RESPONSE
