"""The time of day. Every module asks here for "now", so that a test can set it.

Internally a time has one form: epoch milliseconds, an `int`. Items store it as text where people read it (`iso_of`,
`ms_of`). A `datetime` is for the edges: what a client sent (`epoch_ms`), what a client gets (`from_epoch_ms`), and
calendars.
"""

from datetime import UTC, date, datetime

AHEAD = 5 * 60 * 1000  # milliseconds that another machine's clock may be ahead of ours
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY, _DAY = _EPOCH.toordinal(), 24 * 3600 * 1000


def now() -> datetime:
    """Return the present moment, aware, UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Return the present moment in epoch milliseconds."""
    return epoch_ms(now())


def iso(moment: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds: `2026-11-20T18:22:05.000Z`. Such texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Return the inverse of `iso`."""
    return datetime.fromisoformat(text)


def epoch_ms(moment: datetime) -> int:
    """Return milliseconds since 1970-01-01 UTC, computed in whole numbers, so that no float rounds a time."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_epoch_ms(ms: int) -> datetime:
    """Return the inverse of `epoch_ms`."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)


def iso_of(ms: int) -> str:
    """Return epoch milliseconds as `iso` writes them."""
    return iso(from_epoch_ms(ms))


def ms_of(text: str) -> int:
    """Return the inverse of `iso_of`."""
    return epoch_ms(moment(text))


def utc_date(ms: int) -> date:
    """Return the UTC date of epoch milliseconds."""
    return date.fromordinal(_EPOCH_DAY + ms // _DAY)


def until_midnight(moment: datetime) -> int:
    """Return the whole seconds until the next UTC day begins, at least 1."""
    return 86_400 - epoch_ms(moment) // 1000 % 86_400
