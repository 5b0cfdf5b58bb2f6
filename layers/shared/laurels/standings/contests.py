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

    def packed(self, name: str) -> tuple[int | None, bytes]:
        """Return the scores in an attribute as they are stored, in `codec.SCORES_BYTES`, and the number of the window;
        None for those of all time. Raises ValueError if they have another layout."""
        packed: bytes = self.item[name]
        number, scores = (None, packed) if name == "sc" else (int.from_bytes(packed[:3]), packed[3:])
        if len(scores) != codec.SCORES_BYTES:
            raise codec.layout_changed("sc, wk or mo", struct.error(f"{len(packed)} bytes"))
        return number, scores


def of(item: dict[str, Any]) -> Contest:
    """Return the contest of a stored standing."""
    return Contest(
        keys.user_of(item["SK"]),
        codec.LISTING_OF[item["li"]],
        codec.unpack_days(item["ad"]),
        codec.decode(item) if "fr" in item else None,
        item,
    )
