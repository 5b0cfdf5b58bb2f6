"""What a function does not pay for at start-up, though it may use it later: each costs more than our own code."""

import os
import subprocess
import sys

from tests.template import project, walk
from tests.template.project import FunctionFile

# boto3's client costs more than all the rest of an endpoint; Powertools is for what went wrong and what is counted.
LATER = {"boto3", "botocore", "aws_lambda_powertools"}


def loaded(files: list[FunctionFile]) -> set[str]:
    """The modules, and the packages that they are in, that a new process has loaded after importing these functions."""
    functions = [f"{file.room}.{file.name}" for file in files]
    text = f"import sys, importlib; [importlib.import_module(name) for name in {functions}]; print(*sys.modules)"
    paths = os.pathsep.join(map(str, (project.FUNCTIONS, project.LAURELS.parent)))
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, env={"PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert not done.returncode, f"a function cannot be imported:\n{done.stderr}"
    names = done.stdout.split()
    return {*names, *(name.partition(".")[0] for name in names)}


def test_no_function_starts_with_an_sdk_or_a_logger() -> None:
    found = loaded(project.function_files())
    assert {"laurels", "pydantic"} <= found
    assert not found & LATER, f"imported at start-up: {found & LATER}"


def test_the_authorizer_starts_without_what_only_endpoints_and_published_keys_need() -> None:
    found = loaded([file for file in project.function_files() if file.room == "authorizer"])
    assert {"laurels", "jwt"} <= found
    heavy = LATER | {"pydantic", "pydantic_core", "laurels.http", "laurels.responses", "laurels.revisions"}
    assert not found & heavy, f"imported at start-up: {found & heavy}"


def test_the_authorizer_s_own_modules_make_no_dataclasses() -> None:
    (file,) = (file for file in project.function_files() if file.room == "authorizer")
    modules = project.modules()
    on_the_way = {name: modules[name] for name in walk.of(file).reached if name in modules}
    assert {"laurels.table", "laurels.aws.client", "laurels.authorizer.jwks"} <= on_the_way.keys()
    found = {name for name, path in on_the_way.items() if "dataclasses" in project.imported_modules(path)}
    assert not found, f"NamedTuples cost a fifth of their start-up: {found}"
