"""Names as they are searched: words without case and accents. Pure thinking."""

import unicodedata

from laurels.characters import IGNORABLE

VERSION = 2  # of the rules; stored words of an older one are replaced when the profile is next written
MAX_WORDS = 40  # a change of name replaces all of them by others in one transaction, which holds 100 items
MAX_LENGTH = 64  # characters of a word that count
SHORTEST = 2  # characters of a word that can be searched for

# Letters that Unicode does not take apart into a plain one and an accent, as people without them on their keyboard
# write them. `ß` and `ſ` are left to case folding.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng"}
)


# Apostrophes that Unicode counts as letters. They stand for the plain one (U+0027) and separate words as it does.
_APOSTROPHES = frozenset("\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u02ee\u07f4\u07f5\ua78b\ua78c")
_LENGTHENING = frozenset("\u0640\u07fa")  # tatweel in Arabic, lajanyalan in N'Ko: they make a word wider, no other word


def words(name: str, version: int = VERSION) -> list[str]:
    """The distinct words of a name or a search, in their order, normalised. What is no letter or digit parts them.

    `version` 1 neither ignored invisible characters nor took all apostrophes alike.
    """
    text = "".join(character if _is_of_a_word(character) else " " for character in _normal(name, version))
    return list(dict.fromkeys(word[:MAX_LENGTH] for word in text.split()))[:MAX_WORDS]


def searched(query: str) -> list[str]:
    """The words of a search, the longest (which finds the fewest) first."""
    return sorted(words(query), key=len, reverse=True)


def matches(asked: list[str], found: list[str]) -> bool:
    """True if each word that is asked for is the beginning of a word that is found."""
    return all(any(word.startswith(prefix) for word in found) for prefix in asked)


def _normal(text: str, version: int) -> str:
    """Folded and without accents. `Мария`, `МАРИЯ` are one; `Élodie`, `elodie`; `Łukasz`, `lukasz`; `ёлка`, `елка`."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    if version > 1:
        seen = (character for character in folded if not _is_invisible(character))
        folded = "".join(" " if character in _APOSTROPHES else character for character in seen)
    plain = "".join(character for character in folded if not _is_accent(character)).translate(_PLAIN)
    return unicodedata.normalize("NFC", plain)  # Korean syllables and Japanese voicing marks come together again


def _is_accent(character: str) -> bool:
    """By Unicode's combining class: above, below and through letters, and the points of Hebrew and Arabic. Not the
    vowel signs of Indic scripts and the voicing of kana: those make another word.
    https://www.unicode.org/reports/tr44/#Canonical_Combining_Class_Values"""
    place = unicodedata.combining(character)
    return place == 1 or 10 <= place <= 36 or place >= 200


def _is_invisible(character: str) -> bool:
    """Joiners, soft hyphens, variation selectors and the like, and what only makes a word wider."""
    return (
        unicodedata.category(character) == "Cf" or character in _LENGTHENING or IGNORABLE.match(character) is not None
    )


def _is_of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
