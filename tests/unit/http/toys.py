"""Endpoints that record their arguments, so that tests see what was bound."""

from typing import Annotated, Any

from pydantic import Field

from laurels.fields import Input, Text, Time, Title
from laurels.http import Caller, Endpoint, IfMatch, Languages, PageQuery
from laurels.paging import Listing


class Note(Input):
    title: Title
    stars: Annotated[int, Field(ge=1, le=5)] = 1
    weight: float | None = None
    done: bool = False
    text: Annotated[Text, Field(max_length=20)] | None = None
    at: Time | None = None
    tags: list[str] | None = None


class Mark(Input):
    stars: int | None = None


class NoteFilter(Input):
    since: Time | None = Field(None, alias="from")
    stars: int | None = None
    done: bool | None = None


class Given:
    """The arguments of the last call of an endpoint's function."""

    def __init__(self) -> None:
        self.arguments: dict[str, Any] = {}

    def take(self, **arguments: Any) -> dict[str, str]:
        self.arguments = arguments
        return {"said": "yes"}


given = Given()
create, mark, change, look, browse = Endpoint(), Endpoint(), Endpoint(), Endpoint(), Endpoint()


@create.post("/v1/users/<user_id>/notes", summary="Create", tags=["notes"])
def create_note(user_id: str, caller: Caller, note: Note) -> dict[str, str]:
    return given.take(user_id=user_id, caller=caller, note=note)


@mark.post("/v1/users/<user_id>/marks", summary="Mark", tags=["notes"])
def mark_note(user_id: str, mark: Mark) -> dict[str, str]:
    return given.take(user_id=user_id, mark=mark)


@change.patch("/v1/users/<user_id>", summary="Change", tags=["notes"])
def change_note(user_id: str, if_match: IfMatch, note: Note) -> dict[str, str]:
    return given.take(user_id=user_id, if_match=if_match, note=note)


@look.get("/v1/users/<user_id>", summary="Look", tags=["notes"])
def look_at_note(user_id: str, caller: Caller, languages: Languages, wanted: NoteFilter) -> dict[str, str]:
    return given.take(user_id=user_id, caller=caller, languages=languages, wanted=wanted)


@browse.get("/v1/users/<user_id>/notes", summary="Browse", tags=["notes"])
def browse_notes(
    user_id: str, caller: Caller, page: PageQuery, languages: Languages, wanted: NoteFilter
) -> Listing[str]:
    given.take(page=page)
    return Listing[str](items=[page.cursor or "the first page"], next_cursor="NOTE#7")


USER = {"user_id": "42"}
