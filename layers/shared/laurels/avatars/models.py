"""Avatars: the announcement of an upload, and the form for it."""

from typing import Annotated, Literal

from pydantic import Field

from laurels.fields import Input, Integer, Shape, Time

SIZES = (64, 256, 512)  # pixels on each side

ContentType = Literal["image/jpeg", "image/png", "image/webp", "image/gif"]


class AvatarDraft(Input):
    """The picture that the client is going to upload."""

    content_type: ContentType
    size: Annotated[Integer, Field(ge=1, description="Bytes; at most the service's limit, `max_size`.")]


class AvatarForm(Shape):
    """An upload form: POST all of `fields`, then the picture as `file`, as multipart/form-data to `url`."""

    url: str
    fields: dict[str, str]
    expires_at: Time
    max_size: int = Field(description="Bytes. The form takes no larger file.")
