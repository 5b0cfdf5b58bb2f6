"""Metrics: what can be counted. Six are built in, and an operator defines others."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from laurels.fields import Input, Integer, Language, MetricName, Shape, Time, Title, each_language_once, storable
from laurels.standings.definitions import MAX_INCREMENT, MAX_VALUE, MetricKind
from laurels.standings.thresholds import Measured

MetricTitle = Annotated[Title, Field(min_length=1, max_length=100)]
Unit = Annotated[Title, Field(min_length=1, max_length=30)]
MAX_TEXT_BYTES = 10_000  # of one metric, in all languages: 48 fit into a page
Limit = Annotated[float, Field(ge=-MAX_INCREMENT, le=MAX_VALUE, allow_inf_nan=False), AfterValidator(storable)]
DailyCap = Annotated[Integer, Field(ge=1, le=MAX_INCREMENT)]
_MINIMUM = "The least that one message may say: an increment of a counter, or a value."
_MAXIMUM = "The most that one message may say."
_DAILY_CAP = "For counters: of what a learner gains on one local date, no more counts."
_BOARD = "It has a leaderboard of its name."
_IS_ACTIVE = "False archives the metric: nothing more is counted, and what was counted stays."


class MetricTexts(Input):
    title: MetricTitle
    unit: Unit | None = None


def _fits(translations: dict[str, MetricTexts]) -> dict[str, MetricTexts]:
    if sum(len(f"{text.title}{text.unit or ''}".encode()) for text in translations.values()) > MAX_TEXT_BYTES:
        raise ValueError(f"must hold at most {MAX_TEXT_BYTES} bytes of text in all languages together")
    return translations


class MetricDraft(Input):
    """A metric as an admin defines it."""

    metric: MetricName = Field(description="Its name. No other metric and no board has it.")
    kind: Annotated[MetricKind, Field(strict=False)] = Field(
        description="`counter` is counted up and down, never below 0; `value` is what was said last; `best` is the "
        "largest that was ever said. It cannot change."
    )
    translations: Annotated[
        dict[Language, MetricTexts],
        Field(
            min_length=1, max_length=50, description="By language. `en` and `ru` are expected, any other is welcome."
        ),
        BeforeValidator(each_language_once),
        AfterValidator(_fits),
    ]
    minimum: Limit | None = Field(None, description=_MINIMUM)
    maximum: Limit | None = Field(None, description=_MAXIMUM)
    daily_cap: DailyCap | None = Field(None, description=_DAILY_CAP)
    board: bool = Field(False, description=_BOARD)
    is_active: bool = Field(True, description=_IS_ACTIVE)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        limits = [limit for limit in (self.minimum, self.maximum) if limit is not None]
        if limits != sorted(limits):
            raise ValueError("minimum must not exceed maximum")
        if self.kind is MetricKind.COUNTER and not all(limit == int(limit) for limit in limits):
            raise ValueError("minimum and maximum of a counter must be whole numbers")
        if self.kind is MetricKind.COUNTER and any(limit > MAX_INCREMENT for limit in limits):
            raise ValueError(f"minimum and maximum of a counter must be at most {MAX_INCREMENT}")
        if self.kind is not MetricKind.COUNTER and any(limit < 0 for limit in limits):
            raise ValueError("minimum and maximum of a value or best must be at least 0")
        if self.kind is not MetricKind.COUNTER and self.daily_cap is not None:
            raise ValueError("only a counter has a daily_cap")
        return self


class MetricTextsPatch(Input):
    title: MetricTitle | None = None
    unit: Unit | None = None


class MetricPatch(Input):
    """JSON Merge Patch (RFC 7396): absent fields stay, null clears."""

    kind: Annotated[MetricKind, Field(strict=False)] | None = Field(None, description="Cannot change: 409.")
    translations: Annotated[dict[Language, MetricTextsPatch | None], BeforeValidator(each_language_once)] = Field(
        default_factory=dict, description="By language. Null deletes a language; one must remain."
    )
    minimum: Limit | None = Field(None, description=_MINIMUM)
    maximum: Limit | None = Field(None, description=_MAXIMUM)
    daily_cap: DailyCap | None = Field(None, description=_DAILY_CAP)
    board: bool = Field(default=False, description=_BOARD)
    is_active: bool = Field(default=True, description="False archives the metric, true restores it.")

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as stored in the table."""
        return self.model_dump(exclude_unset=True, mode="json")


class MetricDefinition(Shape):
    """A whole definition."""

    metric: str
    kind: MetricKind
    translations: dict[str, MetricTexts]
    minimum: Measured | None = None
    maximum: Measured | None = None
    daily_cap: int | None = None
    board: bool
    is_active: bool
    created_at: Time
    updated_at: Time


class MetricInfo(Shape):
    """A metric in the reader's language, which `language` names."""

    metric: str
    kind: MetricKind
    title: str
    unit: str | None = None
    language: str
    minimum: Measured | None = Field(None, description=_MINIMUM)
    maximum: Measured | None = Field(None, description=_MAXIMUM)
    daily_cap: int | None = Field(None, description=_DAILY_CAP)
    board: bool = Field(description="It has a leaderboard; that of an own metric has its name.")
    is_built_in: bool = Field(False, description="True for those that are always there.")
    is_active: bool = Field(description="False if it is archived: nothing more is counted.")


class EditableMetric(MetricInfo):
    """A metric as admins read it, with all editable fields. A built-in one cannot be changed, and has no times."""

    translations: dict[str, MetricTexts]
    created_at: Time | None = None
    updated_at: Time | None = None
