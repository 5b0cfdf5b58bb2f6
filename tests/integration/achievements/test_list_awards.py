"""GET /v1/users/{user_id}/achievements: a user's awards, for callers who may see them."""

from typing import Any

import pytest

from laurels import keys, table
from laurels.writes import Delete
from tests.events import ADMIN, user
from tests.integration.achievements.catalogue import adhoc, award, awards, draft, import_all
from tests.integration.profiles.people import settle, visible

ANNA, BORIS = user("anna"), user("boris")


def codes(caller: dict[str, str] | None = None, **query: str) -> list[str]:
    """The codes of the first page, by code unless the query says otherwise."""
    answer = awards(caller, query={"order": "code"} | query)
    assert answer.status == 200
    return [item["code"] for item in answer.body["items"]]


def test_awards_of_the_catalogue_and_others_are_listed_by_code() -> None:
    import_all(draft("b"), draft("d"))
    for body in (adhoc("c"), {"code": "d"}, adhoc("a"), {"code": "b"}):
        made = award(body).body
        assert made in awards(headers={"accept-language": "en"}).body["items"]
    assert codes() == ["a", "b", "c", "d"]
    settle("boris")
    assert awards(user_id="boris").body == {"items": [], "next_cursor": None}


def test_one_code() -> None:
    for code in ("a", "ab", "abc"):
        award(adhoc(code))
    assert codes(code="ab") == ["ab"]
    assert codes(code="abcd") == []
    assert awards(query={"code": "A"}).fields == ["code"]


def test_from_a_time_on_and_before_another() -> None:
    for day in (18, 19, 20):
        award(adhoc(f"day-{day}") | {"awarded_at": f"2026-11-{day}T12:00:00Z"})
    query: dict[str, Any] = {"from": "2026-11-19T12:00:00Z"}
    assert codes(**query) == ["day-19", "day-20"]
    assert codes(to="2026-11-19T12:00:00Z") == ["day-18"]
    assert codes(**query, to="2026-11-20T15:00:00.001+03:00") == ["day-19", "day-20"]
    assert codes(**query, to="2026-11-20T15:00:00+03:00") == ["day-19"]
    assert codes(**query, to="2026-11-01T00:00:00Z") == []
    for name in ("from", "to"):
        assert awards(query={name: "yesterday"}).fields == [name]


def test_names_of_fields_are_unknown_parameters() -> None:
    award(adhoc("a"))
    query = {"since": "2999-01-01T00:00:00Z", "until": "1999-01-01T00:00:00Z"}
    assert awards(query=query).fields == ["since", "until"]


def test_the_language_is_the_readers_and_not_the_owners() -> None:
    import_all(draft("early-bird"))
    award({"code": "early-bird"})
    anna, boris = user("anna", lang="en"), user("boris", lang="ru")

    def language(caller: dict[str, str] | None = None, asked: str = "", accepted: str = "") -> str:
        (item,) = awards(caller, query={"lang": asked}, headers={"accept-language": accepted}).body["items"]
        found: str = item["language"]
        return found

    assert language(boris) == language(boris, accepted="en") == "ru"
    assert language(boris, asked="en") == "en"
    assert language(boris, asked="it") == "ru"
    assert language(anna, accepted="ru") == "en"
    assert language(accepted="ru") == "ru"
    assert language() == "en"


def test_an_award_shows_the_catalogues_present_texts_and_its_own_points() -> None:
    import_all(draft("early-bird", points=50))
    award({"code": "early-bird"})
    import_all(draft("early-bird", points=70, translations={"en": {"title": "Lark"}}, is_active=False))
    (item,) = awards().body["items"]
    assert (item["title"], item["points"]) == ("Lark", 50)
    table.write(Delete(keys.achievement("early-bird")))
    (item,) = awards().body["items"]
    assert (item["title"], item["points"]) == ("early-bird", 50)


