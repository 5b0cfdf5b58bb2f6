"""Awards: what users have earned, and what they are working towards."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from laurels.achievements.shared_models import AchievementTitle, Description, Rarity
from laurels.fields import AchievementCode, Input, Integer, Shape, Time, Url, either_spelling
from laurels.standings.thresholds import Measured

AwardPoints = Annotated[Integer, Field(ge=0, le=1_000_000)]


class AwardDraft(Input):
    """An award to give: a code of the catalogue, or an achievement of its own with a title."""

    code: AchievementCode
    awarded_at: Time | None = Field(None, description="When it was earned; now if absent.")
    title: AchievementTitle | None = Field(None, description="Only for codes outside the catalogue.")
    description: Description | None = Field(None, description="Only for codes outside the catalogue.")
    icon_url: Url | None = Field(None, description="Only for codes outside the catalogue.")
    points: AwardPoints | None = Field(None, description="Only for codes outside the catalogue; 0 if absent.")

    @property
    def own_fields(self) -> set[str]:
        """The fields that were sent and that only an achievement outside the catalogue has."""
        fields = ("title", "description", "icon_url", "points")
        return {name for name in fields if getattr(self, name) is not None}


class AwardStatus(StrEnum):
    EARNED = "earned"
    IN_PROGRESS = "in_progress"


class ConditionProgress(Shape):
    metric: str
    value: Measured = Field(description="Never more than the target.")
    target: Measured


class AchievementProgress(Shape):
    """Progress towards an achievement. With one condition, its value and target; with several, how many of them are
    met."""

    value: Measured
    target: Measured
    conditions: list[ConditionProgress]


class Award(Shape):
    """An achievement that a user has earned, or is working towards."""

    code: str
    title: str
    description: str
    language: str | None = Field(description="Of the texts; null for achievements outside the catalogue.")
    points: int
    icon_url: str | None = None
    category: str | None = None
    status: AwardStatus = AwardStatus.EARNED
    awarded_at: Time | None = Field(description="Null while it is in progress.")
    progress: AchievementProgress | None = Field(None, description="Null when it is earned.")
    already_awarded: bool = Field(False, description="True if the user had the award before this call.")
    rarity: Rarity | None = Field(None, description="Null outside the catalogue, and until users are counted.")


class WantedStatus(StrEnum):
    EARNED = "earned"
    IN_PROGRESS = "in_progress"
    ALL = "all"


class AwardOrder(StrEnum):
    NEWEST = "newest"
    CODE = "code"


class AwardFilter(Input):
    """Which awards a list shows."""

    code: AchievementCode | None = None
    since: Time | None = Field(None, alias="from", description="Earned at this time or later.")
    until: Time | None = Field(None, alias="to", description="Earned before this time.")
    status: Annotated[WantedStatus, either_spelling(WantedStatus)] = Field(
        WantedStatus.EARNED,
        description="Achievements in progress have criteria, are not secret or archived, and follow the earned ones."
        " They reveal stats, so callers who may not see the stats get none.",
    )
    order: AwardOrder = Field(
        AwardOrder.NEWEST, description="Of earned ones: by `awarded_at`, the newest first, or by code."
    )
