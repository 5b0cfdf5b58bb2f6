"""A client that openapi-python-client generates from openapi.json calls the service, and parses every answer."""

import importlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from local.contract.openapi import DOCUMENT
from tests.e2e.conftest import Service

pytestmark = pytest.mark.e2e

PACKAGE = "laurels_client"


class Client:
    """The generated package."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients = importlib.import_module(f"{PACKAGE}.client")

    def call(self, operation: str, token: str | None, path: list[str], body: Any) -> tuple[int, Any]:
        """Return status and parsed body. `operation` is its tag and operationId; `body` is as JSON, None without."""
        module = importlib.import_module(f"{PACKAGE}.api.{operation}")
        arguments = {}
        if body is not None:
            kind = module.sync_detailed.__annotations__["body"]
            arguments["body"] = (get_args(kind) or (kind,))[0].from_dict(body)
        made = self._clients
        client = made.AuthenticatedClient(self._url, token) if token else made.Client(self._url)
        with client:
            answer = module.sync_detailed(*path, client=client, **arguments)
        return int(answer.status_code), answer.parsed


@pytest.fixture(scope="module")
def client(stack: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("generated")
    config = folder / "config.json"
    # Nobody reads the client, so it is not formatted. The generator needs to know that a picture is text.
    config.write_text(json.dumps({"post_hooks": [], "content_type_overrides": {"image/svg+xml": "text/plain"}}))
    options = ["--path", str(DOCUMENT), "--output-path", str(folder / PACKAGE), "--meta=none", "--config", str(config)]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield Client(stack.url)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


# Operation, caller, variable parts of the path (ME: the learner), body, and the status and type of the answer.
ME = "<the learner>"
CODE = "a-generated-one"
DEFINITION = {"code": CODE, "points": 5, "translations": {"en": {"title": "Generated"}}}
UPDATE = {"event_id": "e1", "source": "tests", "occurred_at": "2026-11-20T18:22:05Z", "increments": {"tests_passed": 1}}
AVATAR = {"content_type": "image/png", "size": 1000}
CALLS: list[tuple[str, str | None, list[str], Any, int, str]] = [
    ("service.get_root", None, [], None, 200, "Root"),
    ("service.get_health", None, [], None, 200, "Health"),
    ("service.get_docs", None, [], None, 200, "str"),
    ("service.get_app", None, [], None, 200, "str"),
    ("profiles.get_me", "learner", [], None, 200, "OwnProfile"),
    # The first of two schemas has all fields of the second one: a client must not drop those of the owner's view.
    ("profiles.get_profile", "learner", [ME], None, 200, "Profile"),
    ("profiles.update_profile", "learner", [ME], {"about": "Reads."}, 200, "Profile"),
    ("profiles.list_profiles", "admin", [], None, 200, "ProfileListing"),
    ("preferences.update_preferences", "learner", [ME], {"theme": "dark"}, 200, "Preferences"),
    ("sessions.list_sessions", "learner", [ME], None, 200, "SessionListing"),
    ("avatars.start_avatar_upload", "learner", [ME], AVATAR, 201, "AvatarForm"),
    ("achievements.create_achievement", "admin", [], DEFINITION, 201, "AchievementDefinition"),
    ("achievements.get_achievement", "admin", [CODE], None, 200, "EditableAchievement"),
    ("achievements.get_achievement", None, [CODE], None, 200, "Achievement"),
    ("achievements.list_achievements", None, [], None, 200, "AchievementListing"),
    ("achievements.award_achievement", "service", [ME], {"code": CODE}, 201, "Award"),
    ("achievements.award_achievement", "service", [ME], {"code": CODE}, 200, "Award"),
    ("achievements.list_awards", "learner", [ME], None, 200, "AwardListing"),
    ("achievements.revoke_award", "service", [ME, CODE], None, 204, "NoneType"),
    ("badges.create_badge", "learner", [ME], {"name": "Reader"}, 201, "Badge"),
    ("badges.list_badges", "learner", [ME], None, 200, "BadgeListing"),
    ("goals.create_goal", "learner", [ME], {"title": "Read"}, 201, "Goal"),
    ("goals.list_goals", "learner", [ME], None, 200, "GoalListing"),
    ("stats.get_stats", "learner", [ME], None, 200, "Stats"),
    ("stats.submit_stat_update", "service", [ME], UPDATE, 202, "Accepted"),
    ("streaks.get_streaks", "learner", [ME], None, 200, "Streaks"),
    ("streaks.add_freezes", "service", [ME], {"count": 1}, 201, "FreezesHeld"),
    ("leaderboards.list_boards", None, [], None, 200, "Boards"),
    # Errors: of the gateway, and of the service.
    ("profiles.get_me", None, [], None, 401, "GatewayError"),
    ("profiles.get_me", "nobody", [], None, 403, "GatewayError"),
    ("stats.get_stats", "nobody", [ME], None, 403, "GatewayError"),
    ("stats.get_stats", None, ["me"], None, 401, "Problem"),
    ("profiles.list_profiles", "learner", [], None, 403, "Problem"),
    ("goals.get_goal", "learner", [ME, "0" * 32], None, 404, "Problem"),
    ("achievements.create_achievement", "admin", [], DEFINITION, 409, "Problem"),
    ("goals.create_goal", "learner", [ME], {"title": " "}, 422, "Problem"),
]


def test_every_answer_has_its_type(client: Client, stack: Service) -> None:
    learner = f"ada-{uuid.uuid4()}"
    tokens = stack.tokens() | {"learner": stack.token(learner), "nobody": stack.token(learner, ttl=-3600)}
    wrong = []
    for operation, caller, path, body, *expected in CALLS:
        parts = [learner if part == ME else part for part in path]
        status, parsed = client.call(operation, tokens[caller] if caller else None, parts, body)
        if [status, type(parsed).__name__] != expected:
            wrong.append((operation, caller, parsed, status, type(parsed).__name__, expected))
    assert not wrong
    answered = {operation for operation, *_, status, _ in CALLS if status < 300}
    assert len(answered) >= 20
    assert {status for *_, status, _ in CALLS} >= {401, 403, 404, 409, 422}
