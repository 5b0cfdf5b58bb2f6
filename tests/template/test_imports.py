"""Imports run one way: function → http and its room's service → rules, models, keys and the doors to AWS."""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.template import project
from tests.template.project import LAURELS, ROOT


def is_in(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


MODULES = project.modules()
DOORS = {
    *("laurels.table", "laurels.queues", "laurels.storage", "laurels.bus", "laurels.secrets", "laurels.executions"),
    "laurels.bedrock",
}
# Modules that rules and models may not import, directly or indirectly.
IO = {
    *DOORS,
    *("laurels.aws", "laurels.http", "laurels.telemetry", "laurels.settings"),
    *("boto3", "botocore", "aws_lambda_powertools"),
    *("os", "io", "socket", "ssl", "http", "urllib.request", "urllib3", "subprocess", "pathlib", "shutil", "tempfile"),
    *("sqlite3", "threading", "asyncio", "concurrent", "importlib", "sys"),
}

# Exceptions, each with its reason. An exception that is no longer needed fails the test.
FUNCTIONS_MAY_IMPORT = {
    **{
        (f"achievements.{name}", "laurels.achievements.catalogue"): "definitions and awards are two services"
        for name in (
            *("archive_achievement", "create_achievement", "get_achievement"),
            *("import_achievements", "list_achievements", "update_achievement"),
        )
    },
    **{
        (
            f"achievements.{name}",
            "laurels.achievements.catalogue_models",
        ): "awards do not load models of definitions"
        for name in (
            *("create_achievement", "get_achievement", "import_achievements"),
            *("list_achievements", "update_achievement"),
        )
    },
    ("achievements.start_backfill", "laurels.achievements.backfill_models"): "nobody else loads what only it needs",
    ("achievements.backfill_achievement", "laurels.achievements.backfill"): "nobody else loads what only it needs",
    ("achievements.backfill_achievement", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
    ("achievements.start_backfill", "laurels.achievements.backfill"): "nobody else loads what only it needs",
    ("authorizer.authorize", "laurels.authorizer.log"): "http does not log for it",
    (
        "authorizer.authorize",
        "laurels.authorizer.rules",
    ): "turns a Refused into a response, as http does with a Problem",
    (
        "avatars.process_avatar",
        "laurels.avatars.processing",
    ): "is triggered by an event, and other functions do not load Pillow",
    ("events.ingest_user_events", "laurels.events.ingesting"): "publishing does not load what only it needs",
    ("events.ingest_user_events", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
    ("events.publish_events", "laurels.streams"): "is triggered by a stream, so streams stands in for http",
    ("documents.extract_text", "laurels.documents.extraction"): "is triggered by an event; others do not load it",
    **{
        (f"documents.{name}", "laurels.documents.processings"): "documents and their processings are two services"
        for name in (
            *("batch_delete_processings", "delete_processing", "get_processing"),
            *("list_processings", "start_processing"),
        )
    },
    ("documents.request_processings", "laurels.documents.requesting"): "is triggered by the stream",
    ("documents.request_processings", "laurels.streams"): "is triggered by the stream, so streams stands in for http",
    ("documents.ask_model", "laurels.documents.matching"): "is triggered by a queue",
    ("documents.ask_model", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
    ("documents.apply_processing_results", "laurels.documents.results"): "is triggered by a queue",
    ("documents.apply_processing_results", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
    **{
        (f"groups.{name}", f"laurels.groups.{module}"): "what a group does is several services"
        for name, module in (
            *((each, "membership") for each in ("import_members", "put_member", "remove_member")),
            *(
                ("delete_group", "deletion"),
                ("award_members", "awarding"),
                ("get_group_board", "boards"),
                ("get_group_report", "reports"),
            ),
        )
    },
    ("achievements.count_awards", "laurels.achievements.rarity"): "the room's endpoints do not load it",
    (
        "leaderboards.compute_leaderboards",
        "laurels.leaderboards.computing",
    ): "functions that read boards do not load it",
    **{
        (
            f"leaderboards.{name}",
            f"laurels.leaderboards.{module}",
        ): "is a step of the state machine; others do not load it"
        for name in ("rank_partition", "plan_ranges", "merge_range", "join_board", "publish_boards")
        for module in ("distributed", "versions")
    },
    ("leaderboards.join_board", "laurels.leaderboards.files"): "its result names a layout",
    ("leaderboards.rank_partition", "laurels.leaderboards.incremental"): "its result names runs",
    ("leaderboards.plan_ranges", "laurels.leaderboards.incremental"): "its event names runs",
    ("privacy.erase_user", "laurels.privacy.erasing"): "the room's endpoints do not load it",
    ("privacy.erase_user", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
    ("privacy.export_user", "laurels.privacy.exporting"): "the room's endpoints do not load it",
    ("privacy.export_user", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
    ("stats.apply_stat_updates", "laurels.queues"): "is triggered by a queue, so queues stands in for http",
}
ROOMS_MAY_IMPORT = {
    ("achievements", "goals"): "an award may complete a goal, in the same transaction",
    ("avatars", "people"): "an avatar is shown by the profile",
    ("achievements", "people"): "the owner's visibility says who may see the awards",
    ("achievements", "standings"): "an award and its points are one transaction",
    ("authorizer", "sessions"): "whether a session has ended is one rule",
    ("badges", "people"): "the owner's visibility says who may see the badges",
    ("badges", "standings"): "the owner's time zone says what day it is",
    ("events", "people"): "a message about a user changes the profile",
    ("events", "preferences"): "a reminder says how a user wants to be notified",
    ("events", "privacy"): "a message that a user was deleted erases the user",
    ("events", "standings"): "stats, streaks and time zones follow from the standing",
    ("events", "streaks"): "whether a streak is longer than it was, or at risk, is one rule",
    ("goals", "people"): "the owner's visibility says who may see the goals",
    ("goals", "standings"): "targets are stats, and a check-in makes an active day",
    ("groups", "achievements"): "teachers award achievements",
    ("groups", "goals"): "a report counts goals",
    ("groups", "leaderboards"): "a group's board follows the rules of the platform's boards",
    ("groups", "people"): "names and pictures are read when members are shown",
    ("groups", "privacy"): "the queue of erasures finishes deletions that are interrupted",
    ("groups", "standings"): "boards and reports are computed from standings",
    ("groups", "stats"): "a report shows the scores of week and month",
    ("groups", "streaks"): "a report shows streaks",
    ("leaderboards", "events"): "the pass over all standings finds the streaks that are at risk",
    ("leaderboards", "people"): "names and pictures are read when a board is shown",
    ("leaderboards", "standings"): "boards are computed from standings",
    ("metrics", "standings"): "stat updates read the definitions of metrics along with the standing",
    ("people", "standings"): "a user's profile and standing are read in one request",
    ("preferences", "people"): "preferences are a part of the profile's item",
    ("preferences", "standings"): "how boards list a user is a preference",
    ("privacy", "documents"): "the queue of erasures finishes deletions that are interrupted",
    ("privacy", "people"): "an erasure deletes the profile with its index items",
    ("privacy", "standings"): "an erasure hides the user from boards, and an export unpacks the standing",
    ("profiles", "achievements"): "can be had along with the profile",
    ("profiles", "badges"): "can be had along with the profile",
    ("profiles", "goals"): "can be had along with the profile",
    ("profiles", "preferences"): "can be had along with one's own profile",
    ("profiles", "people"): "the owner's visibility says who may see the profile",
    ("profiles", "standings"): "a profile shows points and progress",
    ("profiles", "stats"): "can be had along with the profile",
    ("profiles", "streaks"): "a card shows the streak",
    ("stats", "achievements"): "an update and the awards it earns are one transaction",
    ("streaks", "people"): "the owner's visibility says who may see the streaks",
    ("streaks", "standings"): "the standing holds the days and the freezes",
    ("stats", "people"): "the owner's visibility says who may see the stats",
    ("stats", "standings"): "stats are a view of the standing",
}
# The client that the doors share.
BEHIND_THE_DOORS = {name for name in MODULES if is_in(name, {"laurels.aws"})}


def compare(found: set[Any], allowed: Iterable[Any], rule: str) -> None:
    """Fail for imports that are not allowed, and for exceptions without an import."""
    assert not found - set(allowed), (
        f"{rule}; move these imports, or add an exception with its reason to tests/template/test_imports.py: "
        f"{sorted(found - set(allowed))}"
    )
    assert not set(allowed) - found, (
        "delete these exceptions from tests/template/test_imports.py, nothing needs them: "
        f"{sorted(set(allowed) - found)}"
    )


def imports_of(module: str) -> set[str]:
    return project.imported_modules(MODULES[module])


def test_a_function_imports_http_paging_and_its_own_room() -> None:
    found = set()
    for file in project.function_files():
        own = {"laurels.http", "laurels.paging", *(f"laurels.{file.room}.{part}" for part in ("service", "models"))}
        for module in project.imported_modules(file.path) - own:
            if is_in(module, {"laurels", "boto3", "botocore", "aws_lambda_powertools"}):
                found.add((f"{file.room}.{file.name}", module))
    compare(found, FUNCTIONS_MAY_IMPORT, "a function imports laurels.http, and service and models of its room")


def test_only_functions_import_http() -> None:
    found = {name for name in MODULES if name.startswith("laurels.") and "laurels.http" in imports_of(name)}
    assert not found, f"only functions import laurels.http: take it out of {found}"


def test_nothing_in_laurels_imports_a_function() -> None:
    rooms = {file.room for file in project.function_files()}
    found = {
        name for name in MODULES if name.startswith("laurels") and any(is_in(each, rooms) for each in imports_of(name))
    }
    assert not found, f"move what these modules import from functions/ into laurels: {found}"


def test_only_the_doors_speak_to_aws() -> None:
    clients = {"boto3", "botocore", *BEHIND_THE_DOORS}
    found = {name for name in MODULES if any(is_in(each, clients) for each in imports_of(name))}
    compare(found - BEHIND_THE_DOORS, DOORS, "only the doors speak to AWS")


def test_rooms_import_other_rooms_only_for_a_reason() -> None:
    found = {
        (project.room_of(name), project.room_of(each))
        for name in MODULES
        for each in imports_of(name)
        if project.room_of(name) and project.room_of(each) and project.room_of(name) != project.room_of(each)
    }
    compare(found, ROOMS_MAY_IMPORT, "a room (left) imports another (right) only for a reason given here")


def test_rooms_do_not_import_each_other_in_circles() -> None:
    waiting = dict.fromkeys(project.room_of(name) for name in MODULES)
    pairs = set(ROOMS_MAY_IMPORT)
    while free := [room for room in waiting if room not in {importer for importer, _ in pairs}]:
        for room in free:
            del waiting[room]
        pairs = {pair for pair in pairs if pair[1] not in free}
    assert not waiting, (
        f"break the circle between these rooms, shared code belongs into a room of its own: {sorted(waiting)}"
    )


def test_shared_modules_import_no_room() -> None:
    shared = [name for name in MODULES if name.startswith("laurels.") and not project.room_of(name)]
    found = {name for name in shared if any(project.room_of(each) for each in imports_of(name))}
    assert not found, (
        f"modules outside of rooms import no room: move these into the room, or invert the import: {found}"
    )


@pytest.mark.parametrize("module", [name for name in MODULES if name.endswith((".rules", ".models"))])
def test_rules_and_models_reach_no_io(module: str) -> None:
    waiting, seen = [module], {module: ""}
    while waiting:
        importer = waiting.pop()
        for each in imports_of(importer):
            if each not in seen:
                seen[each] = importer
                if each in MODULES:
                    waiting.append(each)
    reached = {each: importer for each, importer in seen.items() if is_in(each, IO)}
    assert not reached, f"move the I/O of {module} into the service (module: imported by): {reached}"


def import_name(module: str) -> str:
    """The name under which other rooms import a module: `service` becomes the room, `rules` becomes `<room>_rules`."""
    room, name = project.room_of(module), module.rpartition(".")[2]
    if room and name == "service":
        return room
    return f"{room}_{name}" if room and name in ("rules", "models") else name


def test_no_two_modules_share_a_name() -> None:
    modules = [name for name in MODULES if name.startswith("laurels.") and MODULES[name].name != "__init__.py"]
    by_name = {import_name(module): module for module in reversed(modules)}
    found = [f"{module} and {by_name[import_name(module)]}" for module in modules if module not in by_name.values()]
    assert not found, f"rename one of two modules that others import under the same name: {found}"


@pytest.mark.parametrize("folder", ["layers/shared/laurels", "functions", "local", "tests"])
def test_a_module_is_imported_under_one_name(folder: str) -> None:
    """`standings` is always laurels.standings.service, `standings_rules` always its rules. In the room's own files they
    are `service` and `rules`; the room's tests may use either."""
    found = []
    for path in sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts):
        for node in ast.walk(project.tree(path)):
            if not isinstance(node, ast.ImportFrom):
                continue
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                room = project.room_of(module)
                if module not in MODULES or not room:
                    continue
                own, needed = alias.name, import_name(module)
                is_own = room in path.relative_to(ROOT).parts[:-1]
                allowed = {own, needed} if is_own and folder == "tests" else {own} if is_own else {needed}
                if (alias.asname or alias.name) not in allowed:
                    name = own if is_own else needed
                    wanted = f"from {node.module} import {own}" + (f" as {name}" if name != own else "")
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: write `{wanted}`")
    assert not found, "a module has one name wherever it is imported:\n" + "\n".join(found)


def test_key_prefixes_are_spelled_in_keys_only() -> None:
    keys = LAURELS / "keys.py"
    prefixes = {text for _, text in project.texts(keys) if text.endswith(("#", "/")) and len(text) > 1}
    prefixes |= {f"{text.partition('/')[0]}/" for _, text in project.texts(keys) if "/" in text.strip("/")}
    assert {"USER#", "STANDING#", "boards/"} <= prefixes
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in MODULES.values()
        if path != keys
        for line, text in project.texts(path)
        if text.startswith(tuple(prefixes))
    ]
    assert not found, "take these keys from a function of laurels/keys.py: " + "; ".join(found)


def test_packages_have_empty_init_files() -> None:
    inits = sorted(LAURELS.rglob("__init__.py"))
    folders = {path.parent for path in LAURELS.rglob("*.py")}
    assert {init.parent for init in inits} == folders, "add an empty __init__.py to each folder of laurels/"
    # That of laurels itself sets what must be set before anything else is imported.
    assert not [str(init) for init in inits if init.read_bytes() and init.parent != LAURELS], (
        "empty each __init__.py of laurels/: every import runs it"
    )
    assert not list(project.FUNCTIONS.rglob("__init__.py")), (
        "delete __init__.py from functions/: its folders are namespace packages"
    )


def test_nothing_is_printed() -> None:
    found = [str(path.relative_to(ROOT)) for path in MODULES.values() if _prints(path)]
    assert not found, f"replace print by telemetry.logger in {found}"


def _prints(path: Path) -> bool:
    names = (node for node in ast.walk(project.tree(path)) if isinstance(node, ast.Name))
    return any(node.id == "print" for node in names)
