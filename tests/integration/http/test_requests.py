"""The table requests of each endpoint: an additional one fails here first."""

from collections.abc import Callable

import pytest

from laurels import keys
from preferences import get_preferences, update_preferences
from privacy import get_erasure, get_export, start_erasure, start_export
from profiles import (
    create_profile,
    get_me,
    get_profile,
    list_profiles,
    search_profiles,
    update_profile,
)
from service import get_docs, get_health, get_openapi, get_root
from streaks import add_freezes, get_streaks
from tests.events import ADMIN, Answer, call, user
from tests.integration.achievements.catalogue import (
    adhoc,
    archive,
    award,
    awards,
    backfill,
    catalogue,
    create,
    draft,
    import_all,
    one,
    patch,
    reach,
    revoke,
)
from tests.integration.avatars import uploading
from tests.integration.profiles.people import join
from tests.integration.recorder import Recorder
from tests.integration.sessions.signing import device, sessions, sign_in, sign_in_by_service, sign_out, sign_out_all

ANNA, BORIS = user("anna"), user("boris")
HER, NO_EXPORT = {"user_id": "anna"}, {"export_id": "0" * 32}
NEW = draft("new")

Requests = list[str]
READ, MANY, LIST = "get_item", "batch_get_item", "query"
PUT, CHANGE, TRANSACTION = "put_item", "update_item", "transact_write_items"
LEAVING = [MANY, TRANSACTION]

COSTS: dict[str, tuple[Callable[[], Answer], int, Requests]] = {
    "the root": (lambda: call(get_root.handler), 200, []),
    "the docs": (lambda: call(get_docs.handler), 200, []),
    "the OpenAPI document": (lambda: call(get_openapi.handler), 200, []),
    "health": (lambda: call(get_health.handler), 200, [READ]),
    "me": (lambda: call(get_me.handler, caller=ANNA), 200, [MANY]),
    "me, for the first time": (lambda: call(get_me.handler, caller=BORIS), 200, [MANY, TRANSACTION]),
    "a profile": (lambda: call(get_profile.handler, path=HER), 200, [MANY]),
    "a profile that is not there": (lambda: call(get_profile.handler, path={"user_id": "x"}), 404, [MANY]),
    "a patch": (lambda: call(update_profile.handler, path=HER, caller=ANNA, body={"about": "x"}), 200, [MANY, CHANGE]),
    "a patch of nobody": (lambda: call(update_profile.handler, path=HER, caller=BORIS, body={"about": "x"}), 404, []),
    "a first patch": (
        lambda: call(update_profile.handler, path={"user_id": "me"}, caller=BORIS, body={"about": "x"}),
        200,
        [MANY, TRANSACTION],
    ),
    "a rename": (
        lambda: call(update_profile.handler, path=HER, caller=ANNA, body={"display_name": "x"}),
        200,
        [MANY, TRANSACTION],
    ),
    "a profile with all that can be had along with it": (
        lambda: call(get_profile.handler, path=HER, query={"include": "achievements,badges,goals,stats"}),
        200,
        [MANY, *(LIST, MANY), *(MANY, LIST), *(MANY, LIST), MANY],
    ),
    "a new profile": (lambda: call(create_profile.handler, caller=BORIS, body={}), 201, [TRANSACTION, READ]),
    "a new profile that is there": (lambda: call(create_profile.handler, caller=ANNA, body={}), 409, [TRANSACTION]),
    "all users": (lambda: call(list_profiles.handler, caller=ADMIN), 200, [*[LIST] * keys.USER_LIST_SHARDS, MANY]),
    "a search": (lambda: call(search_profiles.handler, caller=BORIS, query={"q": "ann"}), 200, [LIST, LIST, MANY]),
    "a search that finds nobody": (
        lambda: call(search_profiles.handler, caller=BORIS, query={"q": "bo"}),
        200,
        [LIST, LIST],
    ),
    "leaving": (lambda: call(start_erasure.handler, path=HER, caller=ANNA), 202, LEAVING),
    "an export": (lambda: call(start_export.handler, path=HER, caller=ANNA), 202, [MANY, LIST, PUT]),
    "an export that is not there": (lambda: call(get_export.handler, path=HER | NO_EXPORT, caller=ANNA), 404, [MANY]),
    "an erasure": (lambda: call(get_erasure.handler, path={"erasure_id": "0" * 32}, caller=ADMIN), 404, [MANY]),
    "streaks": (lambda: call(get_streaks.handler, path=HER), 200, [MANY]),
    "a freeze": (lambda: call(add_freezes.handler, path=HER, caller=ADMIN, body={"count": 1}), 201, [MANY, PUT]),
    "preferences": (lambda: call(get_preferences.handler, path=HER, caller=ANNA), 200, [MANY]),
    "a preference": (
        lambda: call(update_preferences.handler, path=HER, caller=ANNA, body={"theme": "dark"}),
        200,
        [MANY, CHANGE],
    ),
    "another time zone": (
        lambda: call(update_preferences.handler, path=HER, caller=ANNA, body={"timezone": "Asia/Tokyo"}),
        200,
        [MANY, TRANSACTION],
    ),
    "a definition": (lambda: create(NEW), 201, [TRANSACTION]),
    "a definition with a key": (lambda: create(NEW, idempotency_key="k"), 201, [TRANSACTION, CHANGE, TRANSACTION, PUT]),
    "a definition that is there": (lambda: create(draft("a")), 409, [TRANSACTION]),
    "an import": (lambda: import_all(*(draft(f"n{number}") for number in range(92))), 200, [MANY, TRANSACTION]),
    "an import of more than a transaction holds": (
        lambda: import_all(*(draft(f"n{number}") for number in range(93))),
        200,
        [MANY, *(MANY, TRANSACTION), *(MANY, TRANSACTION)],
    ),
    "an import of nothing good": (lambda: import_all({}), 200, []),
    "the catalogue": (lambda: catalogue(), 200, [MANY, LIST]),
    "a user's catalogue": (lambda: catalogue(ANNA), 200, [MANY, LIST]),
    "the catalogue, in pages": (lambda: catalogue(limit="2"), 200, [MANY, LIST]),
    "a definition with criteria": (lambda: create(NEW | {"criteria": reach(points=5)}), 201, [READ, TRANSACTION]),
    "one achievement": (lambda: one("a"), 200, [MANY]),
    "one that is archived": (lambda: one("gone", ANNA), 404, [MANY, READ]),
    "one that is archived, for nobody": (lambda: one("gone"), 404, [MANY]),
    "a changed definition": (lambda: patch({"points": 5}, "a"), 200, [READ, TRANSACTION]),
    "changed criteria": (lambda: patch({"criteria": reach(points=9)}, "a"), 200, [READ, READ, TRANSACTION]),
    "a definition that stays as it is": (lambda: patch({"category": None}, "a"), 200, [READ]),
    "an archived definition": (lambda: archive("a"), 204, [TRANSACTION]),
    "a dry run of a backfill": (lambda: backfill("counted", dry_run=True), 200, [MANY, *[LIST] * 64]),
    "an award": (lambda: award({"code": "a"}), 201, [MANY, TRANSACTION]),
    "an award outside the catalogue": (lambda: award(adhoc("new")), 201, [MANY, TRANSACTION]),
    "an award that is there": (lambda: award(adhoc("there")), 200, [MANY]),
    "an award of an unknown code": (lambda: award({"code": "unheard-of"}), 422, [MANY]),
    "an award without the scope": (lambda: award({"code": "a"}, caller=ANNA), 403, []),
    "a revoked award": (lambda: revoke("b"), 204, [MANY, TRANSACTION]),
    "an award that was not given": (lambda: revoke("c"), 404, [MANY]),
    "a user's awards": (lambda: awards(BORIS), 200, [LIST, MANY]),
    "a user's awards, and what is in progress": (
        lambda: awards(BORIS, query={"status": "all"}),
        200,
        [LIST, MANY, MANY],
    ),
    "what is in progress": (lambda: awards(BORIS, query={"status": "in_progress"}), 200, [MANY, MANY]),
    "a user's awards outside the catalogue": (lambda: awards(query={"code": "there"}), 200, [LIST, MANY]),
    "the awards of somebody unknown": (lambda: awards(user_id="boris"), 404, [LIST, MANY]),
    "one's own awards, of which there are none": (lambda: awards(BORIS, user_id="boris"), 200, [LIST, MANY]),
    "an avatar's form": (lambda: uploading.start(ANNA), 201, [READ]),
    "an avatar's form, as the first thing": (lambda: uploading.start(BORIS), 201, [READ, TRANSACTION]),
    "an avatar's end": (lambda: uploading.remove("anna", ANNA), 204, [CHANGE]),
    "a sign-in": (lambda: sign_in("s-3"), 201, [MANY, MANY, TRANSACTION]),
    "a sign-in that is there": (lambda: sign_in("s-1"), 200, [MANY]),
    "a first sign-in": (lambda: sign_in_by_service("boris"), 201, [MANY, TRANSACTION]),
    "a user's sessions": (lambda: sessions(ANNA), 200, [MANY, MANY]),
    "nobody's sessions": (lambda: sessions(BORIS), 200, [MANY]),
    "a sign-out": (lambda: sign_out("s-1"), 204, [TRANSACTION]),
    "a sign-out of all others": (lambda: sign_out_all("others", device("s-1")), 200, [MANY, MANY, TRANSACTION]),
    "a sign-out of nobody": (lambda: sign_out_all("all", BORIS), 200, [MANY]),
}


