"""Every setting that a function reads is set for it, and none is set that it never reads."""

import pytest

from laurels import settings
from tests.template import project, walk
from tests.template.project import FunctionFile

FILES = project.function_files()
READ_BY_OTHERS = ("POWERTOOLS_", "PYTHONTZPATH")  # Powertools and Python


def own_variables(file: FunctionFile) -> set[str]:
    declared = project.serverless_functions()[file.resource].get("Environment", {}).get("Variables", {})
    return set(declared)


def global_variables() -> set[str]:
    variables = project.application().source["Globals"]["Function"]["Environment"]["Variables"]
    return {name for name in variables if not name.startswith(READ_BY_OTHERS)}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_function_gets_the_settings_it_reads(file: FunctionFile) -> None:
    read, variables = walk.of(file).settings, project.application().functions[file.resource].environment
    missing = read - variables.keys() - settings.TIME_LIMITS.keys()
    assert not missing, (
        f"{file.resource} reads {sorted(missing)}: set them in template.yaml; "
        "a time limit needs a default in TIME_LIMITS of layers/shared/laurels/settings.py instead"
    )
    unread = own_variables(file) - read
    assert not unread, f"{file.resource} is given {sorted(unread)} and never reads them"


def test_what_every_function_is_given_more_than_one_reads() -> None:
    readers = {name: [str(file) for file in FILES if name in walk.of(file).settings] for name in global_variables()}
    few = {name: files for name, files in readers.items() if len(files) < 2}
    assert not few, f"give these to the functions that read them, not to all: {few}"


def test_each_time_limit_is_read() -> None:
    read = set[str]().union(*(walk.of(file).settings for file in FILES))
    unread = settings.TIME_LIMITS.keys() - read
    assert not unread, f"no function reads {sorted(unread)}: delete them from TIME_LIMITS in laurels/settings.py"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_what_a_function_does_repeatedly_ends_before_its_own_time(file: FunctionFile) -> None:
    whole = {"RETRY_SECONDS", "BATCH_SECONDS", "IMPORT_SECONDS", "DRY_RUN_SECONDS"}
    timeout = project.application().functions[file.resource].timeout
    late = {name for name in walk.of(file).settings & whole if settings.TIME_LIMITS[name] >= timeout}
    assert not late, f"{sorted(late)} are not below the Timeout of {file.resource} ({timeout} s) in template.yaml"
