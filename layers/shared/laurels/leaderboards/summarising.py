"""The platform's summary: who has the most, the pairs with the largest and smallest gap, and long streaks."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from laurels.leaderboards import ranking
from laurels.leaderboards.models import WindowName
from laurels.leaderboards.ranking import Ranking
from laurels.leaderboards.users import Users
from laurels.standings.models import Board

# With the six others, one request reads the profiles of everybody in the summary, which needs no token.
STREAKS_LISTED = 94
# The files of the boards that the summary names the first of, and whose scores it tells of each person.
POINTS, ACHIEVEMENTS = (f"{board}-{WindowName.ALL_TIME}" for board in (Board.POINTS, Board.ACHIEVEMENTS))

Scores = Callable[[str, Collection[int]], Mapping[int, int]]


class Contenders(NamedTuple):
    """The places that the summary is chosen from: the first of two boards, the holders of awards (or the `ends` of all
    parts of their ranking), and the best streaks, of which there are `streaks_total`."""

    points: Ranking
    achievements: Ranking
    holders: Ranking
    streaks: Ranking
    streaks_total: int


def summarise(contenders: Contenders, users: Users, scores: Scores) -> dict[str, Any]:
    """Return the users named in the summary, as [user id, score, anonymous, points, achievements]. Names are read when
    it is shown. `scores` returns the scores on a board of those of the wanted users (by number) who have one."""
    holders = contenders.holders
    chosen = {
        "most_achievements": contenders.achievements.best(1),
        "most_points": contenders.points.best(1),
        "max_points_gap": holders.take(ranking.largest_gap(holders)),
        "min_points_gap": holders.take(ranking.smallest_gap(holders)),
        "seven_day_streaks": contenders.streaks.best(STREAKS_LISTED),
    }
    numbers = {number for places in chosen.values() for number in places.numbers.tolist()}
    points, achievements = scores(POINTS, numbers), scores(ACHIEVEMENTS, numbers)

    def people(places: Ranking) -> list[tuple[str, int, bool, int, int]]:
        return [
            (each.user_id, each.score, each.anonymous, points.get(number, 0), achievements.get(number, 0))
            for number, each in zip(places.numbers.tolist(), users.named(places), strict=True)
        ]

    return {
        "chosen": {name: people(places) for name, places in chosen.items()},
        "seven_day_streaks_total": contenders.streaks_total,
    }
