"""Functions in warm processes: their environment, how they end, how they are replaced."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.runtime import functions
from local.runtime.functions import LARGEST_POOL, EventTooLarge, Functions, Unavailable
from local.runtime.process import Process, search_path
from local.template import loader

from . import layers
from .calls import runs, wait_until

HANDLER = """
import os, time
VERSION = {version}
def handler(event, context):
    if event.get("print"):
        print(event["print"])
    if meeting := event.get("meeting"):  # a folder: wait until two processes have written to it
        open(os.path.join(meeting, str(os.getpid())), "w").close()
        while len(os.listdir(meeting)) < 2:
            time.sleep(0.01)
    time.sleep(event.get("sleep", 0))
    return {{"version": VERSION, "process": os.getpid()}}
"""


@pytest.fixture
def own(tmp_path: Path, toy: Any, log: Any) -> Iterator[Any]:
    """`Functions` with one sample function, whose code the test can change."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(HANDLER.format(version=1))
    function = replace(toy.functions["Echo"], name="Own", handler="app.handler", code=code, layers=(), timeout=120)
    running = Functions([function], {"Own": {}}, toy.region, log)
    yield running
    running.close()


def environment(served: Any) -> Any:
    event: dict[str, Any] = {"pathParameters": {}}
    return served.functions.invoke("Echo", {"event": event}).value()["body"]


