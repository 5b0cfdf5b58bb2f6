"""GET, PATCH and DELETE /v1/achievements/{code}."""

from functools import partial
from typing import Any

import pytest

from laurels import keys, table
from laurels.achievements.catalogue_models import MAX_TRANSLATIONS_BYTES
from laurels.writes import Put
from tests.events import ADMIN, AWARDER, together, user
from tests.integration.achievements.catalogue import (
    adhoc,
    archive,
    award,
    awards,
    catalogue,
    create,
    draft,
    import_all,
    one,
    patch,
    reach,
    stored_criteria,
)

ANNA, BORIS = user("anna", lang="ru"), user("boris")


def test_readers_get_it_in_their_language() -> None:
    create(draft(category="Habits", criteria=reach(points=5)))
    actual = one(lang="ru").body
    assert (actual["title"], actual["description"], actual["language"]) == ("early-bird (ru)", "По-русски", "ru")
    assert one(caller=ANNA).body == actual
    assert one(headers={"accept-language": "ru-RU"}).body == actual
    assert one(caller=BORIS).body["language"] == "en"
    assert [actual] == catalogue(lang="ru").body["items"]
    assert one("unheard-of").status == 404
    assert one("Unheard of").status == 404


def test_texts_fall_back_to_english() -> None:
    create(draft(translations={"en": {"title": "Early bird", "description": "Before six"}}))
    for actual in (one(caller=ANNA).body, *catalogue(ANNA).body["items"]):
        assert (actual["title"], actual["description"], actual["language"]) == ("Early bird", "Before six", "en")


def test_admins_get_all_editable_fields() -> None:
    sent = draft(category="Habits", icon_url="https://example.org/e.png", criteria=reach(average_grade=90.5, points=5))
    made = create(sent).body
    actual = one(caller=ADMIN)
    assert {name: actual.body[name] for name in sent} == sent
    assert actual.body.items() >= made.items()
    assert actual.body["title"] == "early-bird (en)"
    assert not {"translations", "criteria"} & one(caller=ANNA).body.keys()


def test_a_secret_achievement_is_visible_to_admins_and_users_who_earned_it() -> None:
    create(draft(is_secret=True))
    award({"code": "early-bird"})
    statuses = [one(caller=caller).status for caller in (None, BORIS, AWARDER, ANNA, ADMIN)]
    assert statuses == [404, 404, 404, 200, 200]


def test_an_award_outside_the_catalogue_reveals_no_secret_of_the_same_code() -> None:
    award(adhoc("early-bird"))
    create(draft(is_secret=True))
    award({"code": "early-bird"}, user_id="boris")
    assert one(caller=ANNA).status == 404
    assert catalogue(ANNA).body["items"] == []
    assert awards(ANNA, user_id="boris").body["items"] == []
    assert [item["title"] for item in awards(ANNA).body["items"]] == ["Title of early-bird"]


def test_an_archived_achievement_is_visible_to_admins_and_users_who_earned_it() -> None:
    create(draft())
    award({"code": "early-bird"})
    archive()
    assert [one(caller=caller).status for caller in (None, BORIS, ANNA, ADMIN)] == [404, 404, 200, 200]
    assert one(caller=ANNA).body["is_active"] is False
    assert [item["code"] for item in awards().body["items"]] == ["early-bird"]


def test_an_unchanged_achievement_is_304_and_cache_control_depends_on_the_caller() -> None:
    create(draft())
    for caller, caching in ((None, "public, max-age=60"), (BORIS, "private, no-cache"), (ADMIN, "private, no-cache")):
        first = one(caller=caller)
        assert first.headers["cache-control"] == caching
        known = {"if-none-match": first.headers["etag"]}
        assert one(caller=caller, headers=known).status == 304
        patch({"points": 60 + len(caching) + bool(caller and "roles" in caller)})
        assert one(caller=caller, headers=known).status == 200


def test_a_patch_changes_only_the_fields_that_were_sent() -> None:
    before = create(draft(category="Habits", icon_url="https://example.org/e.png")).body
    after = patch({"points": 70, "category": None, "is_secret": True}).body
    changed = {"points": 70, "category": None, "is_secret": True, "updated_at": after["updated_at"]}
    assert after == before | changed
    actual = one(caller=ADMIN).body
    assert {name: actual[name] for name in after} == after


def test_languages_are_patched_one_by_one() -> None:
    create(draft())
    body = {
        "de": {"title": "Frühaufsteher"},
        "ru": None,
        "en": {"description": None},
        "fr": None,  # is not there anyway
    }
    assert patch({"translations": body}).body["translations"] == {
        "de": {"title": "Frühaufsteher", "description": ""},
        "en": {"title": "early-bird (en)", "description": ""},
    }
    assert patch({"translations": {"de": {"description": "Vor sechs"}}}).body["translations"]["de"] == {
        "title": "Frühaufsteher",
        "description": "Vor sechs",
    }


def test_languages_are_case_insensitive() -> None:
    create(draft(translations={"EN": {"title": "one"}, "pt-br": {"title": "um"}}))
    assert list(one(caller=ADMIN).body["translations"]) == ["en", "pt-BR"]
    changed = patch({"translations": {"En": {"title": "two"}, "PT-BR": None}}).body["translations"]
    assert changed == {"en": {"title": "two", "description": ""}}
    assert one(lang="EN").body["language"] == "en"
    assert import_all(draft(translations={"EN": {"title": "a"}, "en": {"title": "b"}})).body["failed"] == 1


