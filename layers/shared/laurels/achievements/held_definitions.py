"""Definitions of achievements, which a process reads once per version of the catalogue and not with every call.

Every write to the catalogue gives it a new version, in the same transaction, in a few small items (see `in_force`). A
call reads one of these, along with what it reads anyway, and a definition only if this process does not hold it by that
version. So no call uses a definition that is older than the table's, and no partition is read by every call.

What is held was read consistently after its version was seen. A BatchGetItem is not one moment: a definition that was
read along with a new version may be older than that, so the first call after a change uses such a definition without
holding it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from laurels import attribute_values, clock, keys, settings, table
from laurels.keys import Key
from laurels.standings import in_force
from laurels.table import Page
from laurels.writes import Item

MOST = 4_000_000  # bytes of what a process holds, as DynamoDB counts them; in memory they are about three times as many
MOST_AGE = 60_000  # milliseconds after which it is read again: a Query may see a transaction half done
_OVERHEAD = 200  # bytes of an entry that count too: a code without a definition is held as well

Found = Mapping[str, Item | None]  # definitions by code, None for a code that the catalogue has not


class _Held:
    """Definitions and pages of one version of the catalogue. Without a version nothing is held."""

    def __init__(self, version: str | None) -> None:
        self.version, self.since = version, clock.now_ms()
        self._entries: dict[object, Any] = {}
        self._size = 0

    def get(self, name: object) -> Any:
        """Return what is held by that name as a tuple of one, or None."""
        return self._entries.get(name)

    def hold(self, name: object, value: Any) -> None:
        if self.version is None:
            return
        if self._size > MOST:
            self._entries, self._size = {}, 0
        self._entries[name] = (value,)
        self._size += _OVERHEAD + attribute_values.size(value)


_held: dict[str, _Held] = {}  # one entry: by the table's name


class Lookup:
    """The definitions that one call needs. Its first request reads `keys`, consistently if `must_be_consistent`, and
    passes their items to `found`; then `of` knows further definitions, with a request for those that are not held."""

    def __init__(self, codes: Iterable[str], version: Key) -> None:
        """`version` is the key of a copy of the catalogue's version."""
        self._held = _current()
        self._known: dict[str, Item | None] = {}
        self._codes = list(codes)
        self._unread = self.unread(self._codes)
        self.keys = [version, *self._unread.values()]
        self.must_be_consistent = bool(self._unread)

    def found(self, items: Sequence[Item | None]) -> Found:
        """Return the definitions of the codes, from the items of `keys`. It costs a request if the catalogue has
        another version than that which this process holds."""
        version = _version(items[0])
        read = dict(zip(self._unread, items[1:], strict=True))
        if version == self._held.version:
            self.add(read)
        else:
            self._held, self._known = _of(version), read
        return self.of(self._codes)

    def of(self, codes: Iterable[str]) -> Found:
        """Return further definitions."""
        codes = list(codes)
        self.add(_read(self.unread(codes)))
        return {code: self._known[code] for code in codes}

    def unread(self, codes: Iterable[str]) -> dict[str, Key]:
        """Return the keys of the definitions that are not held, by code, for a caller that reads them itself."""
        keys_of: dict[str, Key] = {}
        for code in codes:
            if code in self._known:
                continue
            if held := self._held.get(code):
                (self._known[code],) = held
            else:
                keys_of[code] = keys.achievement(code)
        return keys_of

    def add(self, read: Found) -> None:
        """Take definitions that were read consistently after the version was seen."""
        for code, item in read.items():
            self._held.hold(code, item)
        self._known |= read


def pages(*, consistent: bool) -> Callable[..., Page]:
    """Return a function like `table.query` for the catalogue. It holds the pages by the version that is read now, and
    costs a request for a page that this process does not hold."""
    held = _of(_version(table.get_many([in_force.any_copy()], consistent=consistent)[0]))

    def query(prefix: Key, *, limit: int, after: str | None, **_: object) -> Page:
        if entry := held.get((limit, after)):
            (page,) = entry
            return Page(*page)
        page = table.query(prefix, limit=limit, after=after, consistent=True)
        held.hold((limit, after), page)
        return page

    return query


def _read(keys_of: Mapping[str, Key]) -> Found:
    return dict(zip(keys_of, table.get_many([*keys_of.values()], consistent=True), strict=True))


def _version(copy: Item | None) -> str | None:
    """Return the catalogue's version; None if it was written before it had one."""
    return (copy or {}).get("catalogue")


def _current() -> _Held:
    held = _held.get(settings.text("TABLE_NAME")) or _Held(None)
    return held if 0 <= clock.now_ms() - held.since < MOST_AGE else _begin(held.version)


def _of(version: str | None) -> _Held:
    held = _current()
    return held if held.version == version else _begin(version)


def _begin(version: str | None) -> _Held:
    _held.clear()
    held = _held[settings.text("TABLE_NAME")] = _Held(version)
    return held