@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({}, {"nobody", "another", "admin", "owner"}),
        ({"preferences": visible(achievements="users")}, {"another", "admin", "owner"}),
        ({"preferences": visible(achievements="private")}, {"admin", "owner"}),
        ({"preferences": visible(profile="private")}, {"admin", "owner"}),
        ({"preferences": visible(profile="users", achievements="public")}, {"another", "admin", "owner"}),
        ({"preferences": visible(badges="private")}, {"nobody", "another", "admin", "owner"}),
        ({"is_active": False}, {"admin", "owner"}),
    ],
)
def test_visibility_decides(fields: dict[str, Any], may: set[str]) -> None:
    award(adhoc("a"))
    settle(**fields)
    callers = {"nobody": None, "another": BORIS, "admin": ADMIN, "owner": ANNA}
    answers = {name: awards(caller) for name, caller in callers.items()}
    assert {name for name, answer in answers.items() if answer.status == 200} == may
    assert {answer.status for name, answer in answers.items() if name not in may} <= {404}


def test_me_is_the_caller_and_needs_a_token() -> None:
    award(adhoc("a"))
    assert [item["code"] for item in awards(ANNA, user_id="me").body["items"]] == ["a"]
    assert awards(user_id="me").status == 401


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20, 100])
def test_pages_hold_every_award_once(limit: int) -> None:
    everything = [f"n{number:02d}" for number in range(20)]
    for number, code in enumerate(everything):
        award(adhoc(code) | {"awarded_at": f"2026-11-{1 + number % 2:02d}T00:00:00Z"})
    for query, expected in (({}, everything), ({"from": "2026-11-02T00:00:00Z"}, everything[1::2])):
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            body = awards(query={"order": "code", "limit": str(limit), **query, **cursor}).body
            found += [item["code"] for item in body["items"]]
            if body["next_cursor"] is None:
                break
            assert len(body["items"]) == limit
            cursor = {"cursor": body["next_cursor"]}
        assert found == expected


def test_a_cursor_of_another_user_or_another_filter_is_400() -> None:
    for code in "abc":
        award(adhoc(code))
    query = {"limit": "1", "from": "2026-01-01T00:00:00Z"}
    cursor = {"cursor": awards(query=query).body["next_cursor"]}
    assert awards(query=query | cursor).status == 200
    assert awards(query=query | cursor | {"order": "code"}).status == 400
    assert awards(query={"limit": "1"} | cursor).status == 400
    assert awards(query=query | cursor, user_id="boris").status == 400
    assert awards(BORIS, query=query | cursor).status == 400


def secrets() -> None:
    """Anna has earned what is open, what is secret, and what is archived; Boris one of the secret ones."""
    import_all(*(draft(f"n{number:02d}", is_secret=number % 3 == 0) for number in range(12)))
    for number in range(12):
        award({"code": f"n{number:02d}"})
    award({"code": "n03"}, user_id="boris")


def test_another_user_s_secret_awards_are_hidden_unless_the_caller_has_them() -> None:
    secrets()
    everything = [f"n{number:02d}" for number in range(12)]
    shown = [code for number, code in enumerate(everything) if number % 3]
    assert codes(ANNA) == codes(ADMIN) == everything
    assert codes() == codes(user("clara")) == shown
    assert codes(BORIS) == sorted([*shown, "n03"])
    assert codes(code="n03") == []
    assert codes(BORIS, code="n03") == ["n03"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8, 9])
def test_pages_are_full_and_end_where_the_last_one_that_is_shown_is(limit: int) -> None:
    secrets()
    for caller in (None, BORIS):
        shown = codes(caller)
        pages = paged(limit, caller)
        assert [code for page in pages for code in page] == shown
        assert {len(page) for page in pages[:-1]} <= {limit}
        assert pages[-1]


def paged(limit: int, caller: dict[str, str] | None = None, **query: str) -> list[list[str]]:
    """The codes of each page, by code, to the end."""
    found: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        body = awards(caller, query={"order": "code", "limit": str(limit), **query, **cursor}).body
        found.append([item["code"] for item in body["items"]])
        if body["next_cursor"] is None:
            return found
        cursor = {"cursor": body["next_cursor"]}
