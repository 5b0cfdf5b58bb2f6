"""GET /v1/users/{user_id}?include=: other parts of the user in one response, as far as the caller may see them."""

import pytest

from badges import create_badge
from badges.list_badges import handler as list_badges
from goals import create_goal
from goals.list_goals import handler as list_goals
from laurels.people import service as people
from laurels.profiles.models import OTHERS_PARTS, Part
from profiles import get_profile
from stats.get_stats import handler as get_stats
from tests.events import ADMIN, Answer, call
from tests.integration.achievements.catalogue import adhoc, award, awards
from tests.integration.profiles.people import ANNA, BORIS, join, visible
from tests.integration.recorder import Recorder

HER = {"user_id": "anna"}
ALL = "achievements,badges,goals,stats"


def profile(include: str | None = ALL, caller: dict[str, str] | None = None, **query: str) -> Answer:
    return call(get_profile.handler, path=HER, caller=caller, query=query | ({"include": include} if include else {}))


@pytest.fixture(autouse=True)
def _anna() -> None:
    join("anna", "Anna")
    assert award(adhoc("olympiad")).status == 201
    assert call(create_badge.handler, path=HER, caller=ANNA, body={"name": "Reader"}).status == 201
    assert call(create_goal.handler, path=HER, caller=ANNA, body={"title": "Read"}).status == 201


def test_each_included_part_equals_its_own_endpoint_s_response() -> None:
    body = profile().body
    lists = {
        "achievements": awards(),
        "badges": call(list_badges, path=HER),
        "goals": call(list_goals, path=HER),
    }
    for part, answer in lists.items():
        assert len(answer.body["items"]) == 1
        assert body[part] == {"items": answer.body["items"], "has_more": False}
    assert body["stats"] == call(get_stats, path=HER).body


@pytest.mark.parametrize("include", ["goals", "badges,stats", "stats,badges,", ",achievements", None])
def test_parts_that_were_not_included_are_absent(include: str | None) -> None:
    wanted = set(filter(None, (include or "").split(",")))
    assert profile(include).body.keys() & set(Part) == wanted


@pytest.mark.parametrize("include", ["friends", "stats,friends", "Stats", "stats goals", "stats;goals"])
def test_an_unknown_part_is_422_and_names_include(include: str) -> None:
    answer = profile(include)
    assert (answer.status, answer.fields) == (422, ["include"])


@pytest.mark.parametrize("part", sorted(OTHERS_PARTS))
def test_a_part_that_the_caller_may_not_see_is_left_out(part: Part) -> None:
    for level, kept_from in (("private", [None, BORIS]), ("users", [None])):
        change(preferences=visible(**{part: level}))
        for caller in (None, BORIS, ANNA, ADMIN):
            answer = profile(caller=caller)
            assert answer.status == 200
            expected = OTHERS_PARTS - ({part} if caller in kept_from else set())
            assert answer.body.keys() & set(Part) == expected


def test_a_private_profile_hides_the_stats() -> None:
    change(preferences=visible(profile="private"))
    assert (profile().status, profile(caller=BORIS).status) == (404, 404)
    assert profile(caller=ANNA).body.keys() >= OTHERS_PARTS


def change(**fields: object) -> None:
    people.revise("anna", lambda _: fields, None)


def test_an_included_list_says_that_there_is_more() -> None:
    for number in range(20):
        award(adhoc(f"a{number}"))
    achievements = profile("achievements").body["achievements"]
    assert (len(achievements["items"]), achievements["has_more"]) == (20, True)


def test_a_profile_alone_costs_no_more_than_before(calls: Recorder) -> None:
    profile(None)
    assert calls.operations() == ["batch_get_item"]
