"""The response for a profile."""

from collections.abc import Mapping
from typing import Any

from laurels.people.figures import Figure
from laurels.people.rules import EVERYTHING, View
from laurels.profiles.models import OwnProfile, Profile, ProfilePatch, Progress, PublicProfile, WrittenProfile
from laurels.standings.models import Standing
from laurels.standings.rules import own_values


def describe(item: Mapping[str, Any], standing: Standing, view: View) -> Profile | PublicProfile:
    """Return the profile as its owner and admins or others see it, without figures that the caller may not see."""
    return (Profile if view.shows(Figure.CONTACT) else PublicProfile).model_validate(_fields(item, standing, view))


def describe_own(item: Mapping[str, Any], standing: Standing) -> OwnProfile:
    """Return the profile as its owner sees it, without the preferences, which have another shape when stored."""
    fields = _fields(item, standing, EVERYTHING)
    return OwnProfile.model_validate({name: value for name, value in fields.items() if name != "preferences"})


def _fields(item: Mapping[str, Any], standing: Standing, view: View) -> dict[str, Any]:
    counters = {str(counter): value for counter, value in standing.counters.items()}
    with_stats, own = view.shows(Figure.STATS), own_values(standing)
    progress = Progress(average_grade=standing.average_grade, metrics=own, **counters) if with_stats else None
    return {
        **item,
        "progress": progress,
        "points": standing.points if with_stats else None,
        "achievements_count": standing.achievements if view.shows(Figure.ACHIEVEMENTS_COUNT) else None,
    }


def written(item: Mapping[str, Any], fields: ProfilePatch) -> WrittenProfile:
    """Return what a caller who may not see the profile sees of it: the fields that it has just written."""
    return WrittenProfile(user_id=item["user_id"], **{name: item.get(name) for name in fields.changes})
