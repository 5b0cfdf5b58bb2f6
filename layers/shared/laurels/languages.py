"""Language tags, and which text a reader gets. Every door that takes a tag asks here: `?lang=`, the user's preference,
`Accept-Language`, the token, and the keys of translations.

Tags are case-insensitive and kept in their canonical case: https://www.rfc-editor.org/rfc/rfc5646
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

Text = TypeVar("Text")
DEFAULT = "en"

# Language, script, region and variants; extensions after their singleton; private use (RFC 5646, section 2.1).
LANGUAGE = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?$"
MAX_TAG = 64  # characters; the longest that anybody sends have about 35, and each subtag costs a look-up
_TAG = re.compile(LANGUAGE, re.ASCII)
# A language range and its weight (RFC 9110, sections 12.4.2 and 12.5.4).
_ACCEPTED = re.compile(r"([^ \t;]+)[ \t]*(?:;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.I | re.A)


class Languages(NamedTuple):
    """What the request says: `?lang=` and the languages of `Accept-Language`, best first."""

    asked: str = ""
    accepted: tuple[str, ...] = ()

    def order(self, preferred: str = "") -> tuple[str, ...]:
        """All languages to try, best first. `preferred` is the user's own setting."""
        return tuple(dict.fromkeys(filter(None, (self.asked, preferred, *self.accepted, DEFAULT))))


def normal(tag: str) -> str:
    """The tag in its canonical case; empty if it is not a language tag."""
    return canonical(tag) if len(tag) <= MAX_TAG and _TAG.fullmatch(tag) else ""


def canonical(tag: str) -> str:
    """The tag in its canonical case: `de`, `pt-BR`, `zh-Hant`, `de-DE-u-mu-celsius` (RFC 5646, section 2.1.1)."""
    first, *others = tag.lower().split("-")
    parts, in_extension = [first], False
    for part in others:
        in_extension = in_extension or len(part) == 1
        if in_extension or part.isdigit():
            parts.append(part)
        else:
            parts.append({2: part.upper(), 4: part.title()}.get(len(part), part))
    return "-".join(parts)


@lru_cache(maxsize=256)  # each browser sends its own, again and again
def accepted(header: str) -> tuple[str, ...]:
    """The languages of an Accept-Language header, best first (RFC 9110, section 12.5.4). Nonsense is passed over."""
    matches = (_ACCEPTED.fullmatch(part.strip(" \t")) for part in header.split(",", 20)[:20])
    weighed = [(normal(match[1]), float(match[2] or 1)) for match in matches if match]
    # Sorting is stable: of equal weights the first named stays first.
    return tuple(tag for tag, weight in sorted(weighed, key=lambda pair: -pair[1]) if tag and weight)


def choose(texts: Mapping[str, Text], order: tuple[str, ...]) -> tuple[str, Text]:
    """The best text there is, with its language. `texts` must not be empty.

    `pt-BR` is served by `pt-BR`, then `pt` (lookup: RFC 4647, section 3.4), then any other Portuguese, then the next
    language. If nothing fits, the alphabetically first: a text in the wrong language is better than none.
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
    """The tag and what is left of it, subtag by subtag."""
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _nearest(known: Mapping[str, str], language: str, wanted: str) -> str | None:
    """The text of the same language that has most subtags (script, region) in common with the wanted one."""
    parts = set(wanted.split("-"))
    same = sorted(tag for tag in known if tag.partition("-")[0] == language)
    return known[max(same, key=lambda tag: len(parts & set(tag.split("-"))))] if same else None
