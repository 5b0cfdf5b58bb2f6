"""The part of a standing from which boards are made. The schedule reads one of every user, so what is not asked for is
not unpacked."""

import struct
from typing import Any, NamedTuple

from laurels import keys
from laurels.days import Days
from laurels.standings import codec
from laurels.standings.models import Listing, Scores, Standing


class Contest(NamedTuple):
    """A standing's scores and days. `whole` is the standing if days alone do not determine the streaks; `item` is the
    standing as stored."""

    user_id: str
    listing: Listing | None  # None: the default applies
    activity_days: Days
    whole: Standing | None
    item: dict[str, Any]

    @property
    def scores(self) -> Scores:
        """The scores of all time."""
        return codec.read_scores(self.item["sc"])

    @property
    def week(self) -> tuple[int, Scores]:
        """The scores of a week, with its number."""
        return codec.read_window(self.item["wk"])

    @property
    def month(self) -> tuple[int, Scores]:
        """The scores of a month, with its number."""
        return codec.read_window(self.item["mo"])

    @property
    def award_days(self) -> Days:
        return codec.unpack_days(self.item["wd"])

    def packed(self, name: str) -> bytes:
        """Return an attribute of `codec.WIDTHS` as it is stored. Raises ValueError if it has another layout."""
        packed: bytes = self.item[name]
        if len(packed) != codec.WIDTHS[name]:
            raise codec.layout_changed(name, struct.error(f"{len(packed)} bytes"))
        return packed


def of(item: dict[str, Any]) -> Contest:
    """Return the contest of a stored standing."""
    return Contest(
        keys.user_of(item["SK"]),
        codec.LISTING_OF[item["li"]],
        codec.unpack_days(item["ad"]),
        codec.decode(item) if "fr" in item else None,
        item,
    )
