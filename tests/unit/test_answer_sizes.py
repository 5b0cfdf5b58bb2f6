"""The largest response of each list, computed from the limits of its fields, fits into Lambda's response.

Characters count as they leave the function: the body is JSON, and is a text in the JSON of the response. There a
quotation mark takes four bytes, as an emoji does.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel

from laurels import keys
from laurels.achievements import catalogue
from laurels.achievements.catalogue_models import (
    Achievement,
    AchievementDraft,
    Criteria,
    ImportReport,
    ImportRow,
    Translation,
)
from laurels.achievements.models import AchievementProgress, Award, AwardDraft, ConditionProgress
from laurels.badges.models import Badge, BadgeDraft
from laurels.bodies import MAX_BYTES
from laurels.documents.models import (
    EXCERPT,
    MAX_REASON,
    MAX_VERDICT,
    ContentType,
    DocumentStatus,
    FileDraft,
    ProcessingEntry,
    ProcessingStatus,
    RequirementsEntry,
    ResumeDraft,
    ResumeEntry,
)
from laurels.fields import MAX_ROW_ERRORS
from laurels.goals.models import Goal, GoalDraft, GoalStatus, Target
from laurels.groups import membership
from laurels.groups.models import (
    MAX_MEMBERS,
    GroupBoard,
    GroupDraft,
    GroupReport,
    ImportedMember,
    ImportedMembers,
    ListedMember,
    ReportRow,
    UserGroup,
)
from laurels.leaderboards.models import BoardPage, Entry, LongStreak, RankQuery, Summary, UserRank, WindowName
from laurels.leaderboards.summarising import STREAKS_LISTED
from laurels.metrics.models import MAX_TEXT_BYTES, EditableMetric, MetricTexts
from laurels.metrics.rules import MAX_ACTIVE, MAX_DEFINED
from laurels.paging import Listing, PageQuery
from laurels.people import rules as people_rules
from laurels.people.models import MAX_NAME
from laurels.profiles.models import FirstPage, FoundUser, Profile, ProfilePatch, Progress, SocialLinkDraft
from laurels.responses import success
from laurels.routing import Route
from laurels.sessions.models import Session, SessionDraft
from laurels.standings.models import HUNDREDTHS, Board, Metric
from laurels.standings.rules import MAX_COUNT
from local.contract.openapi import DOCUMENT

# Bytes of a function's response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RESPONSE = 6 * 1024 * 1024
NOW, TODAY, BIG = datetime(2026, 11, 20, 18, 22, 5, tzinfo=UTC), date(2026, 11, 20), 2**53
USER_ID = "|" * 128
AVATAR = f"https://{'a' * 200}/{quote(keys.avatar(USER_ID, 'f' * 32, 512))}"
COST = {"🎓": 4, '"': 4, "\\": 4, "\n": 3, "я": 2}  # bytes in the response
HUNDRED = PageQuery(limit=100).limit
OWN = {f"{number:032}": MAX_COUNT / HUNDREDTHS for number in range(MAX_DEFINED)}


def longest(model: type[BaseModel], field: str) -> int:
    """The most characters of a text field, or elements of a list."""
    schema = model.model_json_schema()["properties"][field]
    found = [
        each[key] for each in (schema, *schema.get("anyOf", ())) for key in ("maxLength", "maxItems") if key in each
    ]
    assert len(found) == 1, f"{model.__name__}.{field} has no limit"
    return int(found[0])


def text(model: type[BaseModel], field: str, character: str) -> str:
    return character * longest(model, field)


def url(model: type[BaseModel], field: str) -> str:
    return "https://x/" + "🎓" * (longest(model, field) - 10)


def largest_profile(character: str) -> Profile:
    """A profile as large as its item may be, with its texts of the given character."""
    network = text(SocialLinkDraft, "network", character)
    written: dict[str, Any] = {
        "display_name": text(ProfilePatch, "display_name", character),
        "location": text(ProfilePatch, "location", character),
        "social_links": [{"network": network, "url": "https://x"}] * longest(ProfilePatch, "social_links"),
    }
    room = people_rules.MAX_WRITTEN - people_rules.written_bytes(written | {"about": ""})
    assert room > 0
    written["about"] = character * min(room // len(character.encode()), longest(ProfilePatch, "about"))
    left = people_rules.MAX_WRITTEN - people_rules.written_bytes(written | {"website": ""})
    written["website"] = "x" * left  # an address holds nothing that is escaped
    assert people_rules.written_bytes(written) == people_rules.MAX_WRITTEN
    counters: dict[str, Any] = dict.fromkeys(Progress.model_fields, BIG)
    counters["metrics"] = OWN
    own = {"avatar_url": AVATAR, "user_id": USER_ID, "progress": Progress.model_validate(counters), "points": BIG}
    return Profile.model_validate(
        {**written, **own, "achievements_count": BIG, "created_at": NOW, "updated_at": NOW} | STAMPS
    )


STAMPS = dict.fromkeys(("created_at", "updated_at", "last_login_at", "last_seen_at"), "2026-11-20T18:22:05.000Z")


def goal(character: str) -> Goal:
    texts = {name: text(GoalDraft, name, character) for name in ("title", "description")}
    target = Target(metric=Metric.COMPLETED_COURSES, value=4_000_000_000)
    figures = {"progress": 100, "streak_count": BIG, "longest_streak": BIG, "due_date": TODAY}
    times = dict.fromkeys(("created_at", "updated_at", "completed_at"), NOW)
    return Goal(
        goal_id="f" * 32,
        status=GoalStatus.IN_PROGRESS,
        checked_in_today=False,
        target=target,
        **texts,
        **figures,
        **times,
    )


def badge(character: str) -> Badge:
    texts = {name: text(BadgeDraft, name, character) for name in ("name", "description")}
    return Badge(badge_id="f" * 32, icon_url=url(BadgeDraft, "icon_url"), date_achieved=TODAY, **texts)


def about(character: str) -> dict[str, Any]:
    """The texts of an achievement. The limits of the catalogue hold for awards outside it, too."""
    for name in ("title", "description"):
        assert longest(AwardDraft, name) == longest(Translation, name)
    texts = {name: text(Translation, name, character) for name in ("title", "description")}
    texts["category"] = text(AchievementDraft, "category", character)
    return texts | {
        "code": "x" * 64,
        "language": "x" * 64,
        "icon_url": url(AchievementDraft, "icon_url"),
        "points": BIG,
    }


def award(character: str) -> Award:
    one = ConditionProgress(metric=Metric.COMPLETED_COURSES, value=BIG, target=BIG)
    progress = AchievementProgress(value=BIG, target=BIG, conditions=[one] * longest(Criteria, "all"))
    return Award(awarded_at=NOW, progress=progress, **about(character))


def achievement(character: str) -> Achievement:
    return Achievement(is_secret=True, is_active=True, **about(character))


def session(character: str) -> Session:
    texts = {name: text(SessionDraft, name, character) for name in ("device_name", "os", "user_agent")}
    times = dict.fromkeys(("created_at", "last_activity_at", "expires_at"), NOW)
    address = "f" * longest(SessionDraft, "ip_address")
    return Session(session_id='"' * 128, device_type="desktop", ip_address=address, is_current=True, **texts, **times)


def entry(character: str) -> Entry:
    figures = dict.fromkeys(("rank", "position", "score"), BIG)
    name = character * MAX_NAME
    return Entry(user_id=USER_ID, display_name=name, avatar_url=AVATAR, achieved_at=NOW, **figures)


def board(character: str) -> BoardPage:
    fields = {"board": Board.ACHIEVEMENTS, "window": WindowName.ALL_TIME, "total": BIG, "as_of": NOW, "next_reset": NOW}
    return BoardPage(items=[entry(character)] * HUNDRED, **fields)


def rank(character: str) -> UserRank:
    most = RankQuery.model_json_schema()["properties"]["neighbours"]["maximum"]
    places = [entry(character)] * most
    figures = dict.fromkeys(("rank", "position", "score", "percentile", "total"), BIG)
    where = {"board": Board.ACHIEVEMENTS, "window": WindowName.ALL_TIME, "user_id": USER_ID}
    times = dict.fromkeys(("achieved_at", "as_of", "next_reset"), NOW)
    return UserRank(above=places, below=places, **where, **figures, **times)


def summary(character: str) -> Summary:
    one = LongStreak(user_id=USER_ID, display_name=character * MAX_NAME, longest=BIG, points=BIG, achievements=BIG)
    nobody = dict.fromkeys(("most_achievements", "most_points", "max_points_gap", "min_points_gap", "as_of"))
    return Summary(seven_day_streaks=[one] * STREAKS_LISTED, seven_day_streaks_total=BIG, users=BIG, **nobody)


def with_all_parts(character: str) -> Profile:
    first = PageQuery().limit
    parts = {"achievements": award, "badges": badge, "goals": goal}
    pages = {name: FirstPage(items=[one(character)] * first, has_more=True) for name, one in parts.items()}
    return largest_profile(character).model_copy(update=pages)


def imported(character: str) -> ImportReport:
    """The report on rows that are as wrong as a body of the largest size can say."""
    name = character * 200
    row = {"code": character * 100, "translations": {name: {f"{number}": 1 for number in range(100)}}}
    row |= {"code": character * ((MAX_BYTES // 100 - len(json.dumps(row, ensure_ascii=False))) // 4)}
    code, errors = row["code"], catalogue._checked(row, set(), dict)[1]  # private: the whole import needs a table
    assert len(errors) == MAX_ROW_ERRORS
    rows = [ImportRow(index=number, code=str(code), status="failed", errors=errors) for number in range(100)]
    return ImportReport(items=rows, created=0, updated=0, failed=100)


def listing(one: Callable[[str], BaseModel]) -> Callable[[str], BaseModel]:
    return lambda character: Listing[Any](items=[one(character)] * HUNDRED, next_cursor="x" * 2048)


def document(character: str) -> dict[str, Any]:
    """The fields of a resume or of requirements in a list."""
    file = {"name": text(FileDraft, "name", character), "content_type": next(iter(ContentType)), "size": BIG}
    texts = {"title": text(ResumeDraft, "title", character), "excerpt": character * EXCERPT}
    return {**texts, "status": DocumentStatus.READY, "file": file, "created_at": STAMPS["created_at"]}


def resume(character: str) -> ResumeEntry:
    return ResumeEntry.model_validate({**document(character), "resume_id": "f" * 32, "requirements_id": "f" * 32})


def requirements(character: str) -> RequirementsEntry:
    return RequirementsEntry.model_validate({**document(character), "requirements_id": "f" * 32})


def processing(character: str) -> ProcessingEntry:
    ids = dict.fromkeys(("processing_id", "resume_id", "requirements_id"), "f" * 32)
    times = dict.fromkeys(("created_at", "finished_at"), STAMPS["created_at"])
    error = {"reason": character * MAX_REASON, "retry_after": BIG}
    result = {"verdict": character * MAX_VERDICT, "score": 100, "error": error, "status": ProcessingStatus.FAILED}
    return ProcessingEntry.model_validate({**ids, **times, **result})


def user_group(character: str) -> UserGroup:
    texts = {name: text(GroupDraft, name, character) for name in ("name", "description")}
    times = dict.fromkeys(("created_at", "updated_at", "joined_at"), STAMPS["created_at"])
    chosen = {"kind": "course", "board": "anonymous", "role": "teacher"}
    return UserGroup.model_validate({"group_id": "f" * 32, "members_count": BIG, **texts, **times, **chosen})


def member(character: str) -> ListedMember:
    shown = {"display_name": character * MAX_NAME, "avatar_url": AVATAR}
    return ListedMember.model_validate(
        {"user_id": USER_ID, "role": "teacher", "joined_at": STAMPS["created_at"], **shown}
    )


def group_board(character: str) -> GroupBoard:
    place = {**entry(character).model_dump(), "is_me": False}
    fields = {"board": Board.ACHIEVEMENTS, "window": WindowName.ALL_TIME, "total": BIG, "as_of": NOW, "next_reset": NOW}
    own = dict.fromkeys(("rank", "position", "score"), BIG)
    return GroupBoard.model_validate({"items": [place] * HUNDRED, "group_id": "f" * 32, "me": own, **fields})


def group_report(character: str) -> GroupReport:
    figures = dict.fromkeys(("points", "achievements", "streak", "days_since", "open_goals", "overdue_goals"), BIG)
    window = {"starts_on": TODAY, **dict.fromkeys(("points", "achievements", "homeworks", "tests", "courses"), BIG)}
    own = {f"{'x' * 30}{number:02}": BIG for number in range(MAX_ACTIVE)}
    window["metrics"] = own
    about = {"user_id": USER_ID, "display_name": character * MAX_NAME, "last_active_on": TODAY, "at_risk": False}
    row = ReportRow.model_validate({**about, **figures, "metrics": own, "week": window, "month": window})
    return GroupReport(group_id="f" * 32, items=[row] * MAX_MEMBERS, as_of=NOW)


def imported_members(character: str) -> ImportedMembers:
    """The report on rows that are as wrong as a body of the largest size can say."""
    row: dict[str, object] = {character * 200 + f"{number}": 1 for number in range(100)}
    row["user_id"] = character * 1000
    errors = membership._checked(row, ())  # private: the whole import needs a table
    assert isinstance(errors, list)
    assert len(errors) == MAX_ROW_ERRORS
    one = ImportedMember(index=BIG, user_id=character * membership._LONGEST_ID, status="failed", errors=errors)
    return ImportedMembers(items=[one] * 100, **dict.fromkeys(("added", "updated", "unchanged", "failed"), 0))


def metric(character: str) -> EditableMetric:
    one_line = "x" if character == "\n" else character
    title, unit = (text(MetricTexts, name, one_line) for name in ("title", "unit"))
    limits = dict.fromkeys(("minimum", "maximum", "daily_cap"), BIG)
    fields = {"metric": "x" * 32, "kind": "counter", "title": title, "unit": unit, "language": "x" * 64, **limits}
    languages = MAX_TEXT_BYTES // len((title + unit).encode())
    translations = {f"{'x' * 62}{number:02}": {"title": title, "unit": unit} for number in range(languages)}
    flags = {"board": True, "is_active": True, "created_at": NOW, "updated_at": NOW}
    return EditableMetric.model_validate({**fields, **flags, "translations": translations})


LISTS: dict[str, Callable[[str], BaseModel]] = {
    "GET /v1/users": listing(largest_profile),
    "GET /v1/users/search": listing(
        lambda character: FoundUser(user_id=USER_ID, display_name=character * MAX_NAME, avatar_url=AVATAR)
    ),
    "GET /v1/users/{user_id}/goals": listing(goal),
    "GET /v1/users/{user_id}/badges": listing(badge),
    "GET /v1/users/{user_id}/achievements": listing(award),
    "GET /v1/users/{user_id}/sessions": listing(session),
    "GET /v1/achievements": listing(achievement),
    "GET /v1/metrics": listing(metric),
    "GET /v1/leaderboards/{board}": board,
    "GET /v1/users/{user_id}/groups": listing(user_group),
    "GET /v1/groups/{group_id}/members": listing(member),
    "GET /v1/groups/{group_id}/leaderboard": group_board,
    "GET /v1/resumes": listing(resume),
    "GET /v1/requirements": listing(requirements),
    "GET /v1/processings": listing(processing),
}
# Not pages, but with lists in them.
OTHERS: dict[str, Callable[[str], BaseModel]] = {
    "GET /v1/users/{user_id}": with_all_parts,
    "GET /v1/leaderboards/{board}/users/{user_id}": rank,
    "GET /v1/stats": summary,
    "POST /v1/achievements/import": imported,
    "GET /v1/groups/{group_id}/report": group_report,
    "POST /v1/groups/{group_id}/members/import": imported_members,
}


def test_every_route_with_pages_is_computed_here() -> None:
    paged = {
        f"{method.upper()} {path}"
        for path, methods in json.loads(DOCUMENT.read_text())["paths"].items()
        for method, operation in methods.items()
        if any(parameter.get("name") == "limit" for parameter in operation.get("parameters", ()))
    }
    assert paged == LISTS.keys()


@pytest.mark.parametrize("character", COST)
def test_a_character_costs_as_much_as_is_assumed(character: str) -> None:
    with_it, without = (size(FoundUser(user_id="x", display_name=name)) for name in (character, ""))
    assert with_it - without == COST[character]


@pytest.mark.parametrize("character", COST)
@pytest.mark.parametrize("route", [*LISTS, *OTHERS])
def test_the_largest_response_fits_into_lambda_s(route: str, character: str) -> None:
    assert size((LISTS | OTHERS)[route](character)) < RESPONSE


def size(content: BaseModel) -> int:
    """Return the bytes of the response as Lambda's runtime sends it, with the content as its body."""
    route = Route("GET", "/v1/x", lambda: None, "", [])
    return len(json.dumps(success(route, content, ()), ensure_ascii=False).encode())
