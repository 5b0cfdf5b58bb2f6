"""The criteria in force, which a process reads once per version and not with every stat update.

A write that changes criteria gives them a new version, and stores it in a few small items in the same transaction.
Everything that may earn awards reads one of these along with the user's standing, and the criteria only if this process
does not hold that version. So no update uses older criteria than the table has, and no item is read by every update.
"""

from collections.abc import Sequence
from uuid import uuid4

from laurels import clock, keys, settings, table
from laurels.achievements import criteria
from laurels.achievements.criteria import Criterion
from laurels.writes import Item, Update, Write

VERSION = 1
_RECHECK = 10_000  # milliseconds between two looks at criteria that have no version yet

_held: dict[tuple[str, str], list[Criterion]] = {}  # one entry: table and version


def of(stored_version: Item | None) -> Sequence[Criterion]:
    """Return the criteria of the version that was read (None: a table of before there were versions).

    It costs no request if this process holds them.
    """
    version = stored_version["version"] if stored_version else f"none {clock.now_ms() // _RECHECK}"
    name = (settings.text("TABLE_NAME"), version)
    if (held := _held.get(name)) is None:
        # `get_many`, because the roles of all callers allow it; `get` is another action.
        item: Item = table.get_many([keys.criteria()], consistent=True)[0] or {}
        held = criteria.read(item)
        _held.clear()
        # The item may be newer than the version that was read. Its own version names what it holds.
        _held[name[0], item.get("version") or version] = held
    return held


def change(texts: dict[str, str], gone: Sequence[str]) -> list[Write]:
    """Return the writes that set and remove these attributes of the criteria's item, under a new version."""
    version = {"v": VERSION, "version": uuid4().hex}
    copies = [Update(keys.criteria_version_copy(copy), set=version) for copy in range(keys.VERSION_COPIES)]
    return [Update(keys.criteria(), set=version | texts, remove=gone), *copies]
