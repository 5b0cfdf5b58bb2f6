"""Profiles: what a learner says of themself, and how far they have come."""

from typing import Annotated

from pydantic import Field, StringConstraints

from laurels.shapes import Input, Language, Shape, Text, Time, Title, Url

MAX_NAME = 80

DisplayName = Annotated[Title, Field(min_length=1, max_length=MAX_NAME)]
About = Annotated[Text, Field(max_length=2000)]
Location = Annotated[Text, Field(max_length=100)]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]  # E.164


class SocialLink(Input):
    network: Annotated[Title, Field(min_length=1, max_length=40)]
    url: Url


class Progress(Shape):
    total_courses: int = 0
    completed_courses: int = 0
    active_courses: int = 0
    average_grade: float | None = None
    homeworks_completed: int = 0
    tests_passed: int = 0


class PublicProfile(Shape):
    """What others see, if the owner's visibility lets them."""

    user_id: str
    display_name: str
    about: str | None = None
    avatar_url: str | None = None
    social_links: list[SocialLink] = Field(default_factory=list)
    location: str | None = None
    website: str | None = None
    language: str | None = None
    is_verified: bool = False
    is_active: bool = True
    created_at: Time
    updated_at: Time
    progress: Progress
    points: int
    achievements_count: int


class Profile(PublicProfile):
    """What the owner and admins see."""

    phone_number: str | None = None
    last_login_at: Time | None = None
    last_seen_at: Time | None = None


class ProfilePatch(Input):
    """JSON Merge Patch (RFC 7396): what is absent stays, null clears."""

    display_name: DisplayName = Field(default="", description="Cannot be cleared.")
    about: About | None = None
    social_links: Annotated[list[SocialLink], Field(max_length=20)] | None = None
    location: Location | None = None
    website: Url | None = None
    phone_number: PhoneNumber | None = Field(
        default=None, description="E.164, such as +4930123456. Shown to nobody else."
    )
    language: Language | None = None
    is_verified: bool = Field(default=False, description="For admins to change.")
    is_active: bool = Field(default=True, description="For admins to change.")

    @property
    def changes(self) -> dict[str, object]:
        """The fields that were sent, as the table keeps them."""
        return self.model_dump(include=self.model_fields_set, mode="json")
