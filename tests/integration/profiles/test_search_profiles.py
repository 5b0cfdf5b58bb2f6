"""GET /v1/users/search: by the beginning of any word of the name, one Query a page."""

from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.people import names
from laurels.writes import Put
from preferences import update_preferences
from privacy import start_erasure
from profiles import create_profile, get_me, search_profiles, update_profile
from tests.contents import contents
from tests.events import ADMIN, Answer, call, together, user
from tests.integration.profiles.people import ANNA, BORIS, join, pages
from tests.integration.recorder import Recorder

MARIA = user("maria")
HERS = {"user_id": "maria"}


def search(q: str, caller: dict[str, str] = BORIS, **query: str) -> Answer:
    return call(search_profiles.handler, caller=caller, query={"q": q, **query})


def found(q: str, **query: str) -> list[str]:
    options: dict[str, Any] = dict(query)
    answer = search(q, **options)
    assert answer.status == 200, answer.text
    return [item["user_id"] for item in answer.body["items"]]


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Мария Иванова", ["ив", "ИВАН", "мар", "Мария Ив", "ив мар", " ив ", "Иванова, Мария"]),
        ("Élodie Durand", ["elodie", "ÉLO", "e\u0301lod", "dur", "el du"]),
        ("Łukasz Żółć", ["lukasz", "Łuk", "zol", "ŻÓŁĆ"]),
        ("Đặng Thị Ánh", ["dang", "đặ", "anh", "thi"]),
        ("Алёна", ["алена", "алё"]),
        ("김민수", ["김민", "김민수"]),
        ("O'Brien", ["o'br", "bri"]),
        ("R2 D2", ["r2", "d2 r2"]),
    ],
)
def test_a_user_is_found_by_the_beginning_of_any_word(name: str, queries: list[str]) -> None:
    join("maria", name, avatar_url="https://cdn.example.org/1.webp", is_verified=True)
    for q in queries:
        (hit,) = search(q).body["items"]
        assert hit == {
            "user_id": "maria",
            "display_name": name,
            "avatar_url": "https://cdn.example.org/1.webp",
            "is_verified": True,
        }


@pytest.mark.parametrize("q", ["ва", "ивановна", "мариям", "ив петр", "иванова ивановна", "maria"])
def test_a_prefix_of_no_word_finds_nobody(q: str) -> None:
    join("maria", "Мария Иванова")
    assert found(q) == []


@pytest.mark.parametrize("q", [None, "", " ", "и", "и ", "++", "и м", "?!", "x" * 81])
def test_less_than_two_letters_of_a_word_is_422_and_names_q(q: str | None) -> None:
    answer = call(search_profiles.handler, caller=BORIS, query={} if q is None else {"q": q})
    assert (answer.status, answer.fields) == (422, ["q"])


def test_a_user_with_two_matching_words_is_found_once() -> None:
    join("a", "Иван Иванов Иванович")
    join("b", "Ива Нова")
    assert sorted(found("ив")) == ["a", "b"]
    hits = [
        hit["user_id"]
        for page in pages(search_profiles.handler, BORIS, q="ив", limit="1")
        for hit in page.body["items"]
    ]
    assert sorted(hits) == ["a", "b"]


def test_a_cursor_is_of_its_search_and_its_caller() -> None:
    for number in range(3):
        join(f"u{number}", f"Иван {number}")
    cursor = search("ив", limit="1").body["next_cursor"]
    assert search("ив", limit="2", cursor=cursor).status == 200
    assert search("ива", cursor=cursor).status == 400
    assert search("ив", caller=ANNA, cursor=cursor).status == 400
    assert search("ив", cursor="x" + cursor).status == 400


def test_a_search_follows_every_rename() -> None:
    call(get_me.handler, caller=MARIA | {"name": "Мария Иванова"})
    assert found("ив") == ["maria"]
    assert call(update_profile.handler, path=HERS, caller=MARIA, body={"display_name": "Мария Петрова"}).status == 200
    assert (found("ив"), found("пет"), found("мар")) == ([], ["maria"], ["maria"])
    # What stays of the name knows of the rest.
    assert (found("мария пет"), found("мария ив")) == (["maria"], [])


