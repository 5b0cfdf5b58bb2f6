"""After any changes, the search finds the same users as a scan of all profiles."""

import re
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from laurels import keys
from preferences import update_preferences
from privacy import start_erasure
from profiles import create_profile, search_profiles, update_profile
from tests.contents import clear, contents
from tests.events import ADMIN, Answer, call
from tests.integration.profiles.people import BORIS, pages
from tests.sizes import sized

WORDS = ["Иван", "Иванова", "ivanka", "Íva", "IVÁN", "Мария", "ма", "Élodie", "Łucja", "lu", "x", "Ян", "ян-ма"]
QUERIES = ["ив", "иван", "iv", "ma", "ма", "мария ив", "elo", "lu", "ян", "ив x", "ivan iv"]
USERS = [f"u{number}" for number in range(6)]

names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
happenings = st.tuples(
    st.sampled_from(USERS),
    st.one_of(
        st.tuples(st.just("create"), names),
        st.tuples(st.just("rename"), names),
        st.tuples(st.just("show to"), st.sampled_from(["public", "users", "private"])),
        st.tuples(st.just("activate"), st.booleans()),
        st.tuples(st.just("delete"), st.none()),
    ),
)
# What folding comes to for these words, spelled out: no code of ours stands behind it.
FOLDED = {"Íva": "iva", "IVÁN": "ivan", "Élodie": "elodie", "Łucja": "lucja", "ян-ма": "ян ма"}


def happen(user_id: str, what: str, value: Any) -> Answer:
    path, owner = {"user_id": user_id}, {"sub": user_id}
    match what:
        case "create":
            return call(create_profile.handler, caller=owner, body={"display_name": value})
        case "rename":
            return call(update_profile.handler, path=path, caller=owner, body={"display_name": value})
        case "show to":
            return call(update_preferences.handler, path=path, caller=owner, body={"visibility": {"profile": value}})
        case "activate":
            return call(update_profile.handler, path=path, caller=ADMIN, body={"is_active": value})
    return call(start_erasure.handler, path=path, caller=owner)


class Everybody:
    """What would have happened, in plain Python."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()

    def happen(self, user_id: str, what: str, value: Any) -> int:
        """The status that it should have."""
        known = self.users.get(user_id)
        if user_id in self.gone:
            return {"create": 410, "delete": 202}.get(what, 404)
        if what == "delete":
            self.users.pop(user_id, None)
            self.gone.add(user_id)
            return 202
        if what == "create" and known:
            return 409
        if what == "activate" and not known:
            return 404
        user = self.users.setdefault(user_id, {"name": "Learner", "visible": "public", "active": True})
        user[{"create": "name", "rename": "name", "show to": "visible", "activate": "active"}[what]] = value
        return 201 if what == "create" else 200

    def found(self, query: str) -> set[str]:
        wanted = query.split()
        hits = set()
        for user_id, user in self.users.items():
            words = " ".join(FOLDED.get(word, word.lower()) for word in user["name"].split()).split()
            fits = all(any(re.match(re.escape(prefix), word) for word in words) for prefix in wanted)
            if user["active"] and user["visible"] != "private" and fits:
                hits.add(user_id)
        return hits


def test_the_search_agrees_with_a_scan_of_all_profiles(dynamodb_client: Any, table: str) -> None:
    @settings(max_examples=sized(15, 40))
    @given(st.lists(happenings, min_size=5, max_size=20), st.sampled_from(["1", "2", "20"]))
    def follows(story: list[tuple[str, tuple[str, Any]]], limit: str) -> None:
        clear(dynamodb_client, table)
        everybody = Everybody()
        for user_id, (what, value) in story:
            assert happen(user_id, what, value).status == everybody.happen(user_id, what, value), (user_id, what)
        for query in QUERIES:
            hits: Counter[str] = Counter()
            for page in pages(search_profiles.handler, BORIS, q=query, limit=limit):
                hits.update(item["user_id"] for item in page.body["items"])
                assert len(page.body["items"]) <= int(limit)
            assert hits == Counter(everybody.found(query)), query
        # Nothing else leads to anybody, either.
        stored = [(item["PK"], item["SK"]) for item in contents(dynamodb_client, table)]
        listed = {user_id for partition, user_id in stored if (partition, user_id) == keys.user_by_id(user_id)}
        assert listed == everybody.users.keys()

    follows()
