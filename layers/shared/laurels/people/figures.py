"""The one table of what hides what: for each figure of a user, the parts that must be visible to its reader.

Every route that shows a figure asks for it by its name here (`View.shows`), so what a part hides, no other route shows.
"""

from enum import StrEnum

from laurels.standings.models import Board, Metric


class Guard(StrEnum):
    """A part of the user's data. The owner chooses who sees each of them, except the last."""

    PROFILE = "profile"
    ACHIEVEMENTS = "achievements"
    BADGES = "badges"
    GOALS = "goals"
    STATS = "stats"
    OWNER = "owner"  # for the owner and admins alone


class Figure(StrEnum):
    """Something that a route shows of a user."""

    PROFILE = "profile"  # the user exists, with this name, picture and what they say of themselves
    CONTACT = "contact"  # phone number, last sign-in, last visit, why an upload failed
    TIME_ZONE = "time_zone"  # and what follows from it: the date today, when it ends, whether a streak is at risk
    BADGES = "badges"
    GOALS = "goals"
    AWARDS = "achievements"
    ACHIEVEMENTS_COUNT = "achievements_count"
    AWARD_DAYS = "award_days"  # and the streak that they make
    STATS = "stats"  # points, counters, the average grade, own metrics
    ACTIVITY = "activity"  # active days, and the streak that they make


GUARDS: dict[Figure, frozenset[Guard]] = {
    Figure.PROFILE: frozenset({Guard.PROFILE}),
    Figure.CONTACT: frozenset({Guard.OWNER}),
    Figure.TIME_ZONE: frozenset({Guard.OWNER}),
    Figure.BADGES: frozenset({Guard.PROFILE, Guard.BADGES}),
    Figure.GOALS: frozenset({Guard.PROFILE, Guard.GOALS}),
    Figure.AWARDS: frozenset({Guard.PROFILE, Guard.ACHIEVEMENTS}),
    Figure.ACHIEVEMENTS_COUNT: frozenset({Guard.PROFILE, Guard.ACHIEVEMENTS}),
    Figure.AWARD_DAYS: frozenset({Guard.PROFILE, Guard.ACHIEVEMENTS}),
    Figure.STATS: frozenset({Guard.PROFILE, Guard.STATS}),
    Figure.ACTIVITY: frozenset({Guard.PROFILE, Guard.STATS}),
}

# What a membership opens inside a group, whatever the owner chose: to teachers, all that a group's report shows. Fellow
# members see names, pictures and scores on a group's list and boards, unless the owner is hidden or anonymous there
# (groups/rules.py). Outside of the group nothing changes.
OPEN_TO_TEACHERS = frozenset({Guard.PROFILE, Guard.ACHIEVEMENTS, Guard.GOALS, Guard.STATS})

# The figure that a built-in metric measures, in targets of goals and criteria of achievements.
MEASURED: dict[str, Figure] = {
    **dict.fromkeys(Metric, Figure.STATS),
    Metric.ACHIEVEMENTS: Figure.ACHIEVEMENTS_COUNT,
}
# The figure by which a built-in board ranks.
RANKED: dict[str, Figure] = {
    **dict.fromkeys(Board, Figure.STATS),
    Board.ACHIEVEMENTS: Figure.ACHIEVEMENTS_COUNT,
    Board.STREAK: Figure.ACTIVITY,
}


def measured(metric: str) -> Figure:
    """Return the figure that a metric measures. Own metrics are stats."""
    return MEASURED.get(metric, Figure.STATS)


def ranked(board: str) -> Figure:
    """Return the figure by which a board ranks. Own metrics are stats."""
    return RANKED.get(board, Figure.STATS)