def test_a_function_sees_lambdas_environment_and_not_this_machines(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = json.loads(environment(served))
    actual = seen["environment"]
    assert actual["AWS_LAMBDA_FUNCTION_NAME"] == "laurels-Echo"
    assert actual["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert actual["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert actual["LAMBDA_TASK_ROOT"] == str(served.application.functions["Echo"].code)
    assert actual["GREETING"] == "hello from dev"
    assert actual["AWS_ACCESS_KEY_ID"]
    assert "VIRTUAL_ENV" not in actual
    assert not [name for name in actual if name.startswith("PYTEST")]
    assert seen["layer"] == "from the layer"
    assert seen["arn"] == served.application.functions["Echo"].arn
    assert 0 < seen["remaining"] <= 10_000


def test_running_a_function_writes_no_bytecode_into_its_folders(served: Any) -> None:
    environment(served)
    folders = [served.application.functions["Echo"].code, *served.application.functions["Echo"].layers]
    assert not [found for folder in folders for found in folder.rglob("__pycache__")]


def test_a_process_stays_warm(own: Any) -> None:
    first, second = own.invoke("Own", {}).value(), own.invoke("Own", {}).value()
    assert first["process"] == second["process"]


def test_concurrent_invocations_use_separate_processes_up_to_the_largest_pool(own: Any, tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    with ThreadPoolExecutor(LARGEST_POOL * 3) as executor:
        calls = [executor.submit(own.invoke, "Own", {"meeting": str(meeting)}) for _ in range(LARGEST_POOL * 3)]
    assert 2 <= len({call.result().value()["process"] for call in calls}) <= LARGEST_POOL


def test_changed_code_is_reloaded(own: Any, tmp_path: Path) -> None:
    assert own.invoke("Own", {}).value()["version"] == 1
    (tmp_path / "code" / "app.py").write_text(HANDLER.format(version=22))
    assert wait_until(lambda: own.invoke("Own", {}).value()["version"] == 22)


def test_code_that_failed_to_import_is_reloaded_once_fixed(own: Any, tmp_path: Path) -> None:
    (tmp_path / "code" / "app.py").write_text("import nothing_of_that_name")
    outcome = own.invoke("Own", {})
    assert outcome.failed
    assert outcome.value()["errorType"] == "Runtime.ImportModuleError"
    (tmp_path / "code" / "app.py").write_text(HANDLER.format(version=3))
    assert own.invoke("Own", {}).value()["version"] == 3


def test_an_exception_becomes_a_function_error(served: Any) -> None:
    outcome = served.functions.invoke("Misbehave", {"pathParameters": {"how": "raise"}})
    assert outcome.failed
    assert (outcome.value()["errorType"], outcome.value()["errorMessage"]) == ("ValueError", "as asked")
    assert wait_until(lambda: "ValueError: as asked" in served.log.text())


def test_a_process_that_dies_becomes_a_function_error(served: Any) -> None:
    outcome = served.functions.invoke("Misbehave", {"pathParameters": {"how": "die"}})
    assert outcome.failed
    assert outcome.value()["errorType"] == "Runtime.ExitError"
    assert outcome.value()["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


def test_a_timeout_ends_the_process(served: Any) -> None:
    while (first := served.functions.invoke("Brief", {"pathParameters": {"how": "not"}})).failed:
        pass  # the machine stalled for longer than the function's timeout
    outcome = served.functions.invoke("Brief", {"pathParameters": {"how": "sleep"}})
    assert outcome.failed
    assert outcome.value()["errorMessage"].endswith("Task timed out after 2.00 seconds")
    assert not runs(int(first.value()["body"]))


def test_a_function_keeps_running_after_its_caller_gives_up(own: Any) -> None:
    process = own.invoke("Own", {}).value()["process"]
    with pytest.raises(Unavailable):
        own.invoke("Own", {"sleep": 60}, patience=0.1)
    assert runs(process)


def test_an_event_too_large_for_lambda_is_refused(own: Any) -> None:
    with pytest.raises(EventTooLarge):
        own.invoke("Own", {"text": "x" * 6 * 1024 * 1024})


def test_a_process_killed_while_idle_is_replaced(own: Any) -> None:
    process = own.invoke("Own", {}).value()["process"]
    os.kill(process, 9)
    assert wait_until(lambda: not runs(process))
    outcome = own.invoke("Own", {})
    assert outcome.value()["process"] != process


def test_the_connection_is_closed_when_a_process_dies_right_after_its_result(
    own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    class Dying(Process):
        def finish(self, *arguments: Any) -> Any:
            frame = super().finish(*arguments)
            self.crash()
            self._child.wait()
            ended.append(self)
            return frame

    monkeypatch.setattr(functions, "Process", Dying)
    assert own.invoke("Own", {}).value()["version"] == 1
    (process,) = ended
    assert process._connection.fileno() == -1


def test_printed_lines_are_logged_under_the_functions_name(own: Any, log: Any) -> None:
    own.invoke("Own", {"print": "a line of mine"})
    assert wait_until(lambda: ("Own", "a line of mine") in log)


def test_closing_ends_every_process_even_a_busy_one(own: Any, log: Any) -> None:
    process = own.invoke("Own", {}).value()["process"]
    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(own.invoke, "Own", {"print": "at work", "sleep": 60})
        assert wait_until(lambda: ("Own", "at work") in log)
        own.close()
        assert running.result().value()["errorType"] == "Runtime.ExitError"
    assert not runs(process)


def test_an_unsupported_runtime_is_reported_as_the_error(toy: Any, log: Any) -> None:
    function = replace(toy.functions["Echo"], name="Other", problem="its runtime is nodejs22.x: only Python runs here")
    functions = Functions([function], {"Other": {}}, toy.region, log)
    assert functions.invoke("Other", {}).value()["errorMessage"] == (
        "It cannot run here: its runtime is nodejs22.x: only Python runs here"
    )
    functions.close()


def test_a_layer_is_on_the_path_unless_it_is_a_list_of_requirements(tmp_path: Path, toy: Any) -> None:
    built, listed, plain, both = (tmp_path / name for name in ("built", "listed", "plain", "both"))
    for folder in (built / "python", listed, plain / "package", both / "package"):
        folder.mkdir(parents=True)
    for layer in (listed, both):
        (layer / "requirements.txt").write_text("boto3")
        (layer / "Makefile").write_text("")
    function = replace(toy.functions["Echo"], layers=(built, listed, plain, both))
    assert search_path(function) == [function.code, built / "python", plain, both]
    shutil.rmtree(built)
    file = tmp_path / "module.py"
    file.write_text("")
    assert search_path(replace(function, layers=(built, file, plain))) == [function.code, plain]


def test_a_function_imports_from_each_kind_of_layer(tmp_path: Path, log: Any) -> None:
    path, expected = layers.write(tmp_path)
    application = loader.load(path)
    environments: dict[str, dict[str, str]] = {name: {} for name in expected}
    functions = Functions(application.functions.values(), environments, application.region, log)
    with contextlib.closing(functions):
        assert {name: functions.invoke(name, {}).value() for name in expected} == expected
