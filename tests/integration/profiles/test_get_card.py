"""GET /v1/users/{user_id}/card.svg: a picture of what everybody may see."""

from typing import Any
from xml.etree import ElementTree

import pytest

from laurels import keys, table
from laurels.standings import service as standings
from laurels.standings.models import Board, Score
from profiles import get_card
from tests.events import ADMIN, Answer, call
from tests.integration.profiles.people import ANNA, bury, settle, visible

SVG = "{http://www.w3.org/2000/svg}"
OPEN = dict.fromkeys(("profile", "achievements", "badges", "goals", "stats"), "public")


def card(query: dict[str, str] | None = None, **request: Any) -> Answer:
    return call(get_card.handler, path={"user_id": "anna"}, query=query, **request)


def draw(query: dict[str, str] | None = None) -> ElementTree.Element:
    answer = card(query)
    assert answer.status == 200, answer.text
    return ElementTree.fromstring(answer.text.encode("latin-1"))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


@pytest.fixture
def anna() -> None:
    """A learner with 1,234 points and 21 achievements, of whom everybody may see everything."""
    settle(display_name="Анна", preferences=visible(**OPEN))
    standing = standings.get("anna")
    standing.scores[Board.POINTS], standing.scores[Board.ACHIEVEMENTS] = Score(1234, 1), Score(21, 1)
    table.write(standings.put(standing))


@pytest.mark.usefixtures("anna")
def test_a_card_shows_name_streak_points_and_achievements() -> None:
    assert texts(draw()) == [
        *("Анна", "0", "days in a row", "1\u202f234", "points", "21", "achievements"),
    ]
    assert draw().findtext(f"{SVG}title") == "Анна, 0 days in a row, 1\u202f234 points, 21 achievements"


@pytest.mark.usefixtures("anna")
def test_a_card_speaks_the_language_that_is_asked_for() -> None:
    russian = ["Анна", "0", "дней подряд", "1\u202f234", "балла", "21", "достижение"]
    assert texts(draw({"lang": "ru"})) == russian
    assert card(headers={"accept-language": "ru-RU, en;q=0.5"}).text == card({"lang": "ru"}).text
    assert card().headers["vary"] == "accept-language"


@pytest.mark.usefixtures("anna")
def test_both_themes_differ_in_colours_alone() -> None:
    light, dark = draw({"theme": "light"}), draw({"theme": "dark"})
    assert texts(light) == texts(dark)
    assert [each.get("fill") for each in light.iter()] != [each.get("fill") for each in dark.iter()]
    assert card({"theme": "pink"}).fields == ["theme"]


@pytest.mark.parametrize(
    ("hidden", "left"),
    [
        ("stats", ["21", "achievements"]),
        ("achievements", ["0", "days in a row", "1\u202f234", "points"]),
    ],
)
@pytest.mark.parametrize("level", ["users", "private"])
@pytest.mark.usefixtures("anna")
def test_a_card_leaves_out_what_is_not_public(hidden: str, left: list[str], level: str) -> None:
    settle(display_name="Анна", preferences=visible(**OPEN | {hidden: level}))
    assert texts(draw()) == ["Анна", *left]


@pytest.mark.parametrize("levels", [OPEN | {"profile": "users"}, OPEN | {"profile": "private"}, {}], ids=str)
def test_without_a_public_profile_there_is_no_card_for_anybody(
    levels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_VISIBILITY", "users")
    settle(preferences=visible(**levels))
    assert [card(caller=caller).status for caller in (None, ANNA, ADMIN)] == [404] * 3


def test_missing_inactive_and_erased_users_have_no_card() -> None:
    missing = card()
    settle(is_active=False, preferences=visible(**OPEN))
    inactive = card()
    bury()
    assert [answer.status for answer in (missing, inactive, card())] == [404] * 3
    assert table.get(keys.profile("anna")) is None


@pytest.mark.parametrize(
    "name",
    [
        '<img src=x onerror="alert(1)">',
        "]]><script>alert(1)</script>",
        "&amp; & Co",
        "👩‍🚀 🏳️‍🌈 Zoë",
        "عمر الخيام",
        "מרים כהן",
        "a\ufffe\uffffb",
        "W" * 80,
    ],
)
def test_any_name_is_text(name: str) -> None:
    settle(display_name=name, preferences=visible(**OPEN))
    picture = draw()
    assert texts(picture)[0] == name.replace("\ufffe", "").replace("\uffff", "")
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} == {
        *("svg", "title", "rect", "text", "g", "path", "linearGradient", "stop"),
    }


@pytest.mark.usefixtures("anna")
def test_a_name_is_written_in_its_own_direction() -> None:
    def direction() -> str | None:
        return next(draw().iter(f"{SVG}text")).get("direction")

    assert direction() == "ltr"
    settle(display_name="7 عمر الخيام", preferences=visible(**OPEN))
    assert direction() == "rtl"


@pytest.mark.usefixtures("anna")
def test_a_card_runs_no_script_and_loads_nothing() -> None:
    answer = card()
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    attributes = [pair for element in draw().iter() for pair in element.attrib.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name.endswith("href") or name == "style"]
    assert [value for _, value in attributes if "url(" in value] == ["url(#fade)"]


@pytest.mark.usefixtures("anna")
def test_caches_keep_a_card_for_half_an_hour_and_revalidate_it_by_its_etag() -> None:
    answer = card()
    assert answer.headers["cache-control"] == "public, max-age=1800"
    again = card(headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.text, again.headers["cache-control"]) == (304, "", "public, max-age=1800")
    assert card({"theme": "dark"}).headers["etag"] != answer.headers["etag"]


def test_me_without_a_token_is_401() -> None:
    assert call(get_card.handler, path={"user_id": "me"}).status == 401
