"""Awards: give, revoke and list them."""

from collections.abc import Iterator, Sequence

from laurels import clock, keys, table, telemetry, tombstones
from laurels.achievements import criteria, earning, rules
from laurels.achievements.criteria import Criterion
from laurels.achievements.held_definitions import Lookup
from laurels.achievements.models import Award, AwardDraft, AwardFilter, WantedStatus
from laurels.callers import Caller
from laurels.errors import NotFound
from laurels.languages import Languages
from laurels.paging import Listing, PageQuery
from laurels.people import service as people
from laurels.people.figures import Figure
from laurels.retries import retrying
from laurels.revisions import Made
from laurels.standings import in_force
from laurels.standings import rules as standings_rules
from laurels.standings import service as standings
from laurels.standings.models import Standing
from laurels.writes import Delete, Item

_CHUNK = 50  # achievements looked up at once: the definition and the award of each are one request
# Definitions that fit into one request with the profile, the standing, the tombstone and the versions.
_FITTING = 96

Found = list[tuple[str, Award]]  # with the position of each in the list


def award(user_id: str, draft: AwardDraft, languages: Languages) -> Made[Award]:
    """Award an achievement once, with its points and all awards that follow from them, in one transaction. Raises
    Invalid, and Gone for an erased user.

    Any number of parallel calls make one award and exact points: each writes the award and the standing together, on
    condition that there is no award and that the standing has not changed.
    """
    now = clock.now_ms()
    at = clock.epoch_ms(draft.awarded_at) if draft.awarded_at else now
    rules.check_awarded_at(at, now)
    new = earning.new_award(user_id, draft.code, at, now)
    order = languages.order()

    def attempt() -> Made[Award]:
        definitions = Lookup([draft.code], keys.criteria_version(user_id))
        wanted = [keys.award(user_id, draft.code), keys.standing(user_id), tombstones.key(user_id), *definitions.keys]
        existing, stored, tombstone, *found = table.get_many(wanted, consistent=True)
        tombstones.refuse(tombstone)
        definition, stored_version = definitions.found(found)[draft.code], found[0]
        if existing is None:
            rules.check_draft(draft.own_fields, definition)
            item = new.item | _worth(draft, definition)
            known = in_force.of(stored_version).part(criteria.read)
            earning.give(earning.DatedAward(item, new.at), stored, known, now)
        else:
            item = existing
            if earning.is_unfinished(item):
                known = in_force.of(stored_version).part(criteria.read)
                earning.give(earning.stored_award(item), stored, known, now)
        # A retry recognises its own award by its id if the response to the write was lost.
        ours = item["award_id"] == new.item["award_id"]
        return Made(rules.describe(item, definition, order, already_awarded=not ours), is_new=ours)

    made = retrying(attempt)
    telemetry.count("Awards", made.is_new)
    return made


def _worth(draft: AwardDraft, definition: Item | None) -> Item:
    """Return the points and own texts that the award stores. For the catalogue these are today's points; the texts are
    read from the catalogue when it is shown."""
    if definition:
        return {"points": definition["points"]}
    return {"description": "", "points": 0} | draft.model_dump(include=draft.own_fields)


def revoke(user_id: str, code: str) -> None:
    """Remove an award and its points in one transaction. It can be awarded again, but not automatically while its
    criteria stay met. Raises NotFound if there is none, and Gone for an erased user."""
    seen: list[Item] = []

    def attempt() -> None:
        names = [keys.award(user_id, code), keys.standing(user_id), tombstones.key(user_id)]
        existing, stored, tombstone = table.get_many(names, consistent=True)
        tombstones.refuse(tombstone)
        if seen and (existing is None or existing["award_id"] != seen[0]["award_id"]):
            return  # removed by an earlier attempt whose response was lost, or by another request
        if existing is None:
            raise NotFound("The user has no such award.")
        seen.append(existing)
        standing = standings.of(user_id, stored)
        standings_rules.lose(standing, existing["points"], clock.ms_of(existing["awarded_at"]), clock.now_ms())
        this_one = {"award_id": existing["award_id"]}
        table.write(Delete(keys.award(user_id, code), when=this_one), standings.put(standing))

    retrying(attempt)
    telemetry.count("Revocations")