def test_forty_words_for_forty_others_are_one_transaction(calls: Recorder) -> None:
    call(get_me.handler, caller=MARIA)
    letters = "abcdefghijklmnopqrstuvwxyz"
    longest = [" ".join(one + other for other in letters) for one in "xy"]
    many_words = ["ﷺ" * 60, "㍿ ㌖ ㌀ ㌁ ㌂ ㌃ " * 8]
    for name in [*longest, *many_words, " ".join(letters[:40]), "Мария"]:
        calls.made.clear()
        answer = call(update_profile.handler, path=HERS, caller=MARIA, body={"display_name": name[:80]})
        assert answer.status == 200, answer.text
        (transaction,) = (each for each in calls.made if each.operation == "transact_write_items")
        assert len(transaction.request["TransactItems"]) <= 100
        for word in names.words(answer.body["display_name"]):
            if len(word) >= 2:
                assert found(word[:80]) == ["maria"]
    most = 2 + 2 + 2 * names.MAX_WORDS
    assert most <= 100


def hide() -> Answer:
    body = {"visibility": {"profile": "private"}}
    return call(update_preferences.handler, path=HERS, caller=MARIA, body=body)


def show() -> Answer:
    return call(update_preferences.handler, path=HERS, caller=MARIA, body={"visibility": {"profile": "users"}})


def test_a_private_profile_is_not_found_until_it_is_visible() -> None:
    join("maria", "Мария Иванова")
    assert hide().status == 200
    assert not any(search("ив", caller=caller).body["items"] for caller in (BORIS, ADMIN, MARIA))
    assert call(update_profile.handler, path=HERS, caller=MARIA, body={"display_name": "Мария Иванко"}).status == 200
    assert found("ив") == []
    assert show().status == 200
    assert (found("иванк"), found("иванов")) == (["maria"], [])


def test_an_inactive_user_is_not_found_until_active() -> None:
    join("maria", "Мария Иванова")
    for active, hits in ((False, []), (True, ["maria"])):
        body = {"is_active": active}
        assert call(update_profile.handler, path=HERS, caller=ADMIN, body=body).status == 200
        assert found("мар") == hits


def test_an_erased_user_is_not_found_and_has_no_words(dynamodb_client: Any, table: str) -> None:
    join("maria", "Мария Иванова")
    assert call(start_erasure.handler, path=HERS, caller=MARIA).status == 202
    assert found("ив") == []
    kept = [item["PK"] for item in contents(dynamodb_client, table)]
    assert not [partition for partition in kept if partition.startswith(("NAMES#", "USERS#"))]


def test_stale_words_find_nobody() -> None:
    """Two reads are of two moments: the second one decides."""
    item = join("maria", "Мария Иванова")
    for change in (
        {"is_active": False},
        {"preferences": {"visibility": {"profile": "private"}}},
        {"display_name": "X"},
    ):
        table.write(Put(item | change))
        assert found("ив") == []


def test_renames_and_hiding_at_once_leave_just_the_words_of_the_last_name(dynamodb_client: Any, table: str) -> None:
    join("maria", "Мария")
    bodies = [{"display_name": f"Имя{number} Фамилия{number}"} for number in range(8)]
    calls = [partial(call, update_profile.handler, path=HERS, caller=MARIA, body=body) for body in bodies]
    answers = together([*calls, hide, show, hide, show])
    assert {answer.status for answer in answers} == {200}
    show()
    items = contents(dynamodb_client, table)
    (name,) = (item["display_name"] for item in items if item["SK"] == "PROFILE")
    words = {item["SK"].partition("#")[0] for item in items if item["PK"].startswith("NAMES#")}
    assert words == set(names.words(name))


def test_a_profile_made_by_a_service_is_found() -> None:
    body = {"user_id": "elodie", "display_name": "Élodie Durand"}
    assert call(create_profile.handler, caller={"sub": "auth", "scope": "users:write"}, body=body).status == 201
    assert found("elodie") == ["elodie"]
    assert table.get(keys.name_word("elodie", "elodie"))
