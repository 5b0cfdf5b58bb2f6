"""GET /v1/achievements: what can be earned, in the reader's language."""

from typing import Any

import pytest

from laurels import keys, table
from laurels.writes import Delete
from tests.events import ADMIN, user
from tests.integration.achievements.catalogue import award, catalogue, create, draft, import_all

ANNA = user("anna")


def codes(**request: Any) -> list[str]:
    answer = catalogue(**request)
    assert answer.status == 200
    return [item["code"] for item in answer.body["items"]]


def test_the_catalogue_is_listed_by_code() -> None:
    import_all(*(draft(code) for code in ("c", "a", "b-1", "b_2", "0")))
    assert codes() == ["0", "a", "b-1", "b_2", "c"]


def test_an_empty_catalogue_is_an_empty_list() -> None:
    assert catalogue().body == {"items": [], "next_cursor": None}


def test_an_entry_is_a_definition_in_one_language() -> None:
    create(draft(icon_url="https://example.org/e.png", category="Habits"))
    assert catalogue(lang="ru").body["items"] == [
        {
            "code": "early-bird",
            "title": "early-bird (ru)",
            "description": "По-русски",
            "language": "ru",
            "points": 50,
            "icon_url": "https://example.org/e.png",
            "category": "Habits",
            "is_secret": False,
            "is_active": True,
            "by_teachers": False,
            "rarity": None,
        }
    ]


def test_archived_achievements_are_listed_for_admins() -> None:
    import_all(draft("a"), draft("b", is_active=False))
    assert codes() == codes(caller=ANNA) == ["a"]
    assert codes(caller=ADMIN) == ["a", "b"]


def test_secret_achievements_are_listed_for_admins_and_users_who_earned_them() -> None:
    import_all(draft("a"), draft("b", is_secret=True), draft("c", is_secret=True))
    award({"code": "b"})
    assert codes() == codes(caller=user("boris")) == ["a"]
    assert codes(caller=ANNA) == ["a", "b"]
    assert codes(caller=ADMIN) == ["a", "b", "c"]


def test_only_one_category_if_it_is_asked_for() -> None:
    import_all(draft("a", category="Привычки"), draft("b", category="Olympiads"), draft("c"))
    assert codes(category="Привычки") == ["a"]
    assert codes(category="habits") == []
    assert codes() == ["a", "b", "c"]
    answer = catalogue(category=" ")
    assert (answer.status, answer.fields) == (422, ["category"])


def languages(**request: Any) -> str:
    (item,) = catalogue(**request).body["items"]
    found: str = item["language"]
    return found


def test_asked_for_then_preferred_then_accepted_then_english() -> None:
    create(draft(translations={tag: {"title": tag} for tag in ("en", "ru", "de", "fr")}))
    anna = user("anna", lang="ru")
    french = {"accept-language": "it;q=0.9, fr;q=0.8, en;q=0.1"}
    assert languages(caller=anna, headers=french, lang="de") == "de"
    assert languages(caller=anna, headers=french) == "ru"
    assert languages(caller=user("boris"), headers=french) == "fr"
    assert languages(headers=french) == "fr"
    assert languages(headers={"accept-language": "it"}) == "en"
    assert languages(headers={"accept-language": "\x00;q=nan," * 1000}) == "en"
    assert languages(caller=anna, lang="it") == "ru"


def test_each_text_falls_back_by_itself() -> None:
    import_all(
        draft("english", translations={"en": {"title": "English", "description": "only"}}),
        draft("german", translations={"de": {"title": "Deutsch"}}),
        draft("mixed", translations={"en": {"title": "Mixed", "description": "In English"}, "ru": {"title": "Смесь"}}),
    )
    found = [(item["language"], item["title"], item["description"]) for item in catalogue(lang="ru").body["items"]]
    assert found == [("en", "English", "only"), ("de", "Deutsch", ""), ("ru", "Смесь", "In English")]


def test_an_unchanged_catalogue_is_304() -> None:
    create(draft())
    first = catalogue(lang="ru")
    known = {"if-none-match": first.headers["etag"]}
    assert catalogue(headers=known, lang="ru").status == 304
    assert catalogue(headers=known, lang="en").status == 200
    create(draft("another"))
    assert catalogue(headers=known, lang="ru").status == 200


def test_anonymous_responses_are_public_for_a_minute_and_others_private() -> None:
    create(draft())
    headers = catalogue().headers
    assert headers["cache-control"] == "public, max-age=60"
    assert {name.strip() for name in headers["vary"].split(",")} == {"authorization", "accept-language"}
    for caller in (ANNA, ADMIN):
        assert catalogue(caller).headers["cache-control"] == "private, no-cache"


def pages(limit: int, caller: dict[str, str] | None = None, **query: str) -> list[list[str]]:
    """The codes of each page, to the end."""
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        options: dict[str, Any] = {"limit": str(limit), **cursor, **query}
        body = catalogue(caller, **options).body
        found.append([item["code"] for item in body["items"]])
        if body["next_cursor"] is None:
            return found
        cursor = {"cursor": body["next_cursor"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 29, 30, 31, 60, 100])
def test_pages_hold_every_entry_once_and_are_full_but_the_last(limit: int) -> None:
    import_all(*(draft(f"n{number:02d}", is_secret=number % 3 == 0) for number in range(90)))
    shown = [f"n{number:02d}" for number in range(90) if number % 3]
    found = pages(limit)
    assert [code for page in found for code in page] == shown
    assert {len(page) for page in found[:-1]} <= {limit}
    assert 1 <= len(found[-1]) <= limit


def test_the_category_filters_every_page() -> None:
    import_all(*(draft(f"n{number:02d}", category=f"c{number % 2}") for number in range(30)))
    assert pages(4, category="c1")[-1] == ["n25", "n27", "n29"]
    cursor = catalogue(limit="4", category="c1").body["next_cursor"]
    answer = catalogue(limit="4", category="c0", cursor=cursor)
    assert (answer.status, answer.fields) == (400, ["cursor"])


def test_entries_that_come_and_go_meanwhile_move_no_other() -> None:
    import_all(*(draft(f"n{number:02d}") for number in range(0, 20, 2)))
    first = catalogue(limit="4").body
    assert [item["code"] for item in first["items"]] == ["n00", "n02", "n04", "n06"]
    # One before the page, one after; and the very entry that the cursor stands on is gone.
    import_all(draft("n01"), draft("n07"))
    table.write(Delete(keys.achievement("n06")))
    table.write(Delete(keys.achievement("n10")))
    second = catalogue(limit="100", cursor=first["next_cursor"]).body
    assert [item["code"] for item in second["items"]] == ["n07", "n08", "n12", "n14", "n16", "n18"]


def test_a_cursor_is_valid_only_for_its_caller() -> None:
    import_all(*(draft(f"n{number}") for number in range(5)))
    cursor = catalogue(limit="2").body["next_cursor"]
    for caller in (ANNA, ADMIN):
        assert catalogue(caller, limit="2", cursor=cursor).status == 400


@pytest.mark.parametrize("limit", ["0", "101", "abc", "-1"])
def test_another_limit_is_422_and_named(limit: str) -> None:
    answer = catalogue(limit=limit)
    assert (answer.status, answer.fields) == (422, ["limit"])
