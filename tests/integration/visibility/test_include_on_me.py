"""GET /v1/users/me?include=: as by id, and the preferences."""

import pytest

from goals.create_goal import handler as create_goal
from laurels.profiles.models import OTHERS_PARTS, Part
from preferences.get_preferences import handler as get_preferences
from profiles.get_me import handler as get_me
from profiles.get_profile import handler as get_profile
from tests.events import Answer, call
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.profiles.people import ANNA, join
from tests.integration.recorder import Recorder

HER = {"user_id": "anna"}


def me(include: str | None = None) -> Answer:
    return call(get_me, caller=ANNA, query={"include": include} if include else {})


@pytest.fixture(autouse=True)
def _anna() -> None:
    join("anna", "Anna")
    assert award(adhoc("olympiad")).status == 201
    assert call(create_goal, path=HER, caller=ANNA, body={"title": "Read"}).status == 201


def test_parts_are_included_as_by_id() -> None:
    by_id = call(get_profile, path=HER, caller=ANNA, query={"include": ",".join(sorted(OTHERS_PARTS))})
    assert me(",".join(sorted(OTHERS_PARTS))).body == by_id.body
    assert len(by_id.body["achievements"]["items"]) == len(by_id.body["goals"]["items"]) == 1
    assert not me().body.keys() & set(Part)


def test_preferences_are_included_on_me_alone() -> None:
    assert me("preferences,stats").body["preferences"] == call(get_preferences, path=HER, caller=ANNA).body
    answer = call(get_profile, path=HER, caller=ANNA, query={"include": "preferences"})
    assert (answer.status, answer.fields) == (422, ["include"])


@pytest.mark.parametrize("include", ["nonsense", "stats,nonsense", "Stats", "sessions"])
def test_an_unknown_part_is_422(include: str) -> None:
    assert (me(include).status, me(include).fields) == (422, ["include"])
    assert call(get_profile, path=HER, caller=ANNA, query={"include": include}).status == 422


def test_preferences_cost_no_request(calls: Recorder) -> None:
    assert me("preferences").status == 200
    assert calls.operations() == ["batch_get_item"]