@pytest.mark.usefixtures("bucket", "queues")
@pytest.mark.parametrize("what", COSTS)
def test_an_endpoint_costs_these_requests(what: str, calls: Recorder) -> None:
    join("anna", "Anna")
    import_all(draft("a"), draft("b"), draft("c"))
    import_all(draft("gone", is_active=False), draft("counted", criteria=reach(points=1000)))
    award({"code": "b"})
    award(adhoc("there"))
    sign_in("s-1")
    sign_in("s-2")
    calls.made.clear()
    ask, status, requests = COSTS[what]
    assert ask().status == status
    assert calls.operations() == requests


def test_a_secret_in_the_catalogue_costs_a_signed_in_reader_one_query_more_however_many_there_are(
    calls: Recorder,
) -> None:
    import_all(*(draft(f"n{number}", is_secret=True) for number in range(9)))
    for caller, requests in ((None, [MANY, LIST]), (ADMIN, [MANY]), (ANNA, [MANY, LIST])):
        calls.made.clear()
        assert catalogue(caller).status == 200
        assert calls.operations() == requests


def test_a_filter_with_few_matches_costs_few_requests(calls: Recorder) -> None:
    for start in range(0, 300, 100):
        import_all(
            *(draft(f"n{number}", category="last" if number == 299 else None) for number in range(start, start + 100))
        )
    for category, found in (("last", 1), ("none", 0)):
        calls.made.clear()
        assert len(catalogue(limit="1", category=category).body["items"]) == found
        assert calls.operations() == ([MANY] + [LIST] * 3 if found else [MANY])
