"""Sessions: the devices on which a user is signed in."""

from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from pydantic import AfterValidator, Field

from laurels.fields import Input, Shape, Time, Title

MAX_USER_AGENT = 512


class DeviceType(StrEnum):
    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    OTHER = "other"


def _address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 address") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:  # any text may stand there
        raise ValueError("must be an address without a zone")
    return str(address)


IpAddress = Annotated[str, Field(max_length=45), AfterValidator(_address)]
DeviceText = Annotated[Title, Field(max_length=100)]
UserAgent = Annotated[Title, Field(max_length=MAX_USER_AGENT)]


class SessionDraft(Input):
    """A sign-in and its device."""

    device_type: DeviceType = DeviceType.OTHER
    device_name: DeviceText | None = None
    os: DeviceText | None = None
    user_agent: UserAgent | None = Field(None, description="When you register your own: by default the request's.")
    ip_address: IpAddress | None = Field(None, description="When you register your own: by default the request's.")


class Session(Shape):
    session_id: str = Field(description="The `sid` of its tokens; its SHA-256 if it holds a slash.")
    device_type: DeviceType
    device_name: str | None = None
    os: str | None = None
    user_agent: str | None = None
    ip_address: str | None = None
    created_at: Time
    last_activity_at: Time = Field(description="To the minute.")
    expires_at: Time
    is_current: bool = Field(description="True if your token belongs to it.")


class RevocationScope(StrEnum):
    ALL = "all"
    OTHERS = "others"


class RevocationQuery(Input):
    scope: RevocationScope = Field(
        default=RevocationScope.ALL, description="`others`: all but the session that your token belongs to."
    )


class Revocation(Shape):
    revoked_count: int
