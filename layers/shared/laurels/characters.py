"""Invisible characters, and whether a text shows anything."""

import re
import unicodedata

# Default_Ignorable_Code_Point of Unicode 15.1, which unicodedata does not have; format characters (category Cf) are
# found by unicodedata. https://www.unicode.org/Public/15.1.0/ucd/DerivedCoreProperties.txt
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Letters and symbols without ink: braille pattern blank, Khitan filler, hieroglyph blanks, musical null notehead.
_BLANK = "\u2800\U00016fe4\U00013441\U00013442\U0001d159"
IGNORABLE = re.compile(f"[{_IGNORABLE}]")
_UNSEEN = re.compile(f"[{_IGNORABLE}{_BLANK}]")
# Categories without ink: spaces, line ends, controls, format characters, surrogates. Unassigned characters are not
# among them: telephones show emoji that are newer than our Python's Unicode.
_EMPTY = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})


def is_blank(text: str) -> bool:
    """True if the text shows nothing: only spaces, controls and default-ignorable characters.

    One visible character is enough: emoji sequences and Persian words contain invisible ones too.
    """
    return all(unicodedata.category(character) in _EMPTY for character in _UNSEEN.sub("", text))
