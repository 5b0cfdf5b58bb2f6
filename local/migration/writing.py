"""Writing a user's rows into the table, each once: a row that is there already is found and left as it is.

The rooms' own services write where they can take the former times. Profiles with progress, goals with check-ins and
finished processings are written here, with the same conditions. The environment names the table (TABLE_NAME).
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import islice

from laurels import clock, keys, table, tombstones
from laurels.achievements import catalogue
from laurels.achievements import service as achievements
from laurels.achievements.models import AwardDraft
from laurels.badges import service as badges
from laurels.documents import processings
from laurels.documents import rules as documents_rules
from laurels.documents import service as documents
from laurels.errors import Conflict, Invalid
from laurels.goals import rules as goals_rules
from laurels.goals import service as goals
from laurels.idempotency import Origin
from laurels.languages import Languages
from laurels.people import rules as people_rules
from laurels.people import service as people
from laurels.preferences import rules as preferences_rules
from laurels.retries import retrying
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings import zones
from laurels.standings.models import BOARD_OF, Score, Standing
from laurels.table import Cancelled
from laurels.writes import ABSENT, PRESENT, Check, Put, Write
from local.migration.models import Definition, NewGoal, NewProcessing, NewProfile, User
from local.migration.reading import Row

Step = tuple[Row, Callable[[], object]]


def steps(user_id: str, user: User) -> Iterator[Step]:
    """Yield the writes of a user in order: the profile first, whose time zone dates the days of all others."""
    if user.profile:
        yield user.profile.row, partial(create_profile, user.profile)
    for award in user.awards:
        yield award.row, partial(give, user_id, award.draft)
    for badge in user.badges:
        yield badge.row, partial(badges.create, user_id, badge.draft, badge.origin)
    for goal in user.goals:
        yield goal.row, partial(create_goal, user_id, goal)
    for requirements in user.requirements:
        yield requirements.row, partial(documents.create_requirements, user_id, requirements.draft, requirements.origin)
    for resume in user.resumes:
        yield resume.row, partial(documents.create_resume, user_id, resume.draft, resume.origin)
    for processing in user.processings:
        yield processing.row, partial(create_processing, user_id, processing)


def give(user_id: str, draft: AwardDraft) -> None:
    """Award an achievement. Raises Conflict if the user has it from another time, and what `award` raises."""
    found = achievements.award(user_id, draft, Languages()).content
    if found.awarded_at != draft.awarded_at:
        raise Conflict(f"The user has this award already, from {found.awarded_at}.")


def define(definition: Definition) -> None:
    """Create a definition, active until the awards are written. Raises Conflict if another one has its code."""
    draft = definition.draft.model_copy(update={"is_active": True})
    origin = Origin.of("import", "achievement", draft.code)
    found = catalogue.create(draft, origin)
    if found.points != draft.points:
        raise Conflict(f"The achievement {draft.code} is worth {found.points} points by now.")


def archive(definition: Definition) -> None:
    """Archive a definition that was not active."""
    if not definition.draft.is_active:
        catalogue.archive(definition.draft.code, None)


def create_profile(new: NewProfile) -> None:
    """Create a profile with preferences and counters in one transaction. Raises Conflict if there is another one,
    Invalid if it is too large, and Gone for an erased user.

    The counters change no calendar: on which days they grew is not known.
    """
    user_id = new.fields["user_id"]
    origin = Origin.of("import", "profile", user_id)
    profile = people.fresh(user_id) | new.fields | {"origin": origin.id}
    patched = preferences_rules.patched(profile, new.preferences)
    profile |= {name: value for name, value in patched.items() if value is not None}
    people_rules.check_size(None, profile)

    def attempt() -> None:
        wanted = [keys.profile(user_id), keys.standing(user_id), tombstones.key(user_id)]
        found, stored, tombstone = table.get_many(wanted, consistent=True)
        tombstones.refuse(tombstone)
        if found:
            if not origin.made(found):
                raise Conflict("This user has a profile already.")
            return
        standing = standings.of(user_id, stored)
        _, writes = people.changed(None, profile, {})
        if _begin(standing, new, profile):
            writes.append(standings.put(standing))
        table.write(*writes)

    retrying(attempt)


def _begin(standing: Standing, new: NewProfile, profile: dict[str, object]) -> bool:
    """Put counters, time zone and listing into a standing. Return whether this changes it."""
    zone, listing = people_rules.timezone(profile), people_rules.listing(profile)
    changed = bool(new.counters) or new.average_grade is not None or (zone, listing) != ("UTC", None)
    zones.move(standing, zone, clock.now_ms())
    standing.listing = listing
    for counter, count in new.counters.items():
        standing.counters[counter] += count
        board = BOARD_OF.get(counter)
        if board is not None and count:
            before = standing.scores[board]
            standing.scores[board] = Score(before.score + count, max(before.reached, new.counted_at))
    if new.average_grade is not None:
        standings_rules.grade(standing, new.average_grade, new.counted_at)
    return changed


def create_goal(user_id: str, new: NewGoal) -> None:
    """Create a goal with its times and check-ins, whose days become active. Raises Conflict if there are too many,
    Invalid for a check-in after today, and Gone for an erased user."""
    key = keys.goal(user_id, new.origin.new_id())
    created = new.times["created_at"]
    stamps = {"v": goals.VERSION, "rev": 1, "goal_id": new.origin.new_id(), "created_at": created}
    if "completed_at" in new.times:
        stamps["completed_at"] = new.times["completed_at"]

    def attempt() -> None:
        wanted = [key, keys.standing(user_id), tombstones.key(user_id)]
        found, stored, tombstone = table.get_many(wanted, consistent=True)
        tombstones.refuse(tombstone)
        if found:
            return
        others = table.query_all(keys.goal(user_id), consistent=True)
        if sum(1 for _ in islice(others, goals.MAX_GOALS)) == goals.MAX_GOALS:
            raise Conflict(f"There are {goals.MAX_GOALS} goals, and there can be no more.")
        now, standing = clock.now_ms(), standings.of(user_id, stored)
        _check_days(new.days, zones.today(standing, now))
        item = goals_rules.rewritten(key._asdict() | stamps, new.draft, standing, new.times.get("updated_at", created))
        for day in new.days:
            item = goals_rules.checked_in(item, day)
            standings_rules.be_active(standing, day, now)
        writes: list[Write] = [Put(item, when=ABSENT), tombstones.absent(user_id)]
        table.write(*writes, *([standings.put(standing)] if new.days else []))

    retrying(attempt)


def _check_days(days: list[date], today: date) -> None:
    if days and days[-1] > today:
        raise Invalid(f"The last check-in lies after today, {today} in the user's time zone.")


def create_processing(user_id: str, new: NewProcessing) -> None:
    """Create a finished processing with its result. Raises Conflict if there are too many, Invalid if its documents are
    not there, and Gone for an erased user."""
    processing_id = new.result.processing_id
    key, starts = keys.processing(user_id, processing_id), keys.processing_starts(user_id)
    finished, texts = documents_rules.finished(new.result, clock.ms_of(new.finished_at))
    item = {
        **key._asdict(),
        "v": processings.VERSION,
        "processing_id": processing_id,
        "user_id": user_id,
        "resume_id": new.draft.resume_id,
        "requirements_id": new.draft.requirements_id,
        "created_at": clock.iso(new.origin.began),
        **finished,
    }

    def attempt() -> None:
        found, stored, tombstone = table.get_many([key, starts, tombstones.key(user_id)], consistent=True)
        tombstones.refuse(tombstone)
        if found:
            return
        try:
            table.write(
                Put(item, when=ABSENT),
                Check(keys.resume(user_id, new.draft.resume_id), when=PRESENT),
                Check(keys.requirements(user_id, new.draft.requirements_id), when=PRESENT),
                Put({**keys.processing_owner(processing_id)._asdict(), "v": processings.VERSION, "user_id": user_id}),
                Put({**keys.processing_result(user_id, processing_id)._asdict(), "v": processings.VERSION, **texts}),
                processings.one_more(user_id, stored),
                tombstones.absent(user_id),
            )
        except Cancelled as failure:
            if failure.failed(1) or failure.failed(2):
                raise Invalid("Its resume or its requirements are not there.") from None
            raise

    retrying(attempt)
