"""A user's rank in every board and window, and which callers may see it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from laurels import keys, storage, table
from laurels.callers import Caller, Grant
from laurels.errors import NotFound
from laurels.leaderboards import computing, files, service, versions
from laurels.leaderboards.models import RankQuery, WindowName
from laurels.standings.models import Board, Listing
from laurels.writes import Put
from leaderboards.get_user_rank import handler as get_user_rank
from tests.integration.leaderboards.conftest import Calendar
from tests.integration.leaderboards.platform import profile, settle
from tests.integration.recorder import Recorder
from tests.integration.stats.calling import Answer, call
from tests.unit.leaderboards import population as brute
from tests.unit.leaderboards.population import Event, Person, Standpoint

pytestmark = pytest.mark.usefixtures("bucket")

ADMIN = Caller("root", frozenset({Grant.ADMIN}))


def seen(place: Standpoint) -> tuple[int, int, str | None, str | None, int, datetime]:
    """A place as a neighbour is shown."""
    shown = not place.anonymous
    name = f"Learner {place.user_id[:60]}" if shown else None
    return place.position, place.rank, place.user_id if shown else None, name, place.score, brute.shown_time(place)


def test_places_and_neighbours_equal_brute_force(calendar: Calendar) -> None:
    now = calendar.now = datetime(2027, 1, 3, 23, 59, tzinfo=UTC)
    people = brute.population(5, now, 20)
    settle(people, now)
    computing.compute()
    for board in Board:
        for window in WindowName:
            places = brute.board_of(people, board, window, now)
            for at, place in list(enumerate(places))[len(board) % 3 :: 3]:
                near = at % 11
                found = service.rank(board, place.user_id, RankQuery(window=window, neighbours=near), ADMIN)
                assert (found.user_id, *seen(place)[:2], found.total, found.as_of) == (
                    place.user_id, found.position, found.rank, len(places), now,
                )  # fmt: skip
                assert (found.score, found.achieved_at) == (place.score, place.reached)
                for shown, expected in (
                    (found.above, places[max(at - near, 0) : at]),
                    (found.below, places[at + 1 : at + 1 + near]),
                ):
                    assert [
                        (each.position, each.rank, each.user_id, each.display_name, each.score, each.achieved_at)
                        for each in shown
                    ] == [seen(each) for each in expected]
            listed = {place.user_id for place in places}
            for person in [each for each in people if each.user_id not in listed][::5]:
                with pytest.raises(NotFound):
                    service.rank(board, person.user_id, RankQuery(window=window), ADMIN)


def rank(
    user_id: str, query: dict[str, str] | None = None, caller: dict[str, str] | None = None, **path: str
) -> Answer:
    return call(get_user_rank, path={"board": "points", "user_id": user_id} | path, query=query, caller=caller)


@pytest.fixture
def _thirty(bucket: str, calendar: Calendar) -> None:
    """user-00 has 30 points, user-29 has one."""
    settle([Person(f"user-{n:02d}", events=[Event(calendar.now, None, 30 - n)]) for n in range(30)], calendar.now)
    computing.compute()


@pytest.mark.usefixtures("_thirty")
def test_a_rank_fits_the_openapi_document() -> None:
    def entry(number: int) -> dict[str, Any]:
        return {
            "rank": number + 1,
            "position": number + 1,
            "user_id": f"user-{number:02d}",
            "display_name": f"Learner user-{number:02d}",
            "avatar_url": None,
            "score": 30 - number,
            "achieved_at": "2026-11-20T18:22:05.000Z",
        }

    assert rank("user-12", {"window": "week", "neighbours": "2"}) == (
        200,
        {
            "board": "points",
            "window": "week",
            "user_id": "user-12",
            "rank": 13,
            "position": 13,
            "score": 18,
            "achieved_at": "2026-11-20T18:22:05.000Z",
            "percentile": 58.62,
            "above": [entry(10), entry(11)],
            "below": [entry(13), entry(14)],
            "total": 30,
            "as_of": "2026-11-20T18:22:05.000Z",
            "next_reset": "2026-11-23T00:00:00.000Z",
        },
    )


@pytest.mark.usefixtures("_thirty")
def test_there_are_ten_neighbours_on_each_side_unless_asked_or_the_board_ends() -> None:
    for user_id, above, below in (("user-00", 0, 10), ("user-03", 3, 10), ("user-15", 10, 10), ("user-29", 10, 0)):
        body = rank(user_id).body
        assert (len(body["above"]), len(body["below"])) == (above, below)
    body = rank("user-15", {"neighbours": "0"}).body
    assert (body["above"], body["below"], body["position"]) == ([], [], 16)


@pytest.mark.usefixtures("_thirty")
def test_me_is_the_caller_and_needs_a_token() -> None:
    assert rank("me", caller={"sub": "user-07"}).body["position"] == 8
    assert rank("me").status == 401


@pytest.mark.usefixtures("_thirty")
@pytest.mark.parametrize(
    ("query", "field"),
    [({"neighbours": "11"}, "neighbours"), ({"neighbours": "-1"}, "neighbours"), ({"window": "day"}, "window")],
)
def test_a_query_that_does_not_validate_is_422_and_names_the_field(query: dict[str, str], field: str) -> None:
    status, body = rank("user-07", query)
    assert (status, [error["field"] for error in body["errors"]]) == (422, [field])


@pytest.mark.usefixtures("_thirty")
def test_a_user_without_a_score_is_404_with_the_reason() -> None:
    table.write(Put(profile("new")))
    status, body = rank("new")
    assert (status, body["code"]) == (404, "not_found")
    assert body["detail"] == "No score on this board as of 2026-11-20T18:22:05.000Z."
    assert rank("me", caller={"sub": "nobody-yet"}).body["detail"] == body["detail"]
    assert "There is no board kittens." in rank("user-07", board="kittens").body["detail"]


@pytest.mark.usefixtures("_thirty")
def test_an_unknown_user_is_404_to_others() -> None:
    assert rank("nobody").body["detail"] == "There is no such user, or it is not yours to see."


def test_before_the_first_run_there_are_no_ranks(calendar: Calendar) -> None:
    settle([Person("42", events=[Event(calendar.now, None, 5)])], calendar.now)
    assert rank("42").body["detail"] == "The boards have not been computed yet."
    computing.compute()
    assert rank("42").body["percentile"] == 100


NOBODY: dict[str, str] = {}
OWNER, OTHER, ADMINISTRATOR = {"sub": "user-07"}, {"sub": "user-08"}, {"sub": "root", "roles": "admin"}


@pytest.mark.usefixtures("_thirty")
@pytest.mark.parametrize("computed_since", [False, True], ids=["at once", "after the next run"])
@pytest.mark.parametrize(
    ("listing", "fields", "allowed"),
    [
        (Listing.SHOWN, {}, "nobody other owner admin"),
        (Listing.ANONYMOUS, {}, "owner admin"),
        (Listing.HIDDEN, {}, ""),
        (Listing.SHOWN, {"is_active": False}, "owner admin"),
        (Listing.SHOWN, {"preferences": {"visibility": {"stats": "users"}}}, "other owner admin"),
        (Listing.SHOWN, {"preferences": {"visibility": {"stats": "private"}}}, "owner admin"),
        (Listing.SHOWN, {"preferences": {"visibility": {"profile": "private"}}}, "owner admin"),
    ],
    ids=["shown", "anonymous", "hidden", "inactive", "for users", "private", "private profile"],
)
def test_visibility_decides_who_sees_a_rank(
    listing: Listing, fields: dict[str, Any], allowed: str, computed_since: bool, calendar: Calendar
) -> None:
    if computed_since:
        settle([Person("user-07", listing, events=[Event(calendar.now, None, 23)])], calendar.now)
        computing.compute()
    table.write(Put(profile("user-07", **{"listing": listing} | fields)))
    callers = {"nobody": None, "other": OTHER, "owner": OWNER, "admin": ADMINISTRATOR}
    answers = {name: rank("user-07", caller=caller) for name, caller in callers.items()}
    assert {name for name, answer in answers.items() if answer.status == 200} == set(allowed.split())
    refused = {answer.status for answer in answers.values()} - {200}
    assert refused <= {404}
    for name in ("nobody", "other"):
        if answers[name].status == 404:
            assert answers[name].body["detail"] == "There is no such user, or it is not yours to see."
    if listing is Listing.HIDDEN:
        assert answers["owner"].body["detail"] == "Hidden users are on no board."
    if answers["owner"].status == 200:
        assert answers["owner"].body["position"] == 8


@pytest.mark.usefixtures("_thirty")
@pytest.mark.parametrize(
    "change", [{"listing": Listing.ANONYMOUS}, {"is_active": False}], ids=["anonymous", "inactive"]
)
def test_a_neighbour_who_became_anonymous_has_no_id_and_no_name(change: dict[str, Any]) -> None:
    table.write(Put(profile("user-06", **change)))
    nearest = rank("user-07").body["above"][-1]
    assert (nearest["position"], nearest["score"]) == (7, 24)
    assert (nearest["user_id"], nearest["display_name"], nearest["avatar_url"]) == (None, None, None)


@pytest.mark.usefixtures("_thirty")
def test_a_rank_is_three_requests_to_the_bucket_and_one_to_the_table(
    calls: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int | None]] = []
    truly = storage.get

    def get(name: str, start: int = 0, length: int | None = None) -> bytes | None:
        asked.append((name.rpartition("/")[2], length))
        return truly(name, start, length)

    monkeypatch.setattr(storage, "get", get)
    for user_id, objects in (("user-15", 3), ("user-00", 3), ("nobody", 2)):
        calls.made.clear()
        asked.clear()
        rank(user_id)
        assert calls.operations() == ["batch_get_item"]
        assert [name for name, _ in asked] == ["current.json", *["points-all_time"] * (objects - 1)]
        assert sum(length or 0 for _, length in asked) < 2_000


@pytest.mark.usefixtures("_thirty")
def test_users_with_the_same_fingerprint_are_distinguished_by_id(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "hash_of", lambda *_: 7)
    computing.compute()
    assert [rank(f"user-{number:02d}").body["position"] for number in (0, 17, 29)] == [1, 18, 30]
    assert rank("nobody").status == 404


@pytest.mark.usefixtures("_thirty")
def test_a_version_deleted_between_two_reads_is_replaced_by_the_next(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = storage.get(keys.boards_current())
    assert current is not None
    for _ in range(versions.VERSIONS_KEPT):
        computing.compute()
    truly = storage.get
    stale = iter([current])
    monkeypatch.setattr(
        storage,
        "get",
        lambda name, *part: next(stale, None) or truly(name) if name == keys.boards_current() else truly(name, *part),
    )
    assert rank("user-07").body["position"] == 8
