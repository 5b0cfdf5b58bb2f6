"""Which language a person gets: asked for, then preferred, then what the browser says, then English; for each text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

Text = TypeVar("Text")
DEFAULT = "en"

# A language range and its weight (RFC 9110, sections 12.4.2 and 12.5.4). Short ones only: each costs look-ups.
_ACCEPTED = re.compile(
    r"([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,3})[ \t]*(?:;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.I | re.A
)


@dataclass(frozen=True, slots=True)
class Languages:
    """What the request says: `?lang=` and the languages of `Accept-Language`, best first."""

    asked: str = ""
    accepted: tuple[str, ...] = ()

    def order(self, preferred: str = "") -> tuple[str, ...]:
        """All languages to try, best first. `preferred` is the user's own setting."""
        return tuple(dict.fromkeys(filter(None, (self.asked, preferred, *self.accepted, DEFAULT))))


@lru_cache(maxsize=256)  # each browser sends its own, again and again
def accepted(header: str) -> tuple[str, ...]:
    """The languages of an Accept-Language header, best first (RFC 9110, section 12.5.4). Nonsense is passed over."""
    matches = (_ACCEPTED.fullmatch(part.strip(" \t")) for part in header.split(",", 20)[:20])
    weighed = [(match[1], float(match[2] or 1)) for match in matches if match]
    # Sorting is stable: of equal weights the first named stays first.
    return tuple(tag for tag, weight in sorted(weighed, key=lambda pair: -pair[1]) if weight)


def choose(texts: Mapping[str, Text], order: tuple[str, ...]) -> tuple[str, Text]:
    """The best text there is, with its language: `pt-BR` is served by `pt-BR`, then `pt`; if nothing fits, the
    alphabetically first, because a text in the wrong language is better than none. `texts` must not be empty."""
    known = {tag.lower(): tag for tag in texts}
    for wanted in order:
        parts = wanted.lower().split("-")
        for length in range(len(parts), 0, -1):
            if (tag := known.get("-".join(parts[:length]))) is not None:
                return tag, texts[tag]
    first = min(texts)
    return first, texts[first]
