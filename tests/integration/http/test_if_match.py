"""`If-Match` on every route that takes it: an ETag of this document at its present revision, and no other."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from achievements import archive_achievement, get_achievement, update_achievement
from goals import delete_goal, get_goal, replace_goal
from groups import delete_group, get_group, update_group
from local.contract.openapi import DOCUMENT
from local.contract.template import path_of
from metrics import archive_metric, get_metric, update_metric
from preferences import get_preferences, update_preferences
from profiles import get_profile, update_profile
from tests.contents import contents
from tests.events import ADMIN, Answer, Handler, call, route_of, user
from tests.integration.achievements.catalogue import create, draft
from tests.integration.goals.learning import goal_id
from tests.integration.groups import school
from tests.integration.metrics import calling
from tests.integration.profiles.people import settle

pytestmark = pytest.mark.usefixtures("queues")
ANNA = user("anna")


def two_users() -> list[dict[str, str]]:
    """Return the paths of two documents of the same revision; the caller may change the first."""
    settle("anna")
    settle("boris")
    return [{"user_id": "anna"}, {"user_id": "boris"}]


def two_goals() -> list[dict[str, str]]:
    settle("anna")
    return [{"user_id": "anna", "goal_id": goal_id()} for _ in range(2)]


def two_achievements() -> list[dict[str, str]]:
    codes = ("early-bird", "night-owl")
    assert [create(draft(code)).status for code in codes] == [201, 201]
    return [{"code": code} for code in codes]


def two_metrics() -> list[dict[str, str]]:
    names = ("minutes_read", "words_learned")
    assert [calling.create(calling.draft(name)).status for name in names] == [201, 201]
    return [{"metric": name} for name in names]


def two_groups() -> list[dict[str, str]]:
    return [{"group_id": school.create().body["group_id"]} for _ in range(2)]


class Case(NamedTuple):
    read: Handler
    change: Handler
    documents: Callable[[], list[dict[str, str]]]
    caller: dict[str, str]
    body: Any = None


CASES = [
    Case(get_profile.handler, update_profile.handler, two_users, ANNA, {"about": "x"}),
    Case(get_profile.handler, update_profile.handler, two_users, ANNA, {"display_name": "x"}),
    Case(get_preferences.handler, update_preferences.handler, two_users, ANNA, {"theme": "dark"}),
    Case(get_goal.handler, replace_goal.handler, two_goals, ANNA, {"title": "x"}),
    Case(get_goal.handler, delete_goal.handler, two_goals, ANNA),
    Case(get_achievement.handler, update_achievement.handler, two_achievements, ADMIN, {"points": 7}),
    Case(get_achievement.handler, archive_achievement.handler, two_achievements, ADMIN),
    Case(get_metric.handler, update_metric.handler, two_metrics, ADMIN, {"board": True}),
    Case(get_metric.handler, archive_metric.handler, two_metrics, ADMIN),
    Case(get_group.handler, update_group.handler, two_groups, ADMIN, {"name": "x"}),
    Case(get_group.handler, delete_group.handler, two_groups, ADMIN),
]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: route_of(case.change).function.__name__)


def change(case: Case, path: dict[str, str], etag: str) -> Answer:
    body = {} if case.body is None else {"body": case.body}
    return call(case.change, path=path, caller=case.caller, headers={"if-match": etag}, **body)


def test_every_route_with_if_match_is_tested_here() -> None:
    operations = [
        (method.upper(), path, operation)
        for path, methods in json.loads(DOCUMENT.read_text())["paths"].items()
        for method, operation in methods.items()
    ]
    taking = {
        (method, path)
        for method, path, operation in operations
        if any(parameter.get("name") == "If-Match" for parameter in operation.get("parameters", ()))
    }
    assert taking == {(route_of(case.change).method, path_of(route_of(case.change))) for case in CASES}


@each_case
def test_the_right_revision_with_another_hash_is_412_and_changes_nothing(
    case: Case, dynamodb_client: Any, table: str
) -> None:
    path, other = case.documents()
    etag = call(case.read, path=path, caller=case.caller).headers["etag"]
    of_another_document = call(case.read, path=other, caller=ADMIN).headers["etag"]
    revision, _, digest = etag.strip('"').partition("-")
    assert of_another_document.startswith(f'"{revision}-')
    before = contents(dynamodb_client, table)
    flipped = [digest[:at] + f"{int(digit, 16) ^ 1:x}" + digest[at + 1 :] for at, digit in enumerate(digest)]
    made_up = [f'"{revision}-{each}"' for each in ("0" * 16, "0123456789abcdef", *flipped)]
    for wrong in (*made_up, of_another_document, f"{made_up[0]}, {of_another_document}"):
        answer = change(case, path, wrong)
        assert (answer.status, answer.body["code"]) == (412, "stale")
    assert contents(dynamodb_client, table) == before
    assert change(case, path, f"{made_up[0]}, {etag}").status in (200, 204)


@each_case
def test_an_etag_of_this_revision_holds_however_it_was_shown(case: Case) -> None:
    path, _ = case.documents()
    shown = [
        call(case.read, path=path, caller=case.caller, headers={"accept-language": language}).headers["etag"]
        for language in ("en", "ru")
    ]
    assert change(case, path, shown[1]).status in (200, 204)


@pytest.mark.parametrize("case", [case for case in CASES if case.body], ids=lambda case: str(case.body))
def test_the_etag_of_a_change_lets_the_next_change_through(case: Case) -> None:
    path, _ = case.documents()
    first = change(case, path, "*")
    assert change(case, path, first.headers["etag"]).status == 200
