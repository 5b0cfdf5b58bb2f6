"""Schedule, every day: counts how many users have earned each achievement."""

from typing import Any

from laurels.achievements import rarity


def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return rarity.count()
