"""The field types that several rooms share, each with its limits."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, StringConstraints

from laurels import clock

# Control characters but tab and line feeds; lone surrogates; and the invisible controls that make text read in another
# order than it is stored (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class Shape(BaseModel):
    """What we send."""

    model_config = ConfigDict(frozen=True)


class Input(BaseModel):
    """What we are sent: unknown fields and wrong types are errors, not guesses."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _clean(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", text)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine or re.search(r"[\s\\<>\"]", text):
        raise ValueError("must be an http:// or https:// address")
    return text


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Text = Annotated[str, AfterValidator(_clean)]
Title = Annotated[str, AfterValidator(_clean), AfterValidator(_not_blank)]
Url = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_clean), AfterValidator(_web_address)]
# Any instant with its offset; kept and sent as UTC, to the millisecond.
Time = Annotated[AwareDatetime, AfterValidator(_to_utc), PlainSerializer(clock.iso, return_type=str)]
# The auth service's `sub`. `me` stands for the caller and is resolved before this is checked.
USER_ID = r"^[A-Za-z0-9._@|:-]{1,128}$"
UserId = Annotated[str, StringConstraints(pattern=USER_ID)]
ACHIEVEMENT_CODE = r"^[a-z0-9_-]{1,64}$"
AchievementCode = Annotated[str, StringConstraints(pattern=ACHIEVEMENT_CODE)]
# BCP 47, as far as content needs it: language, and subtags such as script or region.
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
# What may stand in the variable parts of a path, by name.
PATH_PARTS = {"user_id": USER_ID, "code": ACHIEVEMENT_CODE, "board": r"^[a-z]{1,32}$"}
