"""Achievements: the catalogue's definitions, in several languages, and the awards of users."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from laurels.fields import (
    AchievementCode,
    Input,
    Integer,
    Language,
    Shape,
    Text,
    Time,
    Title,
    Url,
    each_language_once,
    either_spelling,
)
from laurels.standings.thresholds import Measure, Measured

AchievementTitle = Annotated[Title, Field(min_length=1, max_length=200)]
Description = Annotated[Text, Field(max_length=2000)]
Points = Annotated[Integer, Field(ge=1, le=1_000_000)]
AwardPoints = Annotated[Integer, Field(ge=0, le=1_000_000)]
# An item holds at most 400 KB, and an idempotent create stores the definition a second time, as JSON.
MAX_TRANSLATIONS_BYTES = 100_000
Category = Annotated[Title, Field(min_length=1, max_length=64)]


class Translation(Input):
    title: AchievementTitle
    description: Description = ""


class Condition(Measure):
    op: Literal["gte"] = "gte"


def _each_once(conditions: list[Condition]) -> list[Condition]:
    if len({condition.metric for condition in conditions}) < len(conditions):
        raise ValueError("must name each metric once at most")
    return conditions


class Criteria(Input):
    """The conditions that must all be met for the achievement to be awarded automatically."""

    all: Annotated[list[Condition], Field(min_length=1, max_length=10), AfterValidator(_each_once)]


def _fits(translations: dict[str, Translation]) -> dict[str, Translation]:
    size = sum(len(f"{text.title}{text.description}".encode()) for text in translations.values())
    if size > MAX_TRANSLATIONS_BYTES:
        raise ValueError(f"must hold at most {MAX_TRANSLATIONS_BYTES} bytes of text in all languages together")
    return translations


class AchievementDraft(Input):
    """A definition as an admin writes it."""

    code: AchievementCode
    translations: Annotated[
        dict[Language, Translation],
        Field(
            min_length=1, max_length=50, description="By language. `en` and `ru` are expected, any other is welcome."
        ),
        BeforeValidator(each_language_once),
        AfterValidator(_fits),
    ]
    points: Points
    icon_url: Url | None = None
    category: Category | None = None
    is_secret: bool = Field(False, description="Shown only to those who have earned it.")
    is_active: bool = Field(True, description="Can be earned.")
    by_teachers: bool = Field(False, description="Teachers may award it to learners of their groups.")
    criteria: Criteria | None = Field(None, description="Users who meet these criteria get the award automatically.")


class TranslationPatch(Input):
    title: AchievementTitle | None = None
    description: Description | None = None


class AchievementPatch(Input):
    """JSON Merge Patch (RFC 7396): absent fields stay, null clears."""

    translations: Annotated[dict[Language, TranslationPatch | None], BeforeValidator(each_language_once)] = Field(
        default_factory=dict, description="By language. Null deletes a language; one must remain."
    )
    points: Points = Field(default=1, description="What later awards are worth. Cannot be cleared.")
    icon_url: Url | None = None
    category: Category | None = None
    is_secret: bool = False
    is_active: bool = Field(default=True, description="False archives the achievement, true restores it.")
    by_teachers: bool = False
    criteria: Criteria | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as stored in the table."""
        return self.model_dump(exclude_unset=True, mode="json")


class AchievementDefinition(Shape):
    """A whole definition."""

    code: str
    translations: dict[str, Translation]
    points: int
    icon_url: str | None = None
    category: str | None = None
    is_secret: bool
    is_active: bool
    by_teachers: bool = False
    criteria: Criteria | None = None
    created_at: Time
    updated_at: Time


class Rarity(Shape):
    """How many users had earned an achievement when they were last counted."""

    earned_by: int = Field(description="Users who had it. Revoked awards and erased users do not count.")
    users: int = Field(description="All users of whom a stat, an award or a check-in was stored.")
    share: float = Field(description="`earned_by` as a percentage of `users`, with at most two decimals.")
    counted_at: Time = Field(description="When they were counted. That happens once a day.")


class Achievement(Shape):
    """A definition in the reader's language, which `language` names."""

    code: str
    title: str
    description: str
    language: str
    points: int
    icon_url: str | None = None
    category: str | None = None
    is_secret: bool
    is_active: bool = Field(description="False if it is archived: for admins and those who have earned it.")
    by_teachers: bool = Field(False, description="True if teachers may award it to learners of their groups.")
    rarity: Rarity | None = Field(None, description="Null until users are counted for the first time.")


class EditableAchievement(Achievement):
    """A definition as admins read it, with all editable fields."""

    translations: dict[str, Translation]
    criteria: Criteria | None = None
    created_at: Time
    updated_at: Time


class AchievementImport(Input):
    """Rows of an import. Each is validated by itself; an invalid row is reported and does not affect the others."""

    items: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=100,
        json_schema_extra={"items": {"$ref": "#/components/schemas/AchievementDraft"}},
    )


class ImportStatus(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    FAILED = "failed"


class ImportRow(Shape):
    index: int
    code: str | None
    status: ImportStatus
    errors: list[str] = Field(default_factory=list)


class ImportReport(Shape):
    items: list[ImportRow]
    created: int
    updated: int
    failed: int


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


class CatalogueFilter(Input):
    category: Category | None = None


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


class BackfillDraft(Input):
    dry_run: bool = Field(False, description="Only count the users who would get the award.")


class BackfillReport(Shape):
    """The result of a backfill: `count` and `complete` of a dry run, `backfill_id` of a started one."""

    code: str
    dry_run: bool
    backfill_id: str | None = None
    count: int | None = Field(None, description="Users who meet the criteria and do not have the award.")
    complete: bool | None = Field(None, description="False if time ran out: `count` is then a lower bound.")


class BackfillStep(Input):
    """One message on BackfillQueue: a page of the standings of one partition."""

    backfill_id: str
    code: AchievementCode
    shard: Integer
    after: str | None = Field(None, description="The sort key with which the previous page ended.")
