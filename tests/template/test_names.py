"""A room has one name in all folders, and a function has one name in all files."""

import re
import subprocess

import pytest

from tests.template import project
from tests.template.project import EVENTS, LAURELS, ROOMS, ROOT, FunctionFile

TOP_LEVEL = {
    "README.md",
    "template.yaml",
    "samconfig.toml",
    "requirements-dev.txt",
    "functions",
    "layers",
    "events",
    "tests",
    "pyproject.toml",
    "Makefile",
    "local",
    ".ci",
    ".github",
    ".gitignore",
}
# Folders of laurels/ and events/ that are not rooms, each with its reason.
NO_ROOMS = {
    "laurels/aws": "the client behind the doors table, queues and storage",
    "laurels/people": "has no endpoints: data of users that several rooms need",
    "laurels/standings": "has no endpoints: data that stats, awards and boards share",
    "events/schemas": "holds contracts of queues, not events",
}

FILES = project.function_files()
ENDPOINTS = project.endpoint_files()

every_function = pytest.mark.parametrize("file", FILES, ids=str)
every_endpoint = pytest.mark.parametrize("file", ENDPOINTS, ids=str)


def test_the_top_level_has_the_fixed_names() -> None:
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        found = {name.partition("/")[0] for name in listed.splitlines()}
    else:  # an unpacked archive
        ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
        found = {path.name for path in ROOT.iterdir()} - ignored
    assert found == TOP_LEVEL, f"move {sorted(found - TOP_LEVEL)} into a folder; restore {sorted(TOP_LEVEL - found)}"


def test_functions_are_in_rooms() -> None:
    strangers = {file.room for file in FILES} - ROOMS
    assert not strangers, (
        f"move these folders of functions/ into a room, or add them to ROOMS in tests/template/project.py: {strangers}"
    )


def test_no_room_is_left_without_a_function() -> None:
    rooms = {file.room for file in FILES}
    folders = {f"laurels/{path.parent.name}" for path in LAURELS.glob("*/__init__.py")}
    folders |= {f"events/{path.parent.name}" for path in EVENTS.glob("*/*.json")}
    strangers = {folder for folder in folders if folder.partition("/")[2] not in rooms}
    assert strangers == set(NO_ROOMS), (
        "folders of laurels/ and events/ without functions are not rooms: move them, or change NO_ROOMS in "
        f"tests/template/test_names.py, with the reason: {sorted(strangers ^ set(NO_ROOMS))}"
    )


@every_function
def test_a_function_has_its_room_in_laurels(file: FunctionFile) -> None:
    assert (LAURELS / file.room / "service.py").exists(), (
        f"write layers/shared/laurels/{file.room}/service.py, which functions/{file}.py calls"
    )


@every_function
def test_a_function_has_its_resource(file: FunctionFile) -> None:
    assert project.function_of(file).handler == f"{file.room}.{file.name}.handler", (
        f"{file.resource} in template.yaml: set its Handler to {file.room}.{file.name}.handler"
    )


def test_a_resource_has_its_function() -> None:
    strangers = project.serverless_functions().keys() - {file.resource for file in FILES}
    assert not strangers, f"delete these functions from template.yaml, or write their files in functions/: {strangers}"


@every_function
def test_a_resource_is_under_the_banner_of_its_room(file: FunctionFile) -> None:
    project.function_of(file)
    banner = project.banners()[file.resource]
    assert banner == file.room, f"move {file.resource} in template.yaml from `# ---- {banner} ---` to `{file.room}`"


def test_banners_name_rooms() -> None:
    others = {"shared by all rooms", "addresses", "alarms"}
    found, wanted = set(project.banners().values()), others | {file.room for file in FILES}
    assert found == wanted, f"template.yaml: add or rename the banners `# ---- room ---` of {sorted(found ^ wanted)}"


@every_function
def test_a_function_has_its_sample_event(file: FunctionFile) -> None:
    assert project.sample_of(file)


