"""How a profile is told."""

from collections.abc import Mapping
from typing import Any

from laurels.profiles.models import Profile, Progress, PublicProfile
from laurels.standings.models import Standing


def describe(item: Mapping[str, Any], standing: Standing, *, private: bool) -> Profile | PublicProfile:
    """The profile as its owner and admins (`private`) or as others see it."""
    counters = {str(counter): value for counter, value in standing.counters.items()}
    fields = {
        **item,
        "progress": Progress(average_grade=standing.average_grade, **counters),
        "points": standing.points,
        "achievements_count": standing.achievements,
    }
    return (Profile if private else PublicProfile).model_validate(fields)
