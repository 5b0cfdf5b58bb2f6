"""Preferences: language, time zone, formats, notifications, visibility."""

import math
from enum import StrEnum
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, JsonValue

from laurels.fields import Input, Language, Shape
from laurels.people.models import Visibility
from laurels.standings.models import Listing

MAX_CUSTOM_BYTES = 8192
_LONGEST_NUMBER = 1024  # bits; Python gives up on whole numbers of more than 4,300 digits
_NOT_ANYWHERE = {"Factory", "localtime"}  # not places: a placeholder, and the zone of this machine


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class DateFormat(StrEnum):
    ISO = "YYYY-MM-DD"
    DOTS = "DD.MM.YYYY"
    SLASHES = "DD/MM/YYYY"
    MONTH_FIRST = "MM/DD/YYYY"


class TimeFormat(StrEnum):
    HALF_DAYS = "12h"
    WHOLE_DAYS = "24h"


@cache
def zones() -> frozenset[str]:
    """Return the names of all IANA time zones."""
    return frozenset(available_timezones() - _NOT_ANYWHERE)


def _zone(name: str) -> str:
    if name not in zones():  # looked up by name, not in the file system, where `..` or `europe/BERLIN` could match
        raise ValueError("must be a time zone such as Europe/Berlin (IANA)")
    return name


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Refuse NaN and infinities, which pydantic takes for JSON, and numbers that other parsers cannot read."""
    waiting: list[Any] = [settings]
    while waiting:
        match waiting.pop():
            case dict(fields):
                waiting += fields.values()
            case list(elements):
                waiting += elements
            case float(number) if not math.isfinite(number):
                raise ValueError("must not hold numbers that JSON does not have")
            case int(number) if number.bit_length() > _LONGEST_NUMBER:
                raise ValueError("must not hold numbers of more than 300 digits")
    return settings


TimeZone = Annotated[str, AfterValidator(_zone)]
Custom = Annotated[dict[str, JsonValue], AfterValidator(_plain)]


class Visibilities(Shape):
    """Who may see each part: everybody, users with a token, or nobody else. A private profile hides all parts."""

    profile: Visibility
    achievements: Visibility
    badges: Visibility
    goals: Visibility
    stats: Visibility


class Preferences(Shape):
    """All preferences, with defaults for those that were never set."""

    language: str | None = None
    timezone: str = "UTC"
    theme: Theme = Theme.SYSTEM
    date_format: DateFormat = DateFormat.ISO
    time_format: TimeFormat = TimeFormat.WHOLE_DAYS
    email_notifications: bool = True
    push_notifications: bool = True
    sms_notifications: bool = False
    newsletter: bool = False
    marketing: bool = False
    visibility: Visibilities
    leaderboards: Listing
    custom_settings: dict[str, JsonValue] = Field(default_factory=dict)


class VisibilityPatch(Input):
    profile: Visibility | None = None
    achievements: Visibility | None = None
    badges: Visibility | None = None
    goals: Visibility | None = None
    stats: Visibility | None = None


class PreferencesPatch(Input):
    """JSON Merge Patch (RFC 7396): absent fields stay, null restores the default."""

    language: Language | None = Field(default=None, description="Of texts. Null: as each request says.")
    timezone: TimeZone | None = Field(default=None, description="IANA. Days of streaks and goals are the days there.")
    theme: Theme | None = None
    date_format: DateFormat | None = None
    time_format: TimeFormat | None = None
    email_notifications: bool | None = None
    push_notifications: bool | None = None
    sms_notifications: bool | None = None
    newsletter: bool | None = None
    marketing: bool | None = None
    visibility: VisibilityPatch | None = Field(default=None, description="Parts that are not named stay as they are.")
    leaderboards: Listing | None = Field(
        default=None, description="Anonymous: without name, picture and id. Hidden: on no board, and counted nowhere."
    )
    custom_settings: Custom | None = Field(
        default=None,
        description=f"Whatever the client wants to keep, {MAX_CUSTOM_BYTES} bytes of JSON in all. Patched field by "
        "field, to any depth; arrays are replaced.",
    )

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as JSON."""
        return self.model_dump(exclude_unset=True, mode="json")