def test_a_sample_event_has_its_function() -> None:
    folders = [path for path in EVENTS.iterdir() if path.is_dir() and f"events/{path.name}" not in NO_ROOMS]
    samples = {f"{path.parent.name}/{path.stem}" for folder in folders for path in folder.glob("*.json")}
    strangers = samples - set(map(str, FILES))
    assert not strangers, f"delete or rename these sample events, they have no function: {strangers}"


@every_endpoint
def test_an_endpoint_is_tagged_with_its_room_alone(file: FunctionFile) -> None:
    tags = project.operation_of(file)["tags"]
    assert tags == [file.room], f'write tags=["{file.room}"] in functions/{file}.py and run `make openapi`'


def test_every_room_with_endpoints_is_a_described_tag() -> None:
    document = project.openapi()
    found, wanted = {tag["name"] for tag in document["tags"]}, {file.room for file in ENDPOINTS}
    assert found == wanted, f"run `make openapi`: the tags of {sorted(found ^ wanted)} differ"
    assert all(tag["description"] for tag in document["tags"]), "describe each room under its banner in template.yaml"


def test_the_readme_maps_every_room_and_every_function() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## The map\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    mapped = {f"{row[0].strip('`')}/{name}" for row in rows for name in re.findall(r"`(\w+)`", row[-1])}
    functions = set(map(str, FILES))
    assert mapped == functions, (
        "README.md, The map: a room in each row, its functions in the last column; "
        f"missing {sorted(functions - mapped)}, left over {sorted(mapped - functions)}"
    )


@every_endpoint
def test_an_endpoint_is_one_short_file_with_one_route_of_its_name(file: FunctionFile) -> None:
    text = file.path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30, (
        f"functions/{file}.py is longer than 30 lines: move logic into laurels/{file.room}"
    )
    assert len(re.findall(r"^@app\.", text, re.MULTILINE)) == 1, f"functions/{file}.py: declare exactly one route"
    assert re.search(rf"^@app\..*?^def {file.name}\(", text, re.MULTILINE | re.DOTALL), (
        f"functions/{file}.py: name the function {file.name}"
    )


@every_function
def test_the_first_line_says_what_triggers_the_function(file: FunctionFile) -> None:
    app = project.application()
    triggers = [f"{route.method} {route.path}" for route in app.routes if route.function == file.resource]
    for consumer in app.consumers.values():
        if consumer.function == file.resource:
            queue = app.queue_of(consumer.source_arn)
            assert queue is not None, f"{file.resource} in template.yaml: its source is not a queue of the template"
            triggers.append(f"SQS {queue.name}")
    triggers += [f"Stream of {each.table}" for each in app.streams.values() if each.function == file.resource]
    for schedule in app.schedules.values():
        if schedule.function == file.resource:
            rate = re.fullmatch(r"rate\((?:1 )?(.+)\)", schedule.expression)
            assert rate, f"{file.resource} in template.yaml: write its schedule as a rate(…)"
            triggers.append(f"Schedule, every {rate[1]}")
    for subscription in app.subscriptions.values():
        if subscription.function == file.resource:
            (source,), (kind,) = subscription.pattern["source"], subscription.pattern["detail-type"]
            ((key,),) = (names for names in subscription.pattern["detail"]["object"].values())
            triggers.append(f"EventBridge {source}, {kind} under {key['prefix']}")
    for name, machine in project.machines().items():
        arn = app.functions[file.resource].arn
        triggers += [
            f"State machine {name}, {state}" for state, task in project.tasks(machine) if task["Resource"] == arn
        ]
    authorizers = [each for api in app.apis.values() for each in api.authorizers.values()]
    triggers += {
        f"Lambda authorizer of the HTTP API ({each.kind.upper()}, payload {each.payload_version}, simple response)"
        for each in authorizers
        if each.function == file.resource and each.simple
    }
    assert [file.trigger] == triggers, (
        f"the docstring of functions/{file}.py says that {file.trigger} triggers it, template.yaml says {triggers}"
    )
