"""Pagination: `PageQuery` is what a list route takes, `Listing` is what it returns."""

from typing import Generic, TypeVar

from pydantic import Field

from laurels.fields import Input, Number, Shape

Entry = TypeVar("Entry")


class PageQuery(Input):
    """The query parameters of a list. Clients send a sealed cursor; services see the plain position in it."""

    limit: Number = Field(20, ge=1, le=100, description="At most so many items.")
    cursor: str | None = Field(None, max_length=2048, description="The `next_cursor` of the page before.")


class Listing(Shape, Generic[Entry]):
    """One page of a list. Services set `next_cursor` to a plain position, which `http` seals."""

    items: list[Entry]
    next_cursor: str | None = Field(None, description="For the next page; null on the last one.")
