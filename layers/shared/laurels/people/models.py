"""What the rooms need to know of a user: who may see which part, and how the user appears in lists."""

from enum import StrEnum

from laurels.fields import Shape

DEFAULT_NAME = "Learner"
MAX_NAME = 80  # characters


class Visibility(StrEnum):
    """Who may see a part of a profile."""

    PUBLIC = "public"
    USERS = "users"
    PRIVATE = "private"


class Card(Shape):
    """How a user appears in a list."""

    display_name: str = DEFAULT_NAME
    avatar_url: str | None = None
