"""Standings of a random population, some with numbers in own metrics, in few partitions."""

import random
from datetime import datetime
from typing import Any

from laurels import clock, keys
from laurels.standings import definitions
from laurels.standings.codec import encode
from laurels.standings.models import OwnNumber
from tests.unit.leaderboards.population import population

OWN = {
    "minutes": {"kind": "counter", "board": True, "is_active": True},
    "grade": {"kind": "best", "board": True, "is_active": True},
}
PARTITIONS = 3


def in_force(**more: dict[str, Any]) -> dict[str, Any]:
    """The item with the definitions of own metrics."""
    return keys.criteria()._asdict() | {
        definitions.attribute(name): definitions.text_of({"metric": name, **each})
        for name, each in (OWN | more).items()
    }


def learners(seed: int, now: datetime, size: int | None = None) -> list[dict[str, Any]]:
    """The standings of a random population."""
    draw, items = random.Random(seed), []
    for person in population(seed, now, size):
        standing = person.standing(now)
        if draw.random() < 0.7:
            standing.own["minutes"] = own_counter(draw, now)
        if draw.random() < 0.7:
            reached = clock.epoch_ms(now) - draw.randrange(3)
            standing.own["grade"] = OwnNumber(is_counter=False, number=draw.randrange(1, 4) * 50, reached=reached)
        partition = keys.standing_shard(draw.randrange(PARTITIONS), standing.user_id)
        items.append(encode(standing) | partition._asdict())
    return sorted(items, key=lambda item: item["SK"])


def own_counter(draw: random.Random, now: datetime) -> OwnNumber:
    number = draw.randrange(4)
    return OwnNumber(number=number, reached=clock.epoch_ms(now) - draw.randrange(3), week=number, month=number)
