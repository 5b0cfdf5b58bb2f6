"""The state machine of template.yaml, run by MiniStack's interpreter of the states language with our functions as its
tasks.

MiniStack hands each task to an HTTP server, which calls the function's handler in this process.
"""

import importlib
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import boto3

from local.data.emulator import Emulator
from local.template.application import Application
from tests.servers import Handler, serving

MACHINE = "BoardsMachine"
_LIMIT = 120.0  # seconds, of one execution


class Machine:
    """A running interpreter with the state machine. `dies_in`: the function that fails from now on, and after how many
    successful calls; `calls_each`: how often each task calls its function; `called`: the functions that tasks have
    called."""

    def __init__(self, application: Application, states: Any) -> None:
        self.arn = ""
        self.called: list[str] = []
        self.dies_in: tuple[str, int] | None = None
        self.calls_each = 1
        self._application = application
        self._states = states

    def invoke(self, name: str, event: Any) -> Any:
        """Call the handler of a function (by its id) as Lambda does: with JSON, and for JSON."""
        (function,) = (each for each in self._application.functions.values() if each.id == name)
        self.called.append(function.name)
        if self.dies_in and self.dies_in[0] == function.name and self.called.count(function.name) > self.dies_in[1]:
            raise RuntimeError(f"{function.name} was killed")
        module, _, handler = function.handler.rpartition(".")
        call = getattr(importlib.import_module(module), handler)
        return [call(event, None) for _ in range(self.calls_each)][-1]

    def wait(self, name: str) -> dict[str, Any]:
        """Wait for the end of an execution, and return its description."""
        arn = f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}"
        until = time.monotonic() + _LIMIT
        while time.monotonic() < until:
            found: dict[str, Any] = self._states.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.02)
        raise AssertionError(f"the execution does not end within {_LIMIT} s")


@contextmanager
def running(application: Application, log: Path) -> Iterator[tuple[str, Machine]]:
    """Start MiniStack with the functions and the state machine of the template. Yield its URL and the machine."""
    more = {"SERVICES": "iam,lambda,logs,states,stepfunctions,sts", "SFN_WAIT_SCALE": "0"}
    with ExitStack() as ended:
        emulator = ended.enter_context(closing(Emulator(log, application.region, more=more)))
        emulator.wait_until_ready()
        states, functions = (
            ended.enter_context(closing(boto3.client(service, endpoint_url=emulator.url)))
            for service in ("stepfunctions", "lambda")
        )
        machine = Machine(application, states)

        class Tasks(Handler):
            def do_POST(self) -> None:  # noqa: N802 - http.server looks for this name
                event = json.loads(self.body())
                try:
                    self.respond(machine.invoke(self.headers["x-amzn-lambda-function-name"], event))
                except Exception as error:
                    self.respond({"errorType": type(error).__name__, "errorMessage": str(error)}, 500)

        url = ended.enter_context(serving(Tasks))
        definition = application.resources[MACHINE]["Properties"]
        for arn in definition["DefinitionSubstitutions"].values():
            functions.create_function(
                FunctionName=arn.rpartition(":")[2],
                Runtime="python3.13",
                Role=f"arn:aws:iam::{application.account}:role/function",
                Handler="unused.handler",
                Code={"ZipFile": b"PK\x05\x06" + bytes(18)},  # an empty archive: the server above has the code
                Environment={"Variables": {"MINISTACK_LAMBDA_PROXY_URL": url}},
            )
        text = definition["DefinitionString"]
        for name, arn in definition["DefinitionSubstitutions"].items():
            text = text.replace(f"${{{name}}}", arn)
        role = f"arn:aws:iam::{application.account}:role/machine"
        created = states.create_state_machine(name=definition["StateMachineName"], definition=text, roleArn=role)
        machine.arn = created["stateMachineArn"]
        yield emulator.url, machine
