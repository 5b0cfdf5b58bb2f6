"""Profiles: what learners say about themselves, and their progress."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field, SerializeAsAny, StringConstraints, WithJsonSchema, field_validator

from laurels.fields import HttpsUrl, Input, KeptTime, Language, Shape, Text, Title, Url, UserIdOrMe
from laurels.people.models import DEFAULT_NAME, MAX_NAME, AvatarFault
from laurels.standings.thresholds import Measured

DisplayName = Annotated[Title, Field(min_length=1, max_length=MAX_NAME)]
About = Annotated[Text, Field(max_length=2000)]
Location = Annotated[Title, Field(min_length=1, max_length=100)]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]  # E.164


class SocialLinkDraft(Input):
    network: Annotated[Title, Field(min_length=1, max_length=40)]
    url: Url


class SocialLink(Shape):
    network: str
    url: str


class Progress(Shape):
    total_courses: int = 0
    completed_courses: int = 0
    active_courses: int = 0
    average_grade: float | None = None
    homeworks_completed: int = 0
    tests_passed: int = 0
    metrics: dict[str, Measured] = Field(
        default_factory=dict, description="The own metrics in which something was counted, by name."
    )


class Part(StrEnum):
    """The parts that `?include=` adds to a profile, preferences only to one's own."""

    ACHIEVEMENTS = "achievements"
    BADGES = "badges"
    GOALS = "goals"
    STATS = "stats"
    PREFERENCES = "preferences"


OTHERS_PARTS = frozenset(Part) - {Part.PREFERENCES}


def _absent(value: object) -> bool:
    return value is None


class FirstPage(Shape):
    """The first 20 items of a list. The list's own endpoint returns all of them."""

    items: list[SerializeAsAny[Shape]]
    has_more: bool


def _first_page_of(schema: str) -> WithJsonSchema:
    """Return the schema of a first page. Items are those of the list's own endpoint; naming their schema saves this
    room's functions the import of four rooms."""
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
    fields = {"items": items, "has_more": {"type": "boolean"}}
    return WithJsonSchema({"type": "object", "properties": fields, "required": list(fields)})


def _whole(schema: str) -> WithJsonSchema:
    return WithJsonSchema({"allOf": [{"$ref": f"#/components/schemas/{schema}"}]})  # pydantic looks for a plain `$ref`


_ASKED_FOR = Field(default=None, exclude_if=_absent)


class PublicProfile(Shape):
    """What other users see, as far as the owner's visibility permits. The last four fields are present if `include`
    names them and the caller may see them; lists hold their first 20 items."""

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
    created_at: KeptTime
    updated_at: KeptTime
    progress: Progress | None = Field(description="Null if the caller may not see the stats.")
    points: int | None = Field(description="Null if the caller may not see the stats.")
    achievements_count: int | None = Field(description="Null if the caller may not see the achievements.")
    achievements: Annotated[Any, _first_page_of("Award")] = _ASKED_FOR
    badges: Annotated[Any, _first_page_of("Badge")] = _ASKED_FOR
    goals: Annotated[Any, _first_page_of("Goal")] = _ASKED_FOR
    stats: Annotated[Any, _whole("Stats")] = _ASKED_FOR


class AvatarError(Shape):
    """Why the last upload could not become an avatar."""

    reason: AvatarFault
    at: KeptTime


class Profile(PublicProfile):
    """What the owner and admins see."""

    phone_number: str | None = None
    last_login_at: KeptTime | None = None
    last_seen_at: KeptTime | None = None
    avatar_error: AvatarError | None = Field(
        default=None, description="Until the next upload is started or succeeds, or the avatar is deleted."
    )


class OwnProfile(Profile):
    """What the owner sees. The preferences are present if `include` names them."""

    preferences: Annotated[Any, _whole("Preferences")] = _ASKED_FOR


class WrittenProfile(Shape):
    """What a service sees of a profile that is not visible to it: whose it is, and the fields that it has just
    written."""

    user_id: str
    display_name: str | None = _ASKED_FOR
    about: str | None = _ASKED_FOR
    avatar_url: str | None = _ASKED_FOR
    social_links: list[SocialLink] | None = _ASKED_FOR
    location: str | None = _ASKED_FOR
    website: str | None = _ASKED_FOR
    phone_number: str | None = _ASKED_FOR
    language: str | None = _ASKED_FOR
    is_verified: bool | None = _ASKED_FOR
    is_active: bool | None = _ASKED_FOR


class ProfilePatch(Input):
    """JSON Merge Patch (RFC 7396): what is absent stays, null clears."""

    display_name: DisplayName = Field(default="", description="Cannot be cleared.")
    about: About | None = None
    social_links: Annotated[list[SocialLinkDraft], Field(max_length=20)] | None = None
    location: Location | None = None
    website: Url | None = None
    phone_number: PhoneNumber | None = Field(
        default=None, description="E.164, such as +4930123456. Shown to nobody else."
    )
    language: Language | None = None
    is_verified: bool = Field(default=False, description="For admins, and services with users:write, to change.")
    is_active: bool = Field(default=True, description="For admins, and services with users:write, to change.")

    avatar_url: HttpsUrl | None = Field(
        default=None,
        description="For admins, and services with users:write, to carry over a picture of another service. An upload "
        "of the user replaces it.",
    )

    @property
    def changes(self) -> dict[str, object]:
        """The fields that were sent, as stored in the table (None: delete the field)."""
        return self.model_dump(include=self.model_fields_set - {"user_id"}, mode="json")


class ProfileDraft(ProfilePatch):
    """A new profile."""

    user_id: UserIdOrMe = Field(default="me", description="Whose it is; without it, or with `me`, the caller's.")
    display_name: DisplayName = Field(default=DEFAULT_NAME, description="Without it, the name in the caller's token.")


class Order(StrEnum):
    NEWEST = "newest"
    ID = "id"


class ProfileFilter(Input):
    """Which users a list shows, and in which order."""

    order: Order = Field(default=Order.NEWEST, description="The newest first, or by id.")
    is_active: bool | None = None


class OwnProfileQuery(Input):
    _known: ClassVar[frozenset[Part]] = frozenset(Part)

    include: str = Field(
        default="",
        max_length=200,
        description="What to answer along with it: "
        "`achievements`, `badges`, `goals`, `stats`, `preferences`, separated by commas.",
    )

    @field_validator("include")
    @classmethod
    def _only_parts(cls, value: str) -> str:
        if unknown := {name for name in value.split(",") if name} - cls._known:
            known = ", ".join(part for part in Part if part in cls._known)
            raise ValueError(f"knows {known}, but not {', '.join(sorted(unknown))}")
        return value

    @property
    def parts(self) -> set[Part]:
        return {Part(name) for name in self.include.split(",") if name}


class ProfileQuery(OwnProfileQuery):
    _known = OTHERS_PARTS

    include: str = Field(
        default="",
        max_length=200,
        description="What to answer along with it, as far as you may see it: "
        "`achievements`, `badges`, `goals`, `stats`, separated by commas.",
    )


class CardTheme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class CardQuery(Input):
    theme: CardTheme = CardTheme.LIGHT


class UserSearch(Input):
    q: str = Field(
        min_length=2,
        max_length=MAX_NAME,
        description="The beginning of any word of the name, or of several, without regard to case and accents.",
    )


class FoundUser(Shape):
    """A search result."""

    user_id: str
    display_name: str
    avatar_url: str | None = None
    is_verified: bool = False
