"""Events of documents and processings: one for each change, without texts."""

from typing import Any

import pytest

from laurels import keys
from laurels.events import rules as events_rules

RESUME = {"resume_id": "r", "title": "t", "excerpt": "secret", "created_at": "2026-11-20T18:22:05.000Z"}
REQUIREMENTS = {"requirements_id": "q", "title": "t", "created_at": "2026-11-20T18:22:05.000Z"}
STARTED = {
    **{"processing_id": "p", "resume_id": "r", "requirements_id": "q", "status": "in_progress"},
    "created_at": "2026-11-20T18:22:05.000Z",
}
DONE = STARTED | {"status": "succeeded", "score": 80, "finished_at": "2026-11-20T18:23:05.000Z"}
TIMED_OUT = STARTED | {"status": "failed", "finished_at": "2026-11-20T18:37:05.000Z"}


@pytest.mark.parametrize(
    ("key", "old", "new", "names"),
    [
        (keys.resume("anna", "r"), None, RESUME, ["resume.created"]),
        (keys.resume("anna", "r"), RESUME, RESUME | {"status": "ready"}, []),
        (keys.resume("anna", "r"), RESUME, None, ["resume.deleted"]),
        (keys.requirements("anna", "q"), None, REQUIREMENTS, ["requirements.created"]),
        (keys.requirements("anna", "q"), REQUIREMENTS, None, ["requirements.deleted"]),
        (keys.processing("anna", "p"), None, STARTED, ["processing.requested"]),
        (keys.processing("anna", "p"), None, DONE, ["processing.requested", "processing.finished"]),  # imported
        (keys.processing("anna", "p"), STARTED, DONE, ["processing.finished"]),
        (keys.processing("anna", "p"), STARTED, TIMED_OUT, ["processing.finished"]),
        (keys.processing("anna", "p"), DONE, DONE | {"v": 2}, []),
        (keys.processing("anna", "p"), DONE, None, ["processing.deleted"]),
        (keys.document_text("anna", "r"), None, {"text": "secret"}, []),
        (keys.processing_result("anna", "p"), None, {"matches": ["secret"]}, []),
        (keys.processing_starts("anna"), None, {"starts": [1]}, []),
        (keys.processing_owner("p"), None, {"user_id": "anna"}, []),
    ],
)
def test_a_change_is_told_once(key: Any, old: Any, new: Any, names: list[str]) -> None:
    found = events_rules.events(key, old, new)
    assert [event.name for event in found] == names
    assert all(event.user_id == "anna" and "secret" not in event.data.model_dump_json() for event in found)
