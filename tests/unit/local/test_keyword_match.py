"""The stand-in for the AI service: words of any script, weighted by rarity, and labelled as a keyword match."""

import json

import pytest

from laurels.documents.models import ProcessingResult
from local.ai import matching, service

REQUIREMENTS = "Python and AWS Lambda\nC++ or C#, Node.js\nОпыт работы с Ёмкостями"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C++, C#. Node.js!", ["c++", "c#", "node.js"]),
        (".NET and résumé", [".net", "and", "resume"]),
        ("Ёлка йод", ["елка", "иод"]),
        ("Ｐｙｔｈｏｎ 3.13", ["python", "3.13"]),
        ("a of и", []),
        ("front-end", ["front-end"]),
    ],
)
def test_words_are_whole_and_folded(text: str, found: list[str]) -> None:
    assert matching.words(text) == found


def test_a_resume_with_every_word_scores_100_and_one_with_none_0() -> None:
    everything = matching.match(REQUIREMENTS.upper(), REQUIREMENTS)
    assert (everything["score"], everything["matches"]) == (100, REQUIREMENTS.splitlines())
    nothing = matching.match("cook", REQUIREMENTS)
    assert (nothing["score"], nothing["matches"]) == (0, [])
    assert "python" in nothing["recommendation"]


def test_a_rare_word_weighs_more_than_one_of_every_line() -> None:
    requirements = "we want python\nwe want rust\nwe want docker"
    assert matching.match("docker", requirements)["score"] > matching.match("want", requirements)["score"]


def test_an_answer_is_a_valid_result_and_says_what_it_is() -> None:
    texts = {"resume": "я " * 7_500, "requirements": "\n".join(f"слово{number}" for number in range(500))}
    result = ProcessingResult.from_json(service.answer(json.dumps({"processing_id": "p", **texts})))
    assert matching.HONEST in (result.recommendation or "")
    assert len(result.recommendation or "") <= 1_500
    assert result.success
    assert result.score == 0


def test_empty_requirements_are_no_error() -> None:
    assert matching.match("x", "...")["score"] == 0
