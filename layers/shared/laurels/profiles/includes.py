"""What `?include=` adds to a profile: the first page of each list, as the list's own endpoint returns it."""

from collections.abc import Callable

from laurels.achievements import service as achievements
from laurels.achievements.models import AwardFilter
from laurels.badges import service as badges
from laurels.callers import Caller
from laurels.errors import NotFound
from laurels.fields import Shape
from laurels.goals import service as goals
from laurels.goals.models import GoalFilter
from laurels.languages import Languages
from laurels.paging import Listing, PageQuery
from laurels.profiles.models import FirstPage, Part
from laurels.stats import service as stats


def parts(user_id: str, caller: Caller, languages: Languages, wanted: set[Part]) -> dict[str, Shape]:
    """Return the wanted parts that the caller may see; not the preferences, which the profile holds itself."""
    page = PageQuery()
    reading: dict[Part, Callable[[], Shape]] = {
        Part.ACHIEVEMENTS: lambda: achievements.list_awards(user_id, caller, languages, page, AwardFilter()),
        Part.BADGES: lambda: badges.list_all(user_id, caller, page),
        Part.GOALS: lambda: goals.list_all(user_id, caller, page, GoalFilter()),
        Part.STATS: lambda: stats.get(user_id, caller),
    }
    found: dict[str, Shape] = {}
    for part, read in reading.items():
        if part in wanted:
            try:
                shape = read()
            except NotFound:
                continue
            found[part] = _first_page(shape) if isinstance(shape, Listing) else shape
    return found


def _first_page(listing: Listing[Shape]) -> FirstPage:
    """Return the listing without its cursor, which is valid only at the list's own endpoint."""
    return FirstPage(items=listing.items, has_more=listing.next_cursor is not None)