def list_awards(
    user_id: str, caller: Caller, languages: Languages, page: PageQuery, wanted: AwardFilter
) -> Listing[Award]:
    """List earned awards, the newest first or by code, then achievements in progress by code. Raises NotFound unless
    the caller may see them.

    Secret achievements of other users are left out unless the caller has earned them too.

    One Query reads all awards of the user, a read unit per 8 KB, and they are put in order here: an index by time would
    add a write to each award and each revocation. A second request reads the profile, the standing, the tombstone, the
    versions, and the definitions of the page's awards that this process does not hold. It takes 100 keys, so a page
    ends after 95 earned awards of the catalogue. Secret achievements take one more request, and so do each 50 in
    progress.
    """
    order, after = languages.order(caller.language), page.cursor or ""
    in_second_part = after.startswith(keys.achievement().SK)
    awards: list[Item] = []
    if wanted.status is not WantedStatus.IN_PROGRESS and not in_second_part:
        awards = rules.in_order(table.query_all(keys.award(user_id, wanted.code or "")), wanted, after)
    with_progress = wanted.status is not WantedStatus.EARNED and not (wanted.since or wanted.until)
    most = page.limit + 1  # one more than asked for, so that the last page has no cursor
    definitions = Lookup(_codes(rules.first(awards, most, _FITTING)), keys.criteria_version(user_id))
    newest = definitions.must_be_consistent
    owner = people.read_visible(user_id, caller, Figure.AWARDS, *definitions.keys, consistent=newest)
    definitions.found(owner.others)
    sees_all = caller.is_admin or caller.sub == user_id
    shown = rules.first(_visible(awards, most, definitions, None if sees_all else caller), most, _FITTING)
    earned = rules.first(shown, page.limit, _FITTING - 1)
    known_of = definitions.of(_codes(earned))
    found = [
        (rules.position(item, wanted.order), rules.describe(item, known_of.get(item["code"]), order)) for item in earned
    ]
    if with_progress and len(earned) == len(shown):
        known = in_force.of(owner.others[0]).part(criteria.read)
        after_code = after.removeprefix(keys.achievement().SK) if in_second_part else ""
        waiting = [
            each for each in known if rules.is_progress_wanted(each, wanted, owner.view) and each.code > after_code
        ]
        found += _in_progress(owner.standing, waiting, definitions, order, most - len(found))
    more = len(shown) > len(earned) or len(found) > page.limit
    found = found[: page.limit]
    return Listing[Award](items=[each for _, each in found], next_cursor=found[-1][0] if more else None)


def _codes(awards: Sequence[Item]) -> list[str]:
    """Return the codes of those awards that are of the catalogue."""
    return [item["code"] for item in awards if rules.is_of_catalogue(item)]


def _visible(awards: list[Item], most: int, definitions: Lookup, caller: Caller | None) -> Iterator[Item]:
    """Yield the awards that the caller may see (None: all). Their definitions take at most one request for as many
    awards as a page may show."""
    while awards:
        part = rules.first(awards, most, _FITTING)
        found = definitions.of(_codes(part))
        secret = [code for code, definition in found.items() if (definition or {}).get("is_secret")]
        hidden = _not_earned(caller, secret) if caller else set()
        yield from (item for item in part if item["code"] not in hidden)
        awards = awards[len(part) :]


def _not_earned(caller: Caller, codes: list[str]) -> set[str]:
    """Return the codes that the caller has not earned."""
    awards = table.get_many([keys.award(caller.sub, code) for code in codes]) if caller.sub else [None] * len(codes)
    return {code for code, found in zip(codes, awards, strict=True) if not rules.is_of_catalogue(found)}


def _in_progress(
    standing: Standing, waiting: list[Criterion], definitions: Lookup, order: tuple[str, ...], most: int
) -> Found:
    """Return up to `most` achievements that are not secret and not earned yet, with their positions."""
    found: Found = []
    for start in range(0, len(waiting), _CHUNK):
        if len(found) >= most:
            break
        chunk = waiting[start : start + _CHUNK]
        codes = [each.code for each in chunk]
        unread, awards = definitions.unread(codes), [keys.award(standing.user_id, code) for code in codes]
        items = table.get_many([*unread.values(), *awards], consistent=bool(unread))
        definitions.add(dict(zip(unread, items, strict=False)))
        for criterion, definition, award in zip(
            chunk, definitions.of(codes).values(), items[len(unread) :], strict=True
        ):
            if definition and definition["is_active"] and not definition["is_secret"] and award is None:
                found.append((definition["SK"], rules.in_progress(definition, criterion, standing, order)))
    return found[:most]
