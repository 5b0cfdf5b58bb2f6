"""Streaks: runs of active days, and the freezes that keep them."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from laurels.fields import Input, Integer, Shape, Time
from laurels.standings.freezes import MAX_HELD

CALENDAR_DAYS = 365


class Streak(Shape):
    """The run of days that is alive, and the longest there ever was."""

    length: int = Field(description="Active days of the run that is alive; 0 if none is.")
    longest: int
    started_on: date | None = Field(description="The first day of the run that is alive.")
    last_day: date | None = Field(description="The last active day, also of a run that has ended.")
    at_risk: bool = Field(description="True if the run ends unless something is done today.")
    expires_at: Time | None = Field(description="When the run ends if nothing is done until then, freezes considered.")
    freezes: int = Field(description="How many freezes are held. Both kinds live by the same ones.")


class Calendar(Shape):
    """The last 365 days of the user's own calendar."""

    model_config = ConfigDict(serialize_by_alias=True)

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    active: list[date]
    awards: list[date]
    frozen: list[date] = Field(description="Days that join a run without counting: covered by a freeze, or by a move.")


class Streaks(Shape):
    user_id: str
    timezone: str | None = Field(description="For the user and admins; null for others.")
    today: date = Field(description="The user's own date.")
    activity: Streak = Field(description="Days on which anything was done or earned.")
    awards: Streak = Field(description="Days on which an achievement was earned.")
    calendar: Calendar


class FreezesDraft(Input):
    count: Annotated[Integer, Field(ge=1, le=MAX_HELD)]


class FreezesHeld(Shape):
    freezes: int = Field(description="How many freezes the user holds now.")
