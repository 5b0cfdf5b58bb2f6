"""Achievements: the catalogue (definitions, in several languages) and the awards of users."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from laurels.shapes import AchievementCode, Input, Language, Shape, Text, Time, Title, Url

AchievementTitle = Annotated[Title, Field(min_length=1, max_length=200)]
Description = Annotated[Text, Field(max_length=2000)]
Points = Annotated[int, Field(ge=1, le=1_000_000)]
# An item of the table holds 400 KB, and an idempotent create keeps the definition a second time, as JSON.
MAX_TRANSLATIONS_BYTES = 100_000
Category = Annotated[Title, Field(min_length=1, max_length=64)]


class Translation(Input):
    title: AchievementTitle
    description: Description = ""


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
        AfterValidator(_fits),
    ]
    points: Points
    icon_url: Url | None = None
    category: Category | None = None
    is_secret: bool = Field(False, description="Shown only to those who have earned it.")
    is_active: bool = Field(True, description="Can be earned.")


class AchievementDefinition(Shape):
    """A definition, whole."""

    code: str
    translations: dict[str, Translation]
    points: int
    icon_url: str | None = None
    category: str | None = None
    is_secret: bool
    is_active: bool
    created_at: Time
    updated_at: Time


class Achievement(Shape):
    """A definition in the reader's language; `language` says which one each reader got."""

    code: str
    title: str
    description: str
    language: str
    points: int
    icon_url: str | None = None
    category: str | None = None
    is_secret: bool
    is_active: bool = Field(description="False if it is archived: only admins see those.")


class AchievementImport(Input):
    """Rows are checked one by one: a wrong one is reported and does not keep the others out."""

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
    """What a user has earned: a code of the catalogue, or an achievement of its own with title and points."""

    code: AchievementCode
    awarded_at: Time | None = Field(None, description="When it was earned; now if absent.")
    title: AchievementTitle | None = Field(None, description="Only for codes outside the catalogue.")
    description: Description | None = Field(None, description="Only for codes outside the catalogue.")
    icon_url: Url | None = Field(None, description="Only for codes outside the catalogue.")
    points: Points | None = Field(None, description="Only for codes outside the catalogue.")

    @property
    def own_fields(self) -> set[str]:
        """Which of the fields were sent that only an achievement outside the catalogue has."""
        fields = ("title", "description", "icon_url", "points")
        return {name for name in fields if getattr(self, name) is not None}


class Award(Shape):
    code: str
    title: str
    description: str
    language: str | None = Field(description="Of the texts; null for achievements outside the catalogue.")
    points: int
    icon_url: str | None = None
    category: str | None = None
    awarded_at: Time
    already_awarded: bool = Field(False, description="True if this call found the award in place.")


class CatalogueFilter(Input):
    category: Category | None = None


class AwardFilter(Input):
    """Which awards a list shows."""

    code: AchievementCode | None = None
    since: Time | None = Field(None, alias="from", description="Earned at this time or later.")
    until: Time | None = Field(None, alias="to", description="Earned before this time.")
