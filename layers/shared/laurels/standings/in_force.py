"""What is in force: the criteria of achievements and the definitions of own metrics, which a process reads once per
version and not with every stat update.

All of them are short texts in one item. A write that changes any gives the item a new version, and stores the version
in a few small items in the same transaction. Everything that counts or earns reads one of these along with the user's
standing, and the item only if this process does not hold that version. So no update uses older criteria or metrics than
the table has, and no item is read by every update.
"""

from collections.abc import Callable, Mapping, Sequence
from random import randrange
from typing import Any, TypeVar
from uuid import uuid4

from laurels import clock, keys, settings, table
from laurels.errors import Invalid
from laurels.keys import Key
from laurels.standings import definitions, thresholds
from laurels.standings.definitions import Definitions
from laurels.standings.models import Metric
from laurels.standings.thresholds import Measure
from laurels.writes import Item, Update, When, Write

VERSION = 1
RECHECK = 10_000  # milliseconds between two looks of readers that read no standing, and at an item without a version

Part = TypeVar("Part")


class InForce:
    """The item of what is in force, as it was read. Its parts are parsed once."""

    def __init__(self, item: Mapping[str, Any]):
        self.item = item
        self._parts: dict[Callable[..., Any], Any] = {}

    @property
    def version(self) -> str | None:
        """None: nothing was ever in force, or it was written before there were versions."""
        return self.item.get("version")

    @property
    def metrics(self) -> Definitions:
        """The own metrics, archived ones too."""
        return self.part(definitions.read)

    def part(self, read: Callable[[Mapping[str, Any]], Part]) -> Part:
        """Return what `read` makes of the item."""
        if read not in self._parts:
            self._parts[read] = read(self.item)
        found: Part = self._parts[read]
        return found


_held: dict[tuple[str, str], InForce] = {}  # one entry: table and version
_looked: dict[str, tuple[int, InForce]] = {}  # by table: when `recent` looked last, and what it found


def of(versions: Item | None) -> InForce:
    """Return what is in force by the versions that were read. Without one, nothing was ever in force, or the table is
    of before there were versions.

    It costs no request if this process holds it.
    """
    version = (versions or {}).get("version") or f"none {clock.now_ms() // RECHECK}"
    return _held.get((settings.text("TABLE_NAME"), version)) or _read(version)


def fresh() -> InForce:
    """Return what is in force now, by a consistent read: before a message is refused by what this process holds."""
    return _read(f"none {clock.now_ms() // RECHECK}")


def recent(age: int = RECHECK) -> InForce:
    """Return what is in force, or was within so many milliseconds: for readers that need no standing."""
    name, now = settings.text("TABLE_NAME"), clock.now_ms()
    at, found = _looked.get(name, (-RECHECK, InForce({})))
    if not 0 <= now - at < age:
        found = of(table.get_many([any_copy()])[0])
        _looked[name] = (now, found)
    return found


def check(measures: Mapping[str, Measure]) -> None:
    """Raise Invalid if measures, by their fields, name own metrics that are unknown or archived, or values that these
    cannot reach. It costs a request if there is an own metric among them."""
    own = {field: measure for field, measure in measures.items() if measure.metric not in Metric}
    if own and (errors := thresholds.wrong(own, fresh().metrics)):
        raise Invalid.fields(errors)


def change(
    texts: Mapping[str, str], gone: Sequence[str], when: When | None = None, *, catalogue: bool = False
) -> list[Write]:
    """Return the writes that set and remove these attributes of the item, under a new version, and of the catalogue if
    that changes too. `when` is a condition on the item as it was."""
    version = {"v": VERSION, "version": uuid4().hex}
    item = Update(keys.criteria(), set=version | dict(texts), remove=gone, when=when or {})
    return [item, *_copies(version | (_new_catalogue() if catalogue else {}))]


def change_of_catalogue() -> list[Write]:
    """Return the writes that give the catalogue a new version, where nothing in force changes (see
    `achievements.held_definitions`)."""
    return _copies({"v": VERSION} | _new_catalogue())


def any_copy() -> Key:
    """Return the key of one of the copies of both versions, for readers that read no standing."""
    return keys.criteria_version_copy(randrange(keys.VERSION_COPIES))  # noqa: S311


def _new_catalogue() -> Item:
    return {"catalogue": uuid4().hex}


def _copies(versions: Item) -> list[Write]:
    return [Update(keys.criteria_version_copy(copy), set=versions) for copy in range(keys.VERSION_COPIES)]


def _read(version: str) -> InForce:
    # `get_many`, because the roles of all callers allow it; `get` is another action.
    item: Item = table.get_many([keys.criteria()], consistent=True)[0] or {}
    found = InForce(item)
    _held.clear()
    # The item may be newer than the version that was read. Its own version names what it holds.
    _held[settings.text("TABLE_NAME"), found.version or version] = found
    return found
