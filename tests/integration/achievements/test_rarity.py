"""How many users have earned each achievement, counted by the schedule and shown in the catalogue."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from achievements import count_awards
from laurels import clock
from tests.events import ADMIN, Answer, user
from tests.integration.achievements.catalogue import (
    adhoc,
    award,
    awards,
    catalogue,
    create,
    draft,
    import_all,
    one,
    patch,
    revoke,
)
from tests.integration.conftest import Queues
from tests.integration.privacy.erasing_and_exporting import erase_now
from tests.integration.recorder import Recorder
from tests.integration.stats.deliveries import deliver, records, update

USERS = [f"learner-{number}" for number in range(9)]


@pytest.fixture
def school(table: str, queues: Queues) -> str:
    """Nine users. Everyone has a stat, some have awards: of the catalogue, and one of the same code outside it."""
    award(adhoc("rare"), user_id=USERS[0])  # before the catalogue has the code
    for code in ("common", "rare", "unearned"):
        assert create(draft(code)).status == 201
    assert deliver(records([update(user_id, user_id) for user_id in USERS])) == []
    for user_id in USERS[:7]:
        assert award({"code": "common"}, user_id=user_id).status == 201
    assert award({"code": "rare"}, user_id=USERS[8]).status == 201
    return table


def run() -> Any:
    return count_awards.handler({}, None)


def shown() -> dict[str, int | None]:
    """How many have earned each achievement, as the catalogue says."""
    items = catalogue(caller=user("anna")).body["items"]
    return {each["code"]: each["rarity"] and each["rarity"]["earned_by"] for each in items}


def stored(dynamodb_client: Any, table: str) -> Counter[str]:
    """The same, counted by a scan of the whole table."""
    found = dynamodb_client.scan(TableName=table, ConsistentRead=True)["Items"]
    earned = (each for each in found if each["SK"]["S"].startswith("AWARD#") and "title" not in each)
    return Counter(each["code"]["S"] for each in earned)


def test_counts_are_those_of_the_stored_awards(dynamodb_client: Any, school: str) -> None:
    assert run() == {"users": 9, "achievements": 3}
    assert shown() == {"common": 7, "rare": 1, "unearned": 0}
    assert shown() == {code: stored(dynamodb_client, school)[code] for code in shown()}


@pytest.mark.usefixtures("school")
def test_a_revoked_award_is_not_counted() -> None:
    run()
    assert revoke("common", user_id=USERS[3]).status == 204
    assert shown()["common"] == 7  # until the next count
    run()
    assert shown()["common"] == 6


def test_an_erased_user_is_not_counted(
    school: str, bucket: str, monkeypatch: pytest.MonkeyPatch, dynamodb_client: Any
) -> None:
    run()
    erase_now(USERS[8], monkeypatch)
    assert run()["users"] == 8
    assert shown()["rare"] == stored(dynamodb_client, school)["rare"] == 0


@pytest.mark.usefixtures("school")
def test_the_catalogue_one_achievement_and_awards_show_the_same_rarity(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: now)
    run()
    expected = {"earned_by": 7, "users": 9, "share": 77.78, "counted_at": clock.iso(now)}
    assert one("common", caller=user("anna")).body["rarity"] == expected
    assert one("common", caller=ADMIN).body["rarity"] == expected
    (earned,) = awards(caller=user(USERS[1]), user_id=USERS[1]).body["items"]
    assert earned["rarity"] == expected
    (own,) = awards(caller=user(USERS[0]), user_id=USERS[0], query={"code": "rare"}).body["items"]
    assert own["rarity"] is None  # outside the catalogue


@pytest.mark.usefixtures("school")
def test_nothing_is_said_before_the_first_count() -> None:
    assert shown() == {"common": None, "rare": None, "unearned": None}


@pytest.mark.usefixtures("school")
def test_a_count_is_no_edit_and_an_edit_keeps_the_count() -> None:
    etag = one("common", caller=ADMIN).headers["etag"]
    run()
    assert one("common", caller=ADMIN).headers["etag"] != etag  # caches must not keep the old count
    assert patch({"points": 60}, "common", if_match=etag).status == 200
    assert shown()["common"] == 7
    run()
    assert shown()["common"] == 7


@pytest.mark.parametrize("edit", [patch, lambda fields, code: import_all(draft(code, **fields))])
def test_a_count_during_an_edit_is_kept(school: str, calls: Recorder, edit: Callable[..., Answer]) -> None:
    run()
    assert revoke("common", user_id=USERS[3]).status == 204
    calls.meanwhile("transact_write_items", run)
    assert edit({"points": 60}, "common").status == 200
    found = one("common", caller=ADMIN).body
    assert (found["points"], found["rarity"]["earned_by"]) == (60, 6)


@pytest.mark.usefixtures("school")
def test_a_repeated_count_changes_nothing_but_its_time() -> None:
    assert run() == run()
    assert shown()["common"] == 7


@pytest.mark.usefixtures("table")
def test_an_empty_service_has_nothing_to_count() -> None:
    assert create(draft("common")).status == 201
    assert run() == {"users": 0, "achievements": 1}
    assert one("common").body["rarity"]["share"] == 0


@pytest.mark.usefixtures("school")
def test_a_secret_achievement_shows_its_rarity_only_to_those_who_see_it() -> None:
    assert create(draft("hidden", is_secret=True)).status == 201
    run()
    assert "hidden" not in shown()
    assert one("hidden", caller=user("anna")).status == 404
