"""Preferences take effect with their write: in search, on boards, in streaks and lists."""

from datetime import UTC, datetime

import pytest

from laurels.leaderboards import computing
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.standings.models import Listing
from leaderboards.get_board import handler as get_board
from leaderboards.get_user_rank import handler as get_user_rank
from preferences import update_preferences
from profiles import get_me, get_profile, update_profile
from stats.get_stats import handler as get_stats
from tests.events import ADMIN, Answer, call
from tests.integration.achievements.catalogue import adhoc, award
from tests.integration.leaderboards.conftest import Calendar, calendar  # noqa: F401 - a fixture
from tests.integration.profiles.people import ANNA, BORIS, join

HER = {"user_id": "anna"}
RANK = {"board": "points", "user_id": "anna"}


def prefer(**fields: object) -> Answer:
    answer = call(update_preferences.handler, path=HER, caller=ANNA, body=fields)
    assert answer.status == 200, answer.text
    return answer


def board() -> tuple[list[str | None], int]:
    body = call(get_board, path={"board": "points"}).body
    return [item["display_name"] for item in body["items"]], body["total"]


@pytest.fixture
def _two() -> None:
    for who in ("anna", "boris"):
        join(who, who.title())
        assert award(adhoc("olympiad", points=len(who)), user_id=who).status == 201


@pytest.mark.usefixtures("bucket", "_two")
def test_anonymous_and_hidden_users_lose_names_at_once_and_places_with_the_next_run() -> None:
    computing.compute()
    assert board() == (["Boris", "Anna"], 2)
    for choice, total in (("anonymous", 2), ("hidden", 1), ("shown", 2)):
        prefer(leaderboards=choice)
        assert standings.get("anna").listing is Listing(choice)
        if choice != "shown":  # who was not shown when boards were computed stays so until the next run
            assert board()[0] in (["Boris", None], ["Boris"])
            assert call(get_user_rank, path=RANK, caller=BORIS).status == 404
        computing.compute()
        assert board()[1] == total
    assert board()[0] == ["Boris", "Anna"]


@pytest.mark.usefixtures("bucket", "_two")
def test_an_inactive_user_has_no_name_on_boards_and_no_rank() -> None:
    computing.compute()
    call(update_profile.handler, path=HER, caller=ADMIN, body={"is_active": False})
    for _ in range(2):
        assert board() == (["Boris", None], 2)
        for caller, status in ((None, 404), (BORIS, 404), (ANNA, 200), (ADMIN, 200)):
            assert call(get_user_rank, path=RANK, caller=caller).status == status
            assert call(get_profile.handler, path=HER, caller=caller).status == status
        assert "Anna" not in call(get_user_rank, path={"board": "points", "user_id": "boris"}).text
        computing.compute()


@pytest.mark.usefixtures("_two")
def test_visibility_holds_from_the_next_read() -> None:
    for level, statuses in (("private", (404, 404)), ("users", (404, 200)), ("public", (200, 200))):
        for part, handler in (("stats", get_stats), ("profile", get_profile.handler)):
            prefer(visibility={part: level})
            assert tuple(call(handler, path=HER, caller=caller).status for caller in (None, BORIS)) == statuses
            prefer(visibility=None)


def test_a_changed_time_zone_determines_the_day(calendar: Calendar) -> None:  # noqa: F811
    calendar.now = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC)
    call(get_me.handler, caller=ANNA)
    prefer(timezone="Asia/Tokyo")  # where it is 3:22 on the 21st
    calendar.passes(days=3)
    standing = standings.get("anna")
    assert standing.timezone == "Asia/Tokyo"
    assert zones.today(standing, int(calendar.now.timestamp() * 1000)).isoformat() == "2026-11-24"
    prefer(timezone=None)
    assert standings.get("anna").timezone == "UTC"


def test_preferences_chosen_before_anything_was_earned_hold_afterwards() -> None:
    prefer(timezone="Asia/Tokyo", leaderboards="hidden")
    assert award(adhoc("olympiad")).status == 201
    standing = standings.get("anna")
    assert (standing.timezone, standing.listing, standing.points) == ("Asia/Tokyo", Listing.HIDDEN, 10)


def test_concurrent_counts_are_not_lost() -> None:
    for number in range(5):
        prefer(timezone=("Asia/Tokyo", "Europe/Berlin")[number % 2], leaderboards=("hidden", "shown")[number % 2])
        assert award(adhoc(f"a{number}")).status == 201
    assert standings.get("anna").points == 50
