"""Backfills: awards to all who met the criteria before an achievement was defined."""

from pydantic import Field

from laurels.fields import AchievementCode, Input, Integer, Shape


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
