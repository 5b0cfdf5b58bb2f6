"""The response for a profile."""

from collections.abc import Mapping
from typing import Any, Literal, overload

from laurels.profiles.models import Part, Profile, Progress, PublicProfile
from laurels.standings.models import Standing


@overload
def describe(
    item: Mapping[str, Any], standing: Standing, *, private: Literal[True], hidden: frozenset[Part] = ...
) -> Profile: ...
@overload
def describe(
    item: Mapping[str, Any], standing: Standing, *, private: bool, hidden: frozenset[Part] = ...
) -> Profile | PublicProfile: ...
def describe(
    item: Mapping[str, Any], standing: Standing, *, private: bool, hidden: frozenset[Part] = frozenset()
) -> Profile | PublicProfile:
    """Return the profile as its owner and admins (`private`) or others see it, without figures of `hidden` parts."""
    counters = {str(counter): value for counter, value in standing.counters.items()}
    with_stats = Part.STATS not in hidden
    fields = {
        **item,
        "progress": Progress(average_grade=standing.average_grade, **counters) if with_stats else None,
        "points": standing.points if with_stats else None,
        "achievements_count": standing.achievements if Part.ACHIEVEMENTS not in hidden else None,
    }
    return (Profile if private else PublicProfile).model_validate(fields)
