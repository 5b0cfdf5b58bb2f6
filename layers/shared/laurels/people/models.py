"""Visibility of the parts of a profile, and how a user appears in lists."""

from enum import StrEnum

from laurels.fields import Shape

DEFAULT_NAME = "Learner"
MAX_NAME = 80  # characters


class Visibility(StrEnum):
    """The callers who may see a part of a profile: everybody, anybody with a token, nobody but the owner and admins."""

    PUBLIC = "public"
    USERS = "users"
    PRIVATE = "private"


class AvatarFault(StrEnum):
    """Why an upload could not become an avatar."""

    UNSUPPORTED = "unsupported"  # an image format that is not taken, such as HEIC
    NOT_A_PICTURE = "not_a_picture"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_SCANS = "too_many_scans"


class Card(Shape):
    """How a user appears in a list."""

    display_name: str = DEFAULT_NAME
    avatar_url: str | None = None
