"""Badges that users give themselves. They bring no points and appear on no board."""

from typing import Annotated

from pydantic import Field

from laurels.fields import Day, Input, Shape, Text, Title, Url


class BadgeDraft(Input):
    """A badge as its owner writes it."""

    name: Annotated[Title, Field(min_length=1, max_length=100)]
    description: Annotated[Text, Field(max_length=1000)] = ""
    icon_url: Url | None = None
    date_achieved: Day | None = Field(None, description="Not after today in the user's time zone; today if absent.")


class Badge(Shape):
    badge_id: str
    name: str
    description: str
    icon_url: str | None = None
    date_achieved: Day
