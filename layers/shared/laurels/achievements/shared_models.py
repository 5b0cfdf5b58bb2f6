"""What definitions and awards have in common."""

from typing import Annotated

from pydantic import Field

from laurels.fields import Shape, Text, Time, Title

AchievementTitle = Annotated[Title, Field(min_length=1, max_length=200)]
Description = Annotated[Text, Field(max_length=2000)]
Category = Annotated[Title, Field(min_length=1, max_length=64)]


class Rarity(Shape):
    """How many users had earned an achievement when they were last counted."""

    earned_by: int = Field(description="Users who had it. Revoked awards and erased users do not count.")
    users: int = Field(description="All users of whom a stat, an award or a check-in was stored.")
    share: float = Field(description="`earned_by` as a percentage of `users`, with at most two decimals.")
    counted_at: Time = Field(description="When they were counted. That happens once a day.")
