"""The one place that turns a change of an item into events. No I/O.

The events of a change depend on the item before and after it alone, so a change that is delivered again makes the same
events with the same ids.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from laurels import clock, keys
from laurels.events.models import (
    TYPES,
    AchievementAwarded,
    AchievementRevoked,
    GoalCompleted,
    GoalTarget,
    GroupJoined,
    GroupLeft,
    ProcessingDeleted,
    ProcessingFinished,
    ProcessingRequested,
    RequirementsCreated,
    RequirementsDeleted,
    ResumeCreated,
    ResumeDeleted,
    SessionRevoked,
    StatsUpdated,
    StreakExtended,
    StreakKind,
    UserCreated,
    UserErased,
    UserUpdated,
)
from laurels.fields import Shape
from laurels.keys import Key
from laurels.people import rules as people_rules
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode
from laurels.standings.models import Metric, Standing
from laurels.streaks import rules as streaks_rules

Item = Mapping[str, Any]

# Fields of a profile whose change is no `user.updated`: nobody has edited the profile then.
_WITHOUT_EVENT = {
    *("PK", "SK", "v", "rev", "user_id", "created_at", "updated_at", "origin", "words_version"),
    *("last_login_at", "last_seen_at", "erased_at", "erasure_id", "avatar_id"),
}
_SEQUENCE_DIGITS = 40  # the most that DynamoDB uses; with leading zeros, sequences sort as texts
_NAME_OF = {model: name for name, model in TYPES.items()}


class Event(NamedTuple):
    """An event before it is published. `part` tells events of the same type and change apart."""

    user_id: str
    data: Shape
    part: str = ""

    @property
    def name(self) -> str:
        return _NAME_OF[type(self.data)]


def events(key: Key, old: Item | None, new: Item | None) -> list[Event]:
    """Return the events of a change of an item, in order; none for most items."""
    for prefix, found in KINDS.items():
        if key.PK.startswith(prefix.PK) and key.SK.startswith(prefix.SK):
            return list(found(keys.user_of(key.PK), old, new))
    return []


def cloud_event(event: Event, source: str, event_id: str, at: int, sequence: str = "") -> dict[str, Any]:
    """Return a CloudEvent in structured mode. `at` is epoch milliseconds; `sequence` is that of the stream.

    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
    https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md
    """
    made = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": type_of(event.name),
        "subject": event.user_id,
        "time": clock.iso_of(at),
        "dataschema": schema_of(event.name),
        "datacontenttype": "application/json",
        "data": event.data.model_dump(mode="json"),
    }
    return made | ({"sequence": sequence.zfill(_SEQUENCE_DIGITS)} if sequence else {})


def type_of(name: str) -> str:
    """Return the type of the events of a name: `laurels.goal.completed.v1`."""
    return f"laurels.{name}.v1"


def schema_of(name: str) -> str:
    """Return the name of the schema of their data, which is its `$id` in events/schemas/."""
    return f"urn:laurels:schema:{name}.v1"


def _of_profile(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    """An erasure has an item of its own, so that the event also comes for users without a profile."""
    if new is None or people_rules.is_erased(new):
        return
    if old is None:
        created = UserCreated(user_id=user_id, language=new.get("language"), created_at=new["created_at"])
        yield Event(user_id, created)
        return
    changed = sorted(name for name in {*old, *new} - _WITHOUT_EVENT if old.get(name) != new.get(name))
    if changed:
        about = {name: new.get(name) for name in ("language", "is_active", "is_verified")}
        yield Event(user_id, UserUpdated.model_validate({"user_id": user_id, "changed": changed, **about}))


def _of_erasure(_: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if old is None and new is not None:
        yield Event(new["user_id"], UserErased(user_id=new["user_id"]))


def _of_award(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    """An award that awaits the rest of a large transaction counts already."""
    if old is None and new is not None:
        facts = {name: new[name] for name in ("award_id", "code", "points", "awarded_at")}
        yield Event(user_id, AchievementAwarded(user_id=user_id, title=new.get("title"), **facts))
    elif old is not None and new is None:
        facts = {name: old[name] for name in ("award_id", "code", "points")}
        yield Event(user_id, AchievementRevoked(user_id=user_id, **facts))


def _of_goal(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    done = "completed"
    if new is None or new["status"] != done or (old is not None and old["status"] == done):
        return
    target = GoalTarget.model_validate(new["target"]) if "target" in new else None
    facts = {name: new[name] for name in ("goal_id", "completed_at")}
    yield Event(user_id, GoalCompleted(user_id=user_id, target=target, **facts))


def _of_membership(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if old is None and new is not None:
        facts = {name: new[name] for name in ("group_id", "role", "joined_at")}
        yield Event(user_id, GroupJoined(user_id=user_id, **facts))
    elif old is not None and new is None:
        yield Event(user_id, GroupLeft(user_id=user_id, group_id=old["group_id"]))


def _of_resume(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if old is None and new is not None:
        facts = {name: new.get(name) for name in ("resume_id", "requirements_id", "created_at")}
        yield Event(user_id, ResumeCreated.model_validate({"user_id": user_id, **facts}))
    elif old is not None and new is None:
        yield Event(user_id, ResumeDeleted(user_id=user_id, resume_id=old["resume_id"]))


def _of_requirements(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if old is None and new is not None:
        facts = {name: new[name] for name in ("requirements_id", "created_at")}
        yield Event(user_id, RequirementsCreated(user_id=user_id, **facts))
    elif old is not None and new is None:
        yield Event(user_id, RequirementsDeleted(user_id=user_id, requirements_id=old["requirements_id"]))


def _of_processing(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if new is None:
        if old is not None:
            yield Event(user_id, ProcessingDeleted(user_id=user_id, processing_id=old["processing_id"]))
        return
    facts = {name: new[name] for name in ("processing_id", "resume_id", "requirements_id")}
    if old is None:
        yield Event(user_id, ProcessingRequested(user_id=user_id, created_at=new["created_at"], **facts))
    if "finished_at" in new and "finished_at" not in (old or {}):
        outcome = {"status": new["status"], "score": new.get("score"), "finished_at": new["finished_at"]}
        yield Event(user_id, ProcessingFinished(user_id=user_id, **facts, **outcome))


def _of_session(user_id: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if new is not None and "revoked_at" in new and "revoked_at" not in (old or {}):
        facts = {name: new[name] for name in ("session_id", "revoked_at")}
        yield Event(user_id, SessionRevoked(user_id=user_id, **facts))


def _of_standing(_: str, old: Item | None, new: Item | None) -> Iterator[Event]:
    if new is None:
        return
    after = decode(dict(new))
    before = decode(dict(old)) if old else Standing(after.user_id)
    metrics = [*Metric, *sorted({*before.own, *after.own})]
    if changed := [str(metric) for metric in metrics if _value(before, metric) != _value(after, metric)]:
        yield Event(
            after.user_id,
            StatsUpdated(
                user_id=after.user_id,
                changed=changed,
                counters=after.counters,
                average_grade=after.average_grade,
                points=after.points,
                achievements=after.achievements,
                metrics=standings_rules.own_values(after),
            ),
        )
    if (before.activity_days, before.award_days) != (after.activity_days, after.award_days):
        yield from _extended(before, after)


def _value(standing: Standing, metric: str) -> int | float | None:
    """Return the value of a metric; None where nothing was ever said."""
    if metric in Metric:
        return standing.average_grade if metric == Metric.AVERAGE_GRADE else standings_rules.metric(standing, metric)
    return standing.own[metric].value if metric in standing.own else None


def _extended(before: Standing, after: Standing) -> Iterator[Event]:
    """Compare the runs that are current when the standing is written."""
    was, becomes = (streaks_rules.describe(each, after.updated_at) for each in (before, after))
    for kind, then, now in (
        (StreakKind.ACTIVITY, was.activity, becomes.activity),
        (StreakKind.AWARDS, was.awards, becomes.awards),
    ):
        if then and now and now.length > then.length and now.started_on and now.last_day:
            facts = {name: getattr(now, name) for name in ("length", "longest", "started_on", "last_day")}
            yield Event(after.user_id, StreakExtended(user_id=after.user_id, kind=kind, **facts), kind.value)


# Which items have which events. The stream's filter in template.yaml lets these items through, and no others.
KINDS: dict[Key, Callable[[str, Item | None, Item | None], Iterator[Event]]] = {
    keys.profile(""): _of_profile,
    keys.erasure(): _of_erasure,
    keys.award(""): _of_award,
    keys.goal(""): _of_goal,
    keys.membership(""): _of_membership,
    keys.resume(""): _of_resume,
    keys.requirements(""): _of_requirements,
    keys.processing(""): _of_processing,
    keys.session(""): _of_session,
    keys.standings(): _of_standing,
}
