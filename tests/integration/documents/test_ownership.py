"""Every id of another user is unknown in every route of the room, also right after its owner used it."""

from collections.abc import Callable
from typing import Any

import pytest

from documents import start_processing
from laurels import keys, table
from local.template.application import Application
from tests.events import call, route_of
from tests.integration.documents.papers import ANNA, BORIS, KINDS, ids, made, make
from tests.integration.documents.processing import deliver, pair, result, start, started

pytestmark = pytest.mark.usefixtures("bucket", "queues")


def own_ids() -> dict[str, str]:
    """Create one of each as Anna; return their ids."""
    body = pair()
    own = started(body)
    deliver(result(own, score=5, matches=["secret"]))
    return body | {"processing_id": own}


def items() -> list[dict[str, Any]]:
    return [*table.query_all(keys.profile("anna")._replace(SK=""), consistent=True)]


def test_each_route_hides_what_another_user_has_just_used(application: Application) -> None:
    found = own_ids()
    tried = set()
    key = {"idempotency-key": "the same"}

    def as_both(handler: Any, **request: Any) -> Any:
        """Call as the owner, and right after that with the same request as another user; return the latter's answer."""
        tried.add(f"{route_of(handler).method} {route_of(handler).path}")
        call(handler, caller=ANNA, **request)
        before = items()
        answer = call(handler, caller=BORIS, **request)
        assert items() == before
        return answer

    for kind, own in found.items():
        handlers = KINDS[kind]
        assert as_both(handlers["get"], path={kind: own}).status == 404
        for name in ("resume_id", "requirements_id"):
            known = kind != "requirements_id" and not (kind == "resume_id" and name == "resume_id")
            if known:
                assert as_both(handlers["list"], query={name: found[name]}).body["items"] == []
    assert as_both(KINDS["requirements_id"]["list"]).body["items"] == []
    assert as_both(start_processing.handler, body={n: found[n] for n in ("resume_id", "requirements_id")}).status == 404
    theirs = pair(BORIS)
    for name in ("resume_id", "requirements_id"):  # one's own with another's, under the key that the owner used
        mixed = theirs | {name: found[name]}
        start(mixed, headers=key)
        assert start(mixed, BORIS, headers=key).status == 404
    answer = as_both(
        KINDS["resume_id"]["create"], body={"text": "x", "requirements_id": found["requirements_id"]}, headers=key
    )
    assert (answer.status, answer.fields) == (422, ["requirements_id"])
    mine = make("requirements_id", headers=key).body["requirements_id"]
    answer = as_both(KINDS["requirements_id"]["create"], body={"text": "y"}, headers={"idempotency-key": "k2"})
    assert answer.status == 201
    assert answer.body["requirements_id"] not in (mine, *ids("requirements_id"))
    for kind in reversed(found):  # processings first: deleting documents deletes them
        handlers = KINDS[kind]
        both = {kind: made(kind) if kind != "processing_id" else found[kind]}
        request: dict[str, Any] = {"body": {"ids": [both[kind]]}}
        refused = call(handlers["batch"], caller=BORIS, **request)
        assert refused.body == {"deleted": [], "not_found": [both[kind]]}
        assert as_both(handlers["batch"], **request).body == {"deleted": [], "not_found": [both[kind]]}
        one: Callable[..., Any] = handlers["delete"]
        kept = found[kind] if kind != "processing_id" else started(pair())
        assert call(one, caller=BORIS, path={kind: kept}).status == 404
        assert as_both(one, path={kind: kept}).status == 404
    rooms = ("/v1/resumes", "/v1/requirements", "/v1/processings")
    routes = {
        f"{route.method} {route.path.replace('{', '<').replace('}', '>')}"
        for route in application.routes
        if route.path.startswith(rooms)
    }
    assert tried == routes
