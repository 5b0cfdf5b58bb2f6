"""PATCH /v1/users/{user_id} under If-Match, and when a request or its answer is lost: done once, or not at all."""

from functools import partial
from typing import Any

from achievements import award_achievement
from laurels.table import ConditionFailed, Contended, UnknownOutcome
from profiles import get_me
from tests.contents import contents
from tests.events import AWARDER, call, together
from tests.integration.profiles.people import ANNA, HER, patch, settle, stored
from tests.integration.recorder import Recorder


def test_the_etag_of_a_read_or_a_patch_lets_the_next_patch_through() -> None:
    etag = call(get_me.handler, caller=ANNA).headers["etag"]
    for about in ("first", "second"):
        answer = patch({"about": about}, etag=etag)
        assert (answer.status, answer.body["about"]) == (200, about)
        etag = answer.headers["etag"]
    assert patch({"about": "third"}, etag="*").status == 200


def test_a_stale_etag_is_412_and_nothing_changes(dynamodb_client: Any, table: str) -> None:
    etag = call(get_me.handler, caller=ANNA).headers["etag"]
    patch({"about": "Meanwhile"})
    before = contents(dynamodb_client, table)
    for stale in (etag, f"W/{etag}", f'{etag}, "7-0123456789abcdef"', "garbage", '"7-0123456789abcdef"'):
        answer = patch({"about": "Mine"}, etag=stale)
        assert (answer.status, answer.body["code"]) == (412, "stale")
    assert contents(dynamodb_client, table) == before


def test_of_twenty_patches_of_one_revision_one_is_done() -> None:
    etag = call(get_me.handler, caller=ANNA).headers["etag"]
    answers = together([partial(patch, {"about": f"Number {n}"}, etag=etag) for n in range(20)])
    assert sorted(answer.status for answer in answers) == [200] + [412] * 19
    (done,) = (answer for answer in answers if answer.status == 200)
    assert stored()["about"] == done.body["about"]
    assert stored()["rev"] == 2


def test_points_that_come_meanwhile_do_not_make_a_patch_stale() -> None:
    etag = call(get_me.handler, caller=ANNA).headers["etag"]
    award = {"code": "olympiad", "title": "Olympiad", "points": 150}
    assert call(award_achievement.handler, path=HER, caller=AWARDER, body=award).status == 201
    answer = patch({"about": "x"}, etag=etag)
    assert (answer.status, answer.body["points"]) == (200, 150)


def test_a_retried_write_recognises_its_own_work(calls: Recorder) -> None:
    etag = call(get_me.handler, caller=ANNA).headers["etag"]
    wanted = patch({"about": "x", "website": None})  # as the first try had it
    calls.fail("update_item", ConditionFailed(stored()))  # what the second try of the same request hears
    again = patch({"about": "x", "website": None}, etag=etag)
    assert (again.status, again.text) == (200, wanted.text)


def test_a_patch_retries_after_a_conflict(calls: Recorder) -> None:
    """A plain write is turned away while a transaction, such as a sign-in's, holds the item."""
    settle()
    calls.fail("update_item", Contended(), times=2)
    assert patch({"about": "x"}).body["about"] == "x"
    assert stored()["rev"] == 2


def test_a_patch_whose_answer_was_lost_is_found_done_however_often_it_is_sent(calls: Recorder) -> None:
    etag = call(get_me.handler, caller=ANNA).headers["etag"]
    calls.fail("update_item", UnknownOutcome(), after=True)
    for _ in range(2):
        answer = patch({"about": "x"}, etag=etag)
        assert (answer.status, answer.body["about"]) == (200, "x")
    assert stored()["rev"] == 2
    assert patch({"about": "y"}, etag=etag).status == 412
