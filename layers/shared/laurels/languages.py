"""Which language a person gets: asked for, then preferred, then what the browser says, then English; for each text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Text = TypeVar("Text")
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Languages:
    """What the request says: `?lang=` and the languages of `Accept-Language`, best first."""

    asked: str = ""
    accepted: tuple[str, ...] = ()

    def order(self, preferred: str = "") -> tuple[str, ...]:
        """All languages to try, best first. `preferred` is the user's own setting."""
        return tuple(dict.fromkeys(filter(None, (self.asked, preferred, *self.accepted, DEFAULT))))


def accepted(header: str) -> tuple[str, ...]:
    """The languages of an Accept-Language header, best first (RFC 9110, section 12.5.4). Nonsense is passed over."""
    ranked = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if tag.strip() and tag.strip() != "*" and quality > 0:
            ranked.append((-quality, position, tag.strip()))
    return tuple(tag for _, _, tag in sorted(ranked))


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
