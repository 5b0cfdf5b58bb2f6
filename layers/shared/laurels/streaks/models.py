"""Streaks: runs of active days, and the freezes that keep them."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from laurels.fields import Input, Integer, Shape, Time
from laurels.standings.freezes import MAX_HELD

CALENDAR_DAYS = 365


class Streak(Shape):
    """The current run of days, and the longest one."""

    length: int = Field(description="Active days of the current run; 0 if there is none.")
    longest: int
    started_on: date | None = Field(description="The first day of the current run.")
    last_day: date | None = Field(description="The last active day, also of a run that has ended.")
    at_risk: bool | None = Field(
        description="True if the run ends unless something is done today. For the user and admins; null for others."
    )
    expires_at: Time | None = Field(
        description="When the run ends without further activity, freezes considered. For the user and admins; null for "
        "others."
    )
    freezes: int = Field(description="How many freezes the user holds. Both kinds of streaks use them.")


class Calendar(Shape):
    """The last 365 days of the user's own calendar; for others up to today in UTC."""

    model_config = ConfigDict(serialize_by_alias=True)

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    active: list[date]
    awards: list[date] | None = Field(description="Null if you may not see the user's achievements.")
    frozen: list[date] = Field(
        description="Days that connect a run without counting: covered by a freeze, or by a change of the time zone."
    )


class Streaks(Shape):
    user_id: str
    timezone: str | None = Field(description="For the user and admins; null for others.")
    today: date | None = Field(description="The user's own date. For the user and admins; null for others.")
    activity: Streak = Field(description="Days on which anything was done or earned.")
    awards: Streak | None = Field(
        description="Days on which an achievement was earned. Null if you may not see the user's achievements."
    )
    calendar: Calendar


class FreezesDraft(Input):
    count: Annotated[Integer, Field(ge=1, le=MAX_HELD)]


class FreezesHeld(Shape):
    freezes: int = Field(description="How many freezes the user holds now.")
