"""Definitions and awards to test with."""

from typing import Any

from achievements import (
    archive_achievement,
    award_achievement,
    create_achievement,
    get_achievement,
    import_achievements,
    list_achievements,
    list_awards,
    revoke_award,
    start_backfill,
    update_achievement,
)
from laurels import clock, keys, table
from laurels.achievements import criteria
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Board, Standing
from tests.events import ADMIN, AWARDER, Answer, call

HER = {"user_id": "anna"}


def draft(code: str = "early-bird", **fields: Any) -> dict[str, Any]:
    """A definition, as an admin sends it."""
    translations = {
        "en": {"title": f"{code} (en)", "description": "In English"},
        "ru": {"title": f"{code} (ru)", "description": "По-русски"},
    }
    return {"code": code, "translations": translations, "points": 50} | fields


def reach(**values: float) -> dict[str, Any]:
    """Criteria that are met when each metric has reached its value."""
    return {"all": [{"metric": metric, "op": "gte", "value": value} for metric, value in values.items()]}


def create(body: Any, caller: dict[str, str] | None = ADMIN, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(create_achievement.handler, caller=caller, body=body, headers=named)


def import_all(*rows: Any, caller: dict[str, str] = ADMIN) -> Answer:
    return call(import_achievements.handler, caller=caller, body={"items": list(rows)})


def catalogue(caller: dict[str, str] | None = None, headers: dict[str, str] | None = None, **query: str) -> Answer:
    return call(list_achievements.handler, caller=caller, query=query, headers=headers)


def one(
    code: str = "early-bird",
    caller: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    **query: str,
) -> Answer:
    return call(get_achievement.handler, path={"code": code}, caller=caller, headers=headers, query=query)


def patch(body: Any, code: str = "early-bird", caller: dict[str, str] = ADMIN, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(update_achievement.handler, path={"code": code}, caller=caller, body=body, headers=named)


def archive(code: str = "early-bird", caller: dict[str, str] = ADMIN, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(archive_achievement.handler, path={"code": code}, caller=caller, headers=named)


def revoke(code: str = "early-bird", caller: dict[str, str] = AWARDER, user_id: str = "anna") -> Answer:
    return call(revoke_award.handler, path={"user_id": user_id, "code": code}, caller=caller)


def backfill(code: str, caller: dict[str, str] = ADMIN, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return call(start_backfill.handler, path={"code": code}, caller=caller, body=body, headers=headers)


def award(body: Any, caller: dict[str, str] | None = AWARDER, user_id: str = "anna", **query: str) -> Answer:
    return call(award_achievement.handler, path={"user_id": user_id}, caller=caller, body=body, query=query)


def awards(
    caller: dict[str, str] | None = None,
    user_id: str = "anna",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> Answer:
    return call(list_awards.handler, path={"user_id": user_id}, caller=caller, query=query, headers=headers)


def adhoc(code: str, points: int = 10) -> dict[str, Any]:
    """An achievement outside the catalogue."""
    return {"code": code, "title": f"Title of {code}", "points": points}


def standing(user_id: str = "anna") -> Standing:
    return standings.of(user_id, table.get(keys.standing(user_id), consistent=True))


def earned(user_id: str = "anna") -> tuple[int, int]:
    """Sum the points and the number of the stored awards."""
    points = [item["points"] for item in table.query_all(keys.award(user_id))]
    return sum(points), len(points)


def counted(user_id: str = "anna") -> tuple[int, int]:
    """Points and number of awards in the standing."""
    found = standing(user_id)
    return found.points, found.achievements


def counted_lately(user_id: str = "anna") -> list[tuple[int, int]]:
    """As `counted`, for the week and the month of the standing."""
    found = standing(user_id)
    boards = (Board.POINTS, Board.ACHIEVEMENTS)
    return [(window.scores[boards[0]].score, window.scores[boards[1]].score) for window in (found.week, found.month)]


def earned_lately(user_id: str = "anna") -> list[tuple[int, int]]:
    """As `earned`, for the awards of that week and month."""
    found, awards = standing(user_id), list(table.query_all(keys.award(user_id)))
    days = [clock.moment(item["awarded_at"]).date() for item in awards]
    weeks, months = map(standings_rules.week_number, days), map(standings_rules.month_number, days)
    totals = []
    for numbers, number in ((weeks, found.week.number), (months, found.month.number)):
        points = [item["points"] for item, each in zip(awards, numbers, strict=True) if each == number]
        totals.append((sum(points), len(points)))
    return totals


def stored_criteria() -> dict[str, str]:
    """The texts in the item of all criteria, by code."""
    item = table.get(keys.criteria(), consistent=True) or {}
    return {each.code: item[criteria.attribute(each.code)] for each in criteria.read(item)}
