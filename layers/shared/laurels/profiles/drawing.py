"""A profile drawn as a small SVG picture. No I/O.

Everything is an attribute of its element, so that the picture needs no style sheet and may have a policy that allows
nothing. https://www.w3.org/TR/SVG2/
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from laurels.languages import choose
from laurels.profiles.models import CardTheme

_WIDTH, _HEIGHT, _MARGIN = 420, 150, 24
_NAME_WIDTH = 300  # beside the wreath
_SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
_SERIF = "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Noto Serif', Georgia, serif"
# Characters that XML 1.0 does not have, whatever a name from an older version holds.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Colours(NamedTuple):
    paper: str
    line: str
    ink: str
    soft: str
    green: str


_THEMES = {
    CardTheme.LIGHT: _Colours("#fffefb", "#e2dfd4", "#1b2620", "#59655e", "#256347"),
    CardTheme.DARK: _Colours("#1a211d", "#2c3630", "#e6ebe5", "#a3aea6", "#86c9a2"),
}
# The plural forms of each language: one and other; in Russian one, few and many.
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "streak": ("day in a row", "days in a row"),
        "points": ("point", "points"),
        "achievements": ("achievement", "achievements"),
    },
    "ru": {
        "streak": ("день подряд", "дня подряд", "дней подряд"),
        "points": ("балл", "балла", "баллов"),
        "achievements": ("достижение", "достижения", "достижений"),
    },
}


def card(name: str, figures: Mapping[str, int], theme: CardTheme, order: tuple[str, ...]) -> str:
    """Return the picture. `figures` are those of streak, points and achievements that are shown; `order` are the
    reader's languages, best first."""
    colours, (language, words) = _THEMES[theme], choose(_WORDS, order)
    said = [(_number(value), _plural(value, language, words[figure])) for figure, value in figures.items()]
    shown = escape(_NO_XML.sub("", name))
    title = ", ".join([shown, *(f"{value} {word}" for value, word in said)])
    columns = "".join(
        f'<g transform="translate({_MARGIN + number * 124} 0)">'
        f'<text y="104" font-family="{_SERIF}" font-size="{min(32, 210 // len(value))}" '
        f'fill="{colours.ink}">{value}</text>'
        f'<text y="126" font-size="13" fill="{colours.soft}">{word}</text></g>'
        for number, (value, word) in enumerate(said)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" lang="{language}" font-family="{_SANS}"><title>{title}</title>'
        f'<rect x=".5" y=".5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" rx="14" '
        f'fill="{colours.paper}" stroke="{colours.line}"/>'
        f"{_name(shown, colours)}{columns}{_wreath(colours)}</svg>"
    )


def _name(name: str, colours: _Colours) -> str:
    """Return the name; one that is too long fades out where it ends, in the direction in which it is read."""
    is_rtl = _is_right_to_left(name)
    direction, x, end = ("rtl", _NAME_WIDTH, 0) if is_rtl else ("ltr", 0, _NAME_WIDTH - 40)
    stops = "".join(
        f'<stop offset="{offset}" stop-color="{colours.paper}" stop-opacity="{1 - offset if is_rtl else offset}"/>'
        for offset in (0, 1)
    )
    return (
        f'<linearGradient id="fade">{stops}</linearGradient>'
        f'<svg x="{_MARGIN}" y="20" width="{_NAME_WIDTH}" height="36" overflow="hidden">'
        f'<text x="{x}" y="24" direction="{direction}" unicode-bidi="embed" font-size="20" font-weight="600" '
        f'fill="{colours.ink}">{name}</text>'
        f'<rect x="{end}" width="40" height="36" fill="url(#fade)"/></svg>'
    )


def _is_right_to_left(text: str) -> bool:
    """True if the first letter with a direction goes to the left (the Unicode Bidirectional Algorithm, rule P2)."""
    return next((found for c in text if (found := unicodedata.bidirectional(c)) in ("L", "R", "AL")), "L") != "L"


def _wreath(colours: _Colours) -> str:
    leaf = "M0 0C-5-2-5-8 0-11 5-8 5-2 0 0Z"
    turns = (-158, -128, -98, -68, -38)
    branch = "".join(f'<path d="{leaf}" transform="rotate({turn}) translate(0 -14) rotate(48)"/>' for turn in turns)
    return (
        f'<g transform="translate({_WIDTH - 50} 46) scale(1.15)" fill="{colours.green}">{branch}'
        f'<g transform="scale(-1 1)">{branch}</g></g>'
    )


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _plural(value: int, language: str, forms: tuple[str, ...]) -> str:
    """Return the form for a whole number (CLDR's rules).

    https://www.unicode.org/cldr/charts/48/supplemental/language_plural_rules.html
    """
    if language != "ru":
        return forms[value != 1]
    if value % 10 == 1 and value % 100 != 11:
        return forms[0]
    return forms[1] if value % 10 in (2, 3, 4) and value % 100 not in (12, 13, 14) else forms[2]
