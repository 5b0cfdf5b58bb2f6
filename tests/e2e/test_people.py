"""A user's life over HTTP: created, found, renamed, hidden, erased."""

import uuid
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Service

pytestmark = [pytest.mark.e2e, pytest.mark.deployed]


def test_a_user_is_created_found_renamed_hidden_and_erased(stack: Service) -> None:
    user_id = f"learner-{uuid.uuid4().hex[:8]}"
    token, other, mark = stack.token(user_id), stack.token("somebody-else"), uuid.uuid4().hex[:12]
    draft = {"user_id": user_id, "display_name": f"Élodie Ł{mark}", "phone_number": "+49301234567"}
    made = stack.call("POST", "/users", stack.service(), draft)
    assert (made.status, "phone_number" in made.json()) == (201, False)
    assert stack.call("POST", "/users", token, {}).status == 409

    def found(words: str) -> list[str]:
        answer = stack.call("GET", f"/users/search?q={quote(words)}", other)
        assert answer.status == 200, answer
        return [item["user_id"] for item in answer.json()["items"]]

    assert found(f"ELOD l{mark}") == [user_id]
    assert stack.call("PATCH", "/users/me", token, {"display_name": f"Мария Иванова{mark}"}).status == 200
    assert (found(f"l{mark}"), found(f"ив маРИЯ иванова{mark}")) == ([], [user_id])

    preferences = stack.call("GET", "/users/me/preferences", token)
    hidden = {"visibility": {"profile": "private"}, "timezone": "Asia/Kathmandu"}
    changed = stack.call("PATCH", "/users/me/preferences", token, hidden, {"If-Match": preferences.headers["etag"]})
    assert (changed.status, changed.json()["timezone"]) == (200, "Asia/Kathmandu")
    assert stack.call("PATCH", "/users/me/preferences", token, {}, {"If-Match": '"1-0123456789abcdef"'}).status == 412
    assert (found(f"иванова{mark}"), stack.call("GET", f"/users/{user_id}", other).status) == ([], 404)
    listed = stack.call("GET", "/users?limit=1", stack.admin()).json()["items"]
    assert [item["user_id"] for item in listed] == [user_id]

    gone = stack.call("DELETE", "/users/me", token)
    assert (gone.status, list(gone.json())) == (202, ["erasure_id"])
    assert stack.call("DELETE", f"/users/{user_id}", stack.admin()).json() == gone.json()
    for caller in (None, other, stack.admin()):
        assert stack.call("GET", f"/users/{user_id}", caller).status == 404


def test_a_user_id_cannot_be_the_name_of_a_static_route(stack: Service) -> None:
    assert stack.call("POST", "/users", stack.admin(), {"user_id": "search"}).json()["errors"][0]["field"] == "user_id"
    assert stack.call("GET", "/users/search", stack.token("anna")).json()["errors"][0]["field"] == "q"
