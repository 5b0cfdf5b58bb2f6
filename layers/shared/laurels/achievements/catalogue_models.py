"""The catalogue: definitions of achievements, in several languages."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from laurels.achievements.shared_models import AchievementTitle, Category, Description, Rarity
from laurels.fields import AchievementCode, Input, Integer, Language, Shape, Time, Url, each_language_once
from laurels.standings.thresholds import Measure

Points = Annotated[Integer, Field(ge=1, le=1_000_000)]
# An item holds at most 400 KB, and an idempotent create stores the definition a second time, as JSON.
MAX_TRANSLATIONS_BYTES = 100_000


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


class CatalogueFilter(Input):
    category: Category | None = None
