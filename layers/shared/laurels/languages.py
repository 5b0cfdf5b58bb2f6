"""Language tags, and the choice of a text for a reader. Used for every tag: `?lang=`, the user's preference,
`Accept-Language`, the token, and the keys of translations.

Tags are case-insensitive and stored in canonical case: https://www.rfc-editor.org/rfc/rfc5646
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

Text = TypeVar("Text")
DEFAULT = "en"

# Language, script, region and variants; extensions after their singleton; private use (RFC 5646, section 2.1).
LANGUAGE = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?$"
MAX_TAG = 64  # characters; real tags have up to about 35, and each subtag costs a look-up
_TAG = re.compile(LANGUAGE, re.ASCII)
# A language range and its weight (RFC 9110, sections 12.4.2 and 12.5.4).
_ACCEPTED = re.compile(r"([^ \t;]+)[ \t]*(?:;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.I | re.A)


class Languages(NamedTuple):
    """The languages of a request: `?lang=` and those of `Accept-Language`, best first."""

    asked: str = ""
    accepted: tuple[str, ...] = ()

    def order(self, preferred: str = "") -> tuple[str, ...]:
        """Return all languages to try, best first. `preferred` is the user's own setting."""
        return tuple(dict.fromkeys(filter(None, (self.asked, preferred, *self.accepted, DEFAULT))))


def normal(tag: str) -> str:
    """Return the tag in canonical case; empty if it is no language tag."""
    return canonical(tag) if len(tag) <= MAX_TAG and _TAG.fullmatch(tag) else ""


def canonical(tag: str) -> str:
    """Return the tag in canonical case: `de`, `pt-BR`, `zh-Hant`, `de-DE-u-mu-celsius` (RFC 5646, section 2.1.1)."""
    first, *others = tag.lower().split("-")
    parts, in_extension = [first], False
    for part in others:
        in_extension = in_extension or len(part) == 1
        if in_extension or part.isdigit():
            parts.append(part)
        else:
            parts.append({2: part.upper(), 4: part.title()}.get(len(part), part))
    return "-".join(parts)


@lru_cache(maxsize=256)  # each browser sends the same header each time
def accepted(header: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header, best first (RFC 9110, section 12.5.4). Invalid parts are
    ignored."""
    matches = (_ACCEPTED.fullmatch(part.strip(" \t")) for part in header.split(",", 20)[:20])
    weighed = [(normal(match[1]), float(match[2] or 1)) for match in matches if match]
    # Sorting is stable, so equal weights keep their order.
    return tuple(tag for tag, weight in sorted(weighed, key=lambda pair: -pair[1]) if tag and weight)


def choose(texts: Mapping[str, Text], order: tuple[str, ...]) -> tuple[str, Text]:
    """Return the best text with its language. `texts` must not be empty.

    For `pt-BR` it tries `pt-BR`, then `pt` (lookup: RFC 4647, section 3.4), then any other Portuguese, then the next
    language. If nothing matches, it takes the alphabetically first: a text in another language is better than none.
    """
    known = {tag.lower(): tag for tag in sorted(texts, reverse=True)}
    wanted = [tag.lower() for tag in order]
    for language in dict.fromkeys(tag.partition("-")[0] for tag in wanted):
        same = [tag for tag in wanted if tag.partition("-")[0] == language]
        found = next((known[tag] for each in same for tag in _lookups(each) if tag in known), None)
        if found is None:
            found = _nearest(known, language, same[0])
        if found is not None:
            return found, texts[found]
    first = min(texts)
    return first, texts[first]


def _lookups(tag: str) -> list[str]:
    """Yield the tag and its shorter forms, subtag by subtag."""
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _nearest(known: Mapping[str, str], language: str, wanted: str) -> str | None:
    """Return the text of the same language that shares most subtags (script, region) with the wanted tag."""
    parts = set(wanted.split("-"))
    same = sorted(tag for tag in known if tag.partition("-")[0] == language)
    return known[max(same, key=lambda tag: len(parts & set(tag.split("-"))))] if same else None
