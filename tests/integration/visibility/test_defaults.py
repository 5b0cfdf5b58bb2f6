"""The stack's defaults for users who never chose: DefaultVisibility and DefaultListing."""

import pytest

from laurels.people import service as people
from laurels.people.models import Visibility
from laurels.standings import rules as standings_rules
from laurels.standings.models import Listing, Standing
from leaderboards.compute_leaderboards import handler as compute
from leaderboards.get_board import handler as get_board
from preferences.get_preferences import handler as get_preferences
from profiles.create_profile import handler as create_profile
from profiles.get_profile import handler as get_profile
from profiles.search_profiles import handler as search_profiles
from profiles.update_profile import handler as update_profile
from tests.events import ADMIN, Answer, call, user
from tests.integration.leaderboards.platform import store
from tests.integration.profiles.people import join
from tests.template import project

HER = {"user_id": "anna"}
SERVICE = {"sub": "auth-service", "scope": "users:write"}


def standing(user_id: str = "anna", listing: Listing | None = None) -> Standing:
    made = Standing(user_id, listing=listing)
    standings_rules.earn(made, 50, 1_795_000_000_000, 1_795_000_000_000)
    return made


@pytest.mark.parametrize("name", ["DEFAULT_VISIBILITY", "DEFAULT_LISTING"])
def test_without_the_setting_the_default_is_the_parameter_s(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    parameters = project.application().source["Parameters"]
    found = {"DEFAULT_VISIBILITY": people.default_visibility, "DEFAULT_LISTING": people.default_listing}[name]()
    parameter = parameters["".join(part.title() for part in name.split("_"))]
    assert (parameter["Default"], parameter["AllowedValues"]) == (found, list(type(found)))


@pytest.mark.parametrize(
    ("default", "statuses"), [("public", (200, 200)), ("users", (404, 200)), ("private", (404, 404))]
)
def test_the_default_visibility_applies_until_the_user_chooses(
    default: str, statuses: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_VISIBILITY", default)
    join("anna", "Anna")
    callers = (None, user("boris"), user("anna"), ADMIN)
    assert tuple(call(get_profile, path=HER, caller=caller).status for caller in callers) == (*statuses, 200, 200)
    found = call(search_profiles, caller=user("boris"), query={"q": "anna"}).body["items"]
    assert len(found) == (default != "private")
    actual = call(get_preferences, path=HER, caller=user("anna")).body["visibility"]
    assert actual == dict.fromkeys(("profile", "achievements", "badges", "goals", "stats"), default)

    people.revise("anna", lambda _: {"preferences": {"visibility": {"profile": "public"}}}, None)
    assert [call(get_profile, path=HER, caller=caller).status for caller in callers] == [200] * 4
    points = call(get_profile, path=HER).body["points"]
    assert (points is not None) is (default == "public")


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("default", Listing)
def test_the_default_listing_applies_to_boards_until_the_user_chooses(
    default: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_LISTING", default)
    store([standing(), standing("boris", Listing.SHOWN), standing("clara", Listing.ANONYMOUS)])
    join("boris", "Boris", preferences={"leaderboards": "shown"})
    compute({}, None)
    rows = call(get_board, path={"board": "points"}, caller=user("dora")).body["items"]
    listed: dict[Listing, list[str | None]] = {Listing.SHOWN: ["anna"], Listing.ANONYMOUS: [None], Listing.HIDDEN: []}
    assert [row["user_id"] for row in rows] == [*listed[default], "boris", None]
    assert call(get_preferences, path=HER, caller=user("anna")).body["leaderboards"] == default


@pytest.mark.usefixtures("bucket")
def test_a_changed_default_listing_hides_names_before_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    store([standing()])
    compute({}, None)
    monkeypatch.setenv("DEFAULT_LISTING", Listing.ANONYMOUS)
    (row,) = call(get_board, path={"board": "points"}, caller=user("dora")).body["items"]
    assert (row["user_id"], row["display_name"]) == (None, None)


def test_a_service_is_told_of_a_private_profile_what_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    join("anna", "Anna", about="hers", preferences={"visibility": {"profile": "private"}})

    def change(**body: object) -> Answer:
        return call(update_profile, path=HER, caller=SERVICE, body=body)

    for body in ({}, {"is_verified": True}, {"is_active": False}, {"is_verified": False, "is_active": True}):
        assert change(**body).body == {"user_id": "anna"} | body
    people.revise("anna", lambda _: {"preferences": {"visibility": {"profile": "users", "stats": "private"}}}, None)
    actual = change(is_verified=True).body
    assert (actual["about"], actual["points"], actual["achievements_count"]) == ("hers", None, 0)
    assert "phone_number" not in actual


def test_a_service_that_creates_a_private_profile_is_not_told_what_was_counted_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEFAULT_VISIBILITY", Visibility.PRIVATE)
    store([standing()])
    made = call(create_profile, caller=SERVICE, body={"user_id": "anna", "display_name": "Anna"})
    assert (made.status, made.body) == (201, {"user_id": "anna", "display_name": "Anna"})
