"""The catalogue, awards, badges, goals, documents and processings: their columns, and what their rows become. Pure
functions."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from laurels import clock
from laurels.achievements.catalogue_models import AchievementDraft
from laurels.achievements.models import AwardDraft
from laurels.badges.models import BadgeDraft
from laurels.documents.models import (
    ProcessingDraft,
    ProcessingResult,
    ProcessingStatus,
    RequirementsDraft,
    ResumeDraft,
)
from laurels.goals.models import GoalDraft
from laurels.idempotency import Origin
from local.migration.columns import (
    Column,
    Fields,
    build,
    day,
    flag,
    missing,
    number,
    take,
    text,
    time,
    whole,
    whole_json,
)
from local.migration.models import Definition, NewAward, NewBadge, NewGoal, NewProcessing, NewRequirements, NewResume
from local.migration.reading import Refusal, Row

_TEXTS = re.compile("(name|title|description)_([a-z]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATUSES = {"in_progress": "in-progress", "active": "in-progress"}
ACHIEVEMENT = {
    "id": Column("id", text),
    "code": Column("code", text),
    "points": Column("points", whole),
    "icon_url": Column("icon_url", text),
    "category": Column("category", text),
    "is_secret": Column("is_secret", flag),
    "is_active": Column("is_active", flag),
    "translations": Column("translations", whole_json),
}
AWARD = {
    "user_id": Column("user_id", text),
    "achievement_id": Column("achievement_id", text),
    "code": Column("code", text),
    "achievement_code": Column("code", text),
    "awarded_at": Column("awarded_at", time),
    "earned_at": Column("awarded_at", time),
    "title": Column("title", text),
    "description": Column("description", text),
    "icon_url": Column("icon_url", text),
    "points": Column("points", whole),
}
BADGE = {
    "id": Column("id", text),
    "user_id": Column("user_id", text),
    "name": Column("name", text),
    "title": Column("name", text),
    "description": Column("description", text),
    "icon_url": Column("icon_url", text),
    "date_achieved": Column("date_achieved", day),
    "earned_at": Column("date_achieved", day),
    "created_at": Column("created_at", time),
}
GOAL = {
    "id": Column("id", text),
    "user_id": Column("user_id", text),
    "title": Column("title", text),
    "description": Column("description", text),
    "status": Column("status", text),
    "due_date": Column("due_date", day),
    "created_at": Column("created_at", time),
    "updated_at": Column("updated_at", time),
    "completed_at": Column("completed_at", time),
    "streak_count": Column("streak_count", whole),
    "last_check_in": Column("last_check_in", day),
}
DOCUMENT = {
    "id": Column("id", text),
    "user_id": Column("user_id", text),
    "title": Column("title", text),
    "text": Column("text", text),
    "content": Column("text", text),
    "created_at": Column("created_at", time),
}
RESUME = {**DOCUMENT, "requirements_id": Column("requirements_id", text)}
PROCESSING = {
    "id": Column("id", text),
    "user_id": Column("user_id", text),
    "resume_id": Column("resume_id", text),
    "requirements_id": Column("requirements_id", text),
    "status": Column("status", text),
    "score": Column("score", number),
    "matches": Column("matches", whole_json),
    "recommendation": Column("recommendation", text),
    "verdict": Column("verdict", text),
    "error": Column("message_error", text),
    "message_error": Column("message_error", text),
    "retry_after": Column("wait_seconds", number),
    "wait_seconds": Column("wait_seconds", number),
    "created_at": Column("created_at", time),
    "finished_at": Column("finished_at", time),
}
_FINISHED = {ProcessingStatus.SUCCEEDED, ProcessingStatus.FAILED}
_OF_SUCCESS, _OF_FAILURE = ("score", "matches", "recommendation", "verdict"), ("message_error", "wait_seconds")
_AWARD_UNMAPPED = {"id": "is not kept: user and code name an award"}


def definition(row: Row) -> tuple[str | None, Definition | None, list[Refusal]]:
    """Return the id of an achievement in its former service, and its definition. Without a code, the id is the code;
    columns such as name_ru and description_en hold the texts."""
    texts = {name: Column(name, text) for name in row.cells if _TEXTS.fullmatch(name)}
    fields, refused = take(row, ACHIEVEMENT | texts, {})
    former = fields.pop("id", None)
    fields.setdefault("code", former)
    translations: dict[str, Any] = dict(given) if isinstance(given := fields.pop("translations", {}), Mapping) else {}
    for name in texts:
        if name in fields and (match := _TEXTS.fullmatch(name)):
            kind = "description" if match[1] == "description" else "title"
            translations[match[2]] = {**translations.get(match[2], {}), kind: fields.pop(name)}
    draft, problems = build(
        AchievementDraft, fields | {"translations": translations}, row, ["code", "translations", "points"]
    )
    return former, Definition(row, draft) if draft else None, refused + problems


def award(row: Row, codes: Mapping[str, str]) -> tuple[str | None, NewAward | None, list[Refusal]]:
    """Return the user and the award of a row. `codes` maps former ids of achievements to codes. A title makes an award
    outside the catalogue."""
    fields, refused = take(row, AWARD, _AWARD_UNMAPPED)
    former = fields.pop("achievement_id", None)
    if former is not None and "code" not in fields:
        code = codes.get(former, former if "title" in fields else None)
        if code is None:
            refused.append(Refusal(row.file, row.number, "achievement_id", "is no id in the table of achievements"))
        else:
            fields["code"] = code
    user_id = fields.pop("user_id", None)
    draft, problems = build(AwardDraft, fields, row, ["code", "awarded_at"])
    return user_id, NewAward(row, draft) if draft else None, refused + problems


def badge(row: Row) -> tuple[str | None, NewBadge | None, list[Refusal]]:
    fields, refused = take(row, BADGE, {})
    former, user_id, created = (fields.pop(name, None) for name in ("id", "user_id", "created_at"))
    if former is None:
        return None, None, [*refused, missing(row, "id")]
    draft, problems = build(BadgeDraft, fields, row, ["name", "date_achieved"])
    if draft is None:
        return user_id, None, refused + problems
    began = clock.moment(created) if created else clock.moment(f"{draft.date_achieved}T00:00:00Z")
    return user_id, NewBadge(row, draft, origin("badge", user_id, former, began)), refused + problems


def goal(row: Row) -> tuple[str | None, NewGoal | None, list[Refusal]]:
    """Return the user and the goal of a row. A streak becomes the days that end with the last check-in."""
    fields, refused = take(row, GOAL, {})
    former, user_id, streak, last = (
        fields.pop(name, None) for name in ("id", "user_id", "streak_count", "last_check_in")
    )
    times: dict[str, str] = {
        name: fields.pop(name) for name in ("created_at", "updated_at", "completed_at") if name in fields
    }
    lost = [name for name, value in (("id", former), ("created_at", times.get("created_at"))) if value is None]
    if lost:
        return None, None, [*refused, missing(row, *lost)]
    if "status" in fields:
        fields["status"] = _STATUSES.get(fields["status"], fields["status"])
    days, problem = _days(row, streak, last)
    draft, problems = build(GoalDraft, fields, row, ["title"])
    refused += [*problem, *problems]
    began = clock.moment(times["created_at"])
    source = origin("goal", user_id, former, began)
    return user_id, NewGoal(row, draft, source, times, days) if draft else None, refused


def _days(row: Row, streak: int | None, last: str | None) -> tuple[list[date], list[Refusal]]:
    if last is None:
        reason = "needs last_check_in, which says when its days were"
        return [], [Refusal(row.file, row.number, "streak_count", reason)] if streak else []
    end = date.fromisoformat(last)
    count = 1 if streak is None else streak
    if not 0 <= count <= min(end.toordinal() - 1, 36_500):
        return [], [Refusal(row.file, row.number, "streak_count", "is no number of days")]
    return [end - timedelta(days=ago) for ago in range(count)][::-1], []


def requirements(row: Row) -> tuple[str | None, NewRequirements | None, list[Refusal]]:
    user_id, began, former, fields, refused = _document(row, DOCUMENT)
    draft, problems = build(RequirementsDraft, fields, row, ["text"])
    if draft is None or began is None:
        return user_id, None, refused + problems
    return user_id, NewRequirements(row, draft, origin("requirements", user_id, former, began)), refused + problems


def resume(row: Row, ids: Mapping[tuple[str | None, str], str]) -> tuple[str | None, NewResume | None, list[Refusal]]:
    """Return the user and the resume of a row. `ids` maps users with former ids of requirements to their new ids."""
    user_id, began, former, fields, refused = _document(row, RESUME)
    if (wanted := fields.pop("requirements_id", None)) is not None:
        if (user_id, wanted) in ids:
            fields["requirements_id"] = ids[user_id, wanted]
        else:
            reason = "is no id of this user's rows in the table of requirements"
            refused.append(Refusal(row.file, row.number, "requirements_id", reason))
    draft, problems = build(ResumeDraft, fields, row, ["text"])
    if draft is None or began is None:
        return user_id, None, refused + problems
    return user_id, NewResume(row, draft, origin("resume", user_id, former, began)), refused + problems


def processing(
    row: Row, resumes: Mapping[tuple[str | None, str], str], wanted: Mapping[tuple[str | None, str], str]
) -> tuple[str | None, NewProcessing | None, list[Refusal]]:
    """Return the user and the finished processing of a row. The two maps have the new ids of resumes and requirements,
    by users and former ids."""
    fields, refused = take(row, PROCESSING, {})
    user_id, former, status, created = (fields.pop(name, None) for name in ("user_id", "id", "status", "created_at"))
    finished = fields.pop("finished_at", created)
    found = {
        name: new
        for name, ids in (("resume_id", resumes), ("requirements_id", wanted))
        if (new := ids.get((user_id, fields.pop(name, ""))))
    }
    if status == ProcessingStatus.IN_PROGRESS:
        refused.append(Refusal(row.file, row.number, None, "is not finished: start it again here"))
        return user_id, None, refused
    needed = {"id": former, "created_at": created, "status": status if status in _FINISHED else None, **found}
    lost = [name for name in (*needed, "resume_id", "requirements_id") if needed.get(name) is None]
    if lost:
        return user_id, None, [*refused, missing(row, *lost)]
    succeeded = status == ProcessingStatus.SUCCEEDED
    for name in _OF_FAILURE if succeeded else _OF_SUCCESS:
        if fields.pop(name, None) is not None:
            refused.append(Refusal(row.file, row.number, name, f"does not go with the status {status}"))
    source = origin("processing", user_id, former, clock.moment(created))
    given = {"processing_id": source.new_id(), "success": succeeded}
    result, problems = build(ProcessingResult, fields | given, row, list(given))
    refused += problems
    draft = ProcessingDraft.model_validate(found)
    return user_id, NewProcessing(row, draft, result, source, finished) if result else None, refused


def _document(
    row: Row, columns: Mapping[str, Column]
) -> tuple[str | None, datetime | None, str, Fields, list[Refusal]]:
    fields, refused = take(row, columns, {"file_path": "files are not read: send the text"})
    former, user_id, created = (fields.pop(name, None) for name in ("id", "user_id", "created_at"))
    lost = [name for name, value in (("id", former), ("created_at", created)) if value is None]
    if lost:
        refused.append(missing(row, *lost))
    return user_id, clock.moment(created) if created and former else None, former or "", fields, refused


def origin(kind: str, user_id: str | None, former: str, began: datetime) -> Origin:
    """Return the origin of an imported row, the same in every import of it: what it creates is created once."""
    return Origin(Origin.of("import", kind, user_id or "", former).id, max(began, _EPOCH))
