"""Normalised words of names for the search: without case, accents and invisible characters. No I/O."""

import unicodedata

from laurels.characters import IGNORABLE

# Of the rules, and of the partitions: the next write of a profile replaces stored words of an older version.
VERSION = 3
SPREAD = 3  # the version since which words lie in several partitions
MAX_WORDS = 40  # a change of name replaces all words in one transaction, which holds 100 items
MAX_LENGTH = 64  # characters of a word that count
SHORTEST = 2  # characters of a word that can be searched for

# Letters that Unicode does not decompose into a plain letter and an accent, as people without them on their keyboard
# write them. Case folding handles `ß` and `ſ`.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng"}
)


# Apostrophes that Unicode counts as letters. They stand for the plain one (U+0027) and separate words as it does.
_APOSTROPHES = frozenset("\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u02ee\u07f4\u07f5\ua78b\ua78c")
_LENGTHENING = frozenset("\u0640\u07fa")  # tatweel in Arabic, lajanyalan in N'Ko: they only widen a word


def words(name: str, version: int = VERSION) -> list[str]:
    """Return the distinct words of a name or a search, normalised, in order. Anything but letters and digits separates
    words.

    `version` 1 neither ignored invisible characters nor took all apostrophes alike. 3 has the rules of 2.
    """
    text = "".join(character if _is_of_a_word(character) else " " for character in _normal(name, version))
    return list(dict.fromkeys(word[:MAX_LENGTH] for word in text.split()))[:MAX_WORDS]


def searched(query: str) -> list[str]:
    """Return the words of a search, the longest first, because it matches the fewest users."""
    return sorted(words(query), key=len, reverse=True)


def matches(asked: list[str], found: list[str]) -> bool:
    """True if each asked word is the beginning of a found word."""
    return all(any(word.startswith(prefix) for word in found) for prefix in asked)


def _normal(text: str, version: int) -> str:
    """Return the text folded and without accents: `МАРИЯ` as `мария`, `Élodie` as `elodie`, `Łukasz` as `lukasz`."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    if version > 1:
        seen = (character for character in folded if not _is_invisible(character))
        folded = "".join(" " if character in _APOSTROPHES else character for character in seen)
    plain = "".join(character for character in folded if not _is_accent(character)).translate(_PLAIN)
    return unicodedata.normalize("NFC", plain)  # Korean syllables and Japanese voicing marks come together again


def _is_accent(character: str) -> bool:
    """True for accents, by their combining class: above, below and through letters, and the points of Hebrew and
    Arabic; not the vowel signs of Indic scripts and the voicing of kana, which change the word.

    https://www.unicode.org/reports/tr44/#Canonical_Combining_Class_Values
    """
    place = unicodedata.combining(character)
    return place == 1 or 10 <= place <= 36 or place >= 200


def _is_invisible(character: str) -> bool:
    """True for joiners, soft hyphens, variation selectors and the like, and for characters that only widen a word."""
    return (
        unicodedata.category(character) == "Cf" or character in _LENGTHENING or IGNORABLE.match(character) is not None
    )


def _is_of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
