"""Rebuilding standings in a table. It is named in the environment (TABLE_NAME), with the secret of tombstones."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

from laurels import clock, keys, table, tombstones
from laurels.errors import Gone
from laurels.retries import retrying
from laurels.standings import in_force
from laurels.standings.codec import encode
from laurels.standings.definitions import Definitions
from laurels.writes import ABSENT, Item, Put, When
from local.repair import rebuilding, sources
from local.repair.rebuilding import Held, Image, Rebuilt
from local.repair.sources import Clients

_AT_ONCE = 8


def rebuild_all(
    user_ids: Iterable[str], stream: Mapping[str, Image], copy: str | None, clients: Clients, *, dry_run: bool
) -> Iterator[tuple[str, Rebuilt | None]]:
    """Rebuild the standings of users, several at once. Yield each user with what was made; None for an erased one."""
    metrics = in_force.fresh().metrics

    def one(user_id: str) -> tuple[str, Rebuilt | None]:
        return user_id, rebuild(user_id, stream.get(user_id), copy, clients, metrics, dry_run=dry_run)

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        yield from executor.map(one, user_ids)


def rebuild(
    user_id: str,
    in_stream: Image | None,
    copy: str | None,
    clients: Clients,
    metrics: Definitions,
    *,
    dry_run: bool,
) -> Rebuilt | None:
    """Rebuild the standing of a user, and write it if that changes anything. Return None for an erased user.

    It is written on condition that it has not changed since it was read, so the service may run meanwhile.
    """
    in_copy = sources.in_copy(copy, user_id, clients) if copy else None

    def attempt() -> Rebuilt:
        wanted = [keys.profile(user_id), keys.standing(user_id), tombstones.key(user_id)]
        profile, item, tombstone = table.get_many(wanted, consistent=True)
        tombstones.refuse(tombstone)
        awards = list(table.query_all(keys.award(user_id), consistent=True))
        goals = list(table.query_all(keys.goal(user_id), consistent=True))
        images = {name: found for name, found in (("stream", in_stream), ("copy", in_copy)) if found}
        stored, now = rebuilding.read(item), clock.now_ms()
        # Each attempt changes copies of its own.
        made = rebuilding.rebuild(user_id, stored, deepcopy(images), Held(profile, awards, goals, metrics), now)
        if made.changed and not dry_run:
            made.standing.updated_at = now
            table.write(Put(encode(made.standing), when=_unchanged(item)), tombstones.absent(user_id))
        return made

    try:
        return retrying(attempt)
    except Gone:
        return None


def _unchanged(item: Item | None) -> When:
    return ABSENT if item is None else {"rev": item.get("rev")}
