"""Ranks and neighbours read from the files of random populations, compared with brute force."""

import random
from datetime import datetime

import pytest

from laurels import clock
from laurels.callers import Caller, Grant
from laurels.leaderboards import computing, service
from laurels.leaderboards.models import Entry, RankQuery, WindowName
from laurels.standings.codec import encode
from laurels.standings.models import Board
from tests.unit.leaderboards import population as brute
from tests.unit.leaderboards.shelf import Shelf, shelf
from tests.unit.leaderboards.test_ranking import MOMENTS, POPULATIONS

__all__ = ["shelf"]

ADMIN = Caller("root", frozenset({Grant.ADMIN}))


def seen(place: brute.Standpoint) -> tuple[int, int, str | None, float, datetime]:
    user_id = None if place.anonymous else place.user_id
    return place.position, place.rank, user_id, place.score, brute.shown_time(place)


def shown(entries: list[Entry]) -> list[tuple[int, int, str | None, float, datetime]]:
    return [(each.position, each.rank, each.user_id, each.score, each.achieved_at) for each in entries]


@pytest.mark.slow
def test_ranks_and_neighbours_equal_brute_force(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    for seed in range(POPULATIONS):
        now, choice = MOMENTS[seed % len(MOMENTS)], random.Random(seed)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        people = brute.population(seed, now)
        shelf.standings = [encode(person.standing(now)) for person in people]
        shelf.objects.clear()
        assert computing.compute()["computed"]
        for board in Board:
            for window in WindowName:
                places = brute.board_of(people, board, window, now)
                if not places:
                    continue
                at, near = choice.randrange(len(places)), choice.randint(0, 10)
                query = RankQuery(window=window, neighbours=near)
                found = service.rank(board, places[at].user_id, query, ADMIN)
                assert (found.position, found.rank, found.score) == (at + 1, places[at].rank, places[at].score)
                assert shown(found.above) == [seen(each) for each in places[max(at - near, 0) : at]]
                assert shown(found.below) == [seen(each) for each in places[at + 1 : at + 1 + near]]
                asked += 1
    assert asked > 10 * POPULATIONS, "too few boards have users on them"
