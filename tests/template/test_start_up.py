"""Functions do not import expensive packages at start-up, only on use: each costs more than our own code."""

import os
import subprocess
import sys

from tests.template import project, walk
from tests.template.project import FunctionFile

# boto3's client costs more than the rest of an endpoint; Powertools is needed only for failures and metrics.
LATER = {"boto3", "botocore", "aws_lambda_powertools"}


def loaded(files: list[FunctionFile]) -> set[str]:
    """Import these functions in a new process. Returns the loaded modules and their packages."""
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
    assert not found & LATER, f"import these inside the functions that use them, not at start-up: {found & LATER}"


def test_the_authorizer_starts_without_modules_of_endpoints() -> None:
    found = loaded([file for file in project.function_files() if file.room == "authorizer"])
    assert {"laurels", "jwt"} <= found
    heavy = LATER | {"pydantic", "pydantic_core", "laurels.http", "laurels.responses", "laurels.revisions"}
    assert not found & heavy, f"the authorizer imports these at start-up: remove or delay it: {found & heavy}"


def test_the_authorizer_s_modules_define_no_dataclasses() -> None:
    (file,) = (file for file in project.function_files() if file.room == "authorizer")
    modules = project.modules()
    on_the_way = {name: modules[name] for name in walk.of(file).reached if name in modules}
    assert {"laurels.table", "laurels.aws.client", "laurels.authorizer.jwks"} <= on_the_way.keys()
    found = {name for name, path in on_the_way.items() if "dataclasses" in project.imported_modules(path)}
    assert not found, f"replace dataclasses by NamedTuples, which load in a fifth of the time, in {found}"