def test_a_stored_definition_with_languages_in_another_case_can_be_patched() -> None:
    create(draft(translations={"pt-BR": {"title": "um"}}))
    item = table.get(keys.achievement("early-bird"), consistent=True)
    assert item
    table.write(Put(item | {"translations": {"pt-br": item["translations"]["pt-BR"]}}))
    assert one(lang="pt").body["language"] == "pt-br"
    changed = patch({"translations": {"pt-BR": {"description": "cedo"}}}).body["translations"]
    assert changed == {"pt-BR": {"title": "um", "description": "cedo"}}


LARGE = {"title": "x", "description": "я" * 2000}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"translations": {"en": None, "ru": None}}, "translations"),
        ({"translations": {"en": {"title": None}}}, "translations.en.title"),
        ({"translations": {"de": {"description": "Vor sechs"}}}, "translations.de.title"),
        ({"translations": {"E": {"title": "x"}}}, "translations.E.[key]"),
        ({"translations": {"EN": {"title": "x"}, "en": {"title": "y"}}}, "translations"),
        ({"translations": {f"{a}{b}": LARGE for a in "abcde" for b in "abcde"}}, "translations"),
        ({"translations": {f"{a}{b}": {"title": "x"} for a in "abcdefg" for b in "abcdefg"}}, "translations"),
        ({"translations": None}, "translations"),
        ({"points": 0}, "points"),
        ({"points": -1}, "points"),
        ({"points": None}, "points"),
        ({"is_active": None}, "is_active"),
        ({"is_secret": "yes"}, "is_secret"),
        ({"icon_url": "javascript:alert(1)"}, "icon_url"),
        ({"category": ""}, "category"),
        ({"criteria": {}}, "criteria.all"),
        ({"criteria": {"all": [{"metric": "karma", "value": 1}]}}, "criteria.all.0.metric"),
        ({"criteria": reach(points=1.5)}, "criteria.all.0.value"),
        ({"criteria": reach(average_grade=101)}, "criteria.all.0.value"),
        ({"code": "another"}, "code"),
        ({"created_at": "2026-11-20T18:22:05Z"}, "created_at"),
    ],
)
def test_an_invalid_result_of_a_patch_is_422_and_names_the_field(body: dict[str, Any], named: str) -> None:
    create(draft())
    before = one(caller=ADMIN).text
    answer = patch(body)
    assert (answer.status, answer.fields) == (422, [named])
    assert one(caller=ADMIN).text == before
    assert MAX_TRANSLATIONS_BYTES < 25 * 4001  # what one of the cases is about


def test_only_an_admin_changes_or_archives() -> None:
    create(draft())
    before = one(caller=ADMIN).text
    for caller in (user("anna"), AWARDER):
        assert patch({"points": 1}, caller=caller).status == 403
        assert archive(caller=caller).status == 403
    assert one(caller=ADMIN).text == before
    assert patch({"points": 1}, "unheard-of").status == archive("unheard-of").status == 404


def test_of_two_patches_of_the_same_revision_one_succeeds() -> None:
    create(draft())
    etag = one(caller=ADMIN).headers["etag"]
    assert patch({"points": 60}, if_match=etag).status == 200
    assert patch({"points": 70}, if_match=etag).status == 412
    assert archive(if_match=etag).status == 412
    assert one(caller=ADMIN).body["points"] == 60
    newer = patch({"points": 60}).headers["etag"]  # changes nothing, so it is the same as it was
    assert patch({"points": 70}, if_match=newer).status == 200
    assert patch({"points": 80}, if_match='"1"').status == 412
    assert archive(if_match=one(caller=ADMIN).headers["etag"]).status == 204


def test_a_repeated_patch_succeeds() -> None:
    create(draft())
    etag = one(caller=ADMIN).headers["etag"]
    first = patch({"points": 60}, if_match=etag)
    again = patch({"points": 60}, if_match=etag)
    assert (again.status, again.text, again.headers["etag"]) == (200, first.text, first.headers["etag"])


def test_concurrent_patches_of_different_fields_all_hold() -> None:
    create(draft())
    tags = ["de", "fr", "it", "es", "pt", "pl", "cs", "fi"]
    bodies = [{"translations": {tag: {"title": tag}}} for tag in tags] + [{"points": 7}, {"category": "Habits"}]
    assert {each.status for each in together([partial(patch, body) for body in bodies])} == {200}
    found = one(caller=ADMIN).body
    assert (set(found["translations"]), found["points"], found["category"]) == ({"en", "ru", *tags}, 7, "Habits")


def test_archiving_is_idempotent_and_a_patch_restores() -> None:
    create(draft(criteria=reach(points=5)))
    assert [archive().status, archive().status] == [204, 204]
    assert catalogue().body["items"] == []
    assert (award({"code": "early-bird"}).fields, stored_criteria()) == (["code"], {})
    revision = one(caller=ADMIN).headers["etag"].partition("-")[0]
    archive()
    assert one(caller=ADMIN).headers["etag"].startswith(revision)
    assert patch({"is_active": True}).body["is_active"] is True
    assert stored_criteria().keys() == {"early-bird"}
    assert award({"code": "early-bird"}).status == 201
