"""A function's Environment has the settings that the function reads, and no others."""

import pytest

from laurels import settings
from tests.template import project, walk
from tests.template.project import FunctionFile

FILES = project.function_files()
# PYTHONTZPATH is read by Python, ENVIRONMENT by the metrics of all functions.
EVERYWHERE = {"PYTHONTZPATH", "ENVIRONMENT"}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_function_has_only_the_settings_that_it_reads(file: FunctionFile) -> None:
    function = project.function_of(file)
    read, given = walk.of(file).settings, function.environment.keys() - EVERYWHERE
    missing = read - given - EVERYWHERE - settings.TIME_LIMITS.keys()
    assert not missing, (
        f"{file.resource} reads {sorted(missing)}: add them to its Environment in template.yaml "
        "(or, for a time limit, give a default in TIME_LIMITS of layers/shared/laurels/settings.py)"
    )
    unread = given - read
    assert not unread, (
        f"{file.resource} never reads {sorted(unread)}: delete them from its Environment in template.yaml"
    )


def test_each_time_limit_is_read() -> None:
    read = set[str]().union(*(walk.of(file).settings for file in FILES))
    unread = settings.TIME_LIMITS.keys() - read
    assert not unread, f"no function reads {sorted(unread)}: delete them from TIME_LIMITS in laurels/settings.py"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_retries_end_before_the_function_s_time_out(file: FunctionFile) -> None:
    whole = {"RETRY_SECONDS", "BATCH_SECONDS", "IMPORT_SECONDS", "DRY_RUN_SECONDS"}
    timeout = project.function_of(file).timeout
    late = {name for name in walk.of(file).settings & whole if settings.TIME_LIMITS[name] >= timeout}
    assert not late, (
        f"{sorted(late)} are not below the Timeout of {file.resource} ({timeout} s): raise it in template.yaml, "
        "or lower them in laurels/settings.py"
    )
