"""Lists in pages: how many and from where (`Page`), and what comes back (`Listing`)."""

from typing import Generic, TypeVar

from pydantic import Field

from laurels.fields import Input, Number, Shape

Entry = TypeVar("Entry")


class Page(Input):
    """What a list route takes. `cursor` is the `next_cursor` of the page before; services see the plain position."""

    limit: Number = Field(20, ge=1, le=100, description="At most so many items.")
    cursor: str | None = Field(None, max_length=2048, description="The `next_cursor` of the page before.")


class Listing(Shape, Generic[Entry]):
    """One page. Services set `next_cursor` to a plain position; `http` seals it on the way out."""

    items: list[Entry]
    next_cursor: str | None = Field(None, description="For the next page; null on the last one.")
