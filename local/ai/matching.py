"""The stand-in for the AI service: matches keywords, and understands nothing.

A word of the requirements weighs the more, the fewer of their lines have it (inverse document frequency). The score is
the weight of those that the resume has, in percent of all.
"""

import math
import re
import unicodedata
from collections import Counter
from typing import Any

HONEST = "This is a match of keywords on your machine, not an AI's judgement."
# Words such as c++, c# and node.js are whole.
_WORD = re.compile(r"\.?[^\W_][\w+#]*(?:[.\-][^\W_][\w+#]*)*")
_SHORT = 2  # characters; shorter words are particles, unless they hold more than letters
_MATCHES, _MISSING = 50, 10
_GOOD, _FAIR = 70, 40  # percent


def match(resume: str, requirements: str) -> dict[str, Any]:
    """Return the score, the matched lines of the requirements, a recommendation and a verdict."""
    lines = [(line.strip(), set(words(line))) for line in requirements.splitlines() if line.strip()]
    frequency = Counter(word for _, found in lines for word in found)
    weights = {word: 1 + math.log(len(lines) / count) for word, count in frequency.items()}
    held = set(words(resume)) & weights.keys()
    total = sum(weights.values())
    score = round(100 * sum(weights[word] for word in held) / total) if total else 0
    matches = [
        line for line, found in lines if found and sum(weights[w] for w in found & held) >= _half(found, weights)
    ]
    missing = sorted(weights.keys() - held, key=lambda word: (-weights[word], word))[:_MISSING]
    absent = f" Words that the resume lacks: {', '.join(missing)}." if missing else " The resume has every word."
    verdict = "good match" if score >= _GOOD else "fair match" if score >= _FAIR else "weak match"
    return {
        "score": score,
        "matches": matches[:_MATCHES],
        "recommendation": HONEST + absent,
        "verdict": f"{verdict} of keywords",
    }


def words(text: str) -> list[str]:
    """Return the words of a text, without case and accents."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(each for each in folded if not unicodedata.combining(each))
    return [word for word in _WORD.findall(plain) if len(word) > _SHORT or not word.isalpha()]


def _half(found: set[str], weights: dict[str, float]) -> float:
    return sum(weights[word] for word in found) / 2
