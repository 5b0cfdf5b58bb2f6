"""The time of day. Everything that needs "now" asks here, so that a test can set it.

Inside, a time has one form: epoch milliseconds, an `int`. Rules and services of standings take and return it. Items
hold it as text where people read it (`iso_of`, `ms_of`). A `datetime` belongs to the edges: what a client sent
(`epoch_ms`), what a client gets (`from_epoch_ms`), and calendars.
"""

from datetime import UTC, date, datetime

AHEAD = 5 * 60 * 1000  # milliseconds that another machine's clock may be ahead of ours
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY, _DAY = _EPOCH.toordinal(), 24 * 3600 * 1000


def now() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """The present moment in epoch milliseconds."""
    return epoch_ms(now())


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-11-20T18:22:05.000Z`. Such texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The inverse of `iso`."""
    return datetime.fromisoformat(text)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, in whole numbers all the way: no float rounds a time."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_epoch_ms(ms: int) -> datetime:
    """The inverse of `epoch_ms`."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)


def iso_of(ms: int) -> str:
    """Epoch milliseconds as the text that `iso` gives."""
    return iso(from_epoch_ms(ms))


def ms_of(text: str) -> int:
    """The inverse of `iso_of`."""
    return epoch_ms(moment(text))


def utc_date(ms: int) -> date:
    """The date of epoch milliseconds in UTC."""
    return date.fromordinal(_EPOCH_DAY + ms // _DAY)
