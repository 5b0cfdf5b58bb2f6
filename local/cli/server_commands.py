"""The commands that run until Ctrl-C: the whole stack, a gateway, the data plane."""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

from local.data import containers, stores
from local.data.emulator import Emulator, EmulatorError, free_port
from local.data.environments import environments
from local.demo import loading
from local.demo.cohort import CLASSES
from local.gateway.api import Gateway
from local.gateway.server import Server
from local.runtime.functions import Functions
from local.runtime.log_file import LogFile
from local.stack import CONTROL, Stack, left
from local.template import loader
from local.template.intrinsics import TemplateError
from local.template.references import region_from_environment
from local.tokens import mint

_SERVICE_SCOPE = "stats:write awards:write users:write users:read groups:write processing:write"


def serve(options: argparse.Namespace) -> int:
    ended = _until_ended()
    given = dict(options.parameter)
    try:
        stack = Stack(
            options.template,
            options.port,
            endpoint_url=options.endpoint_url,
            parameters=given,
            keep=options.data,
            ai=not options.no_ai,
        )
    except EmulatorError:
        if ended.is_set():  # Ctrl-C also ends the installation of the data plane
            return 0
        raise
    with contextlib.closing(stack):
        if not options.no_demo:
            loading = threading.Thread(target=_load_demo, args=(stack, ended), daemon=True)
            loading.start()
            while loading.is_alive() and not ended.is_set():
                loading.join(0.1)
        if not ended.is_set():
            _welcome(stack)
        ended.wait()
    return 0


def _load_demo(stack: Stack, ended: threading.Event) -> None:
    try:
        loading.load(
            f"{stack.url}/v1",
            stack.application.queues["StatUpdatesQueue"].url,
            stack.clients("sqs"),
            lambda: left(stack.queues()),
            lambda: [stack.tick(each.function) for each in stack.application.schedules.values()],
            sys.stderr if sys.stderr.isatty() else None,
        )
    except Exception as reason:  # the stack is useful without the demo
        if not ended.is_set():
            print(f"The demo is not loaded: {reason}", file=sys.stderr)


def gateway(options: argparse.Namespace) -> int:
    ended = _until_ended()
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    application = loader.load(options.template, dict(options.parameter), endpoint_url=endpoint)
    if not application.apis:
        raise TemplateError(f"{options.template} has no HTTP API")
    name, api = next(iter(application.apis.items()))
    if len(application.apis) > 1:
        print(f"Of its HTTP APIs only {name} is served.", file=sys.stderr)
    clients = stores.Clients(endpoint, application.region)
    variables = environments(application, clients, unresolved=lambda reason: print(reason, file=sys.stderr))
    log = LogFile(Path(tempfile.gettempdir()) / f"laurels-gateway-{options.port}.log")
    functions = Functions(application.functions.values(), variables, application.region, log)
    with contextlib.closing(log), contextlib.closing(functions):
        server = Server(options.port, Gateway(application, api, functions.invoke, log).handle)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        print(f"{server.url} (log: {log.path})", flush=True)
        ended.wait()
        server.shutdown()
        server.server_close()
    return 0


def data(options: argparse.Namespace) -> int:
    """Write the environment of each function for `sam local --env-vars`, as CloudFormation would have set it.

    The data listens at the address that containers reach, or at 127.0.0.1 if that is not this machine's own.
    """
    ended = _until_ended()
    region = region_from_environment()
    host = options.host or containers.host()
    bind = host if containers.is_own(host) else "127.0.0.1"
    port = options.port or free_port(bind)
    log = LogFile(Path(tempfile.gettempdir()) / f"laurels-data-{port}.log")
    inside = f"http://{host}:{port}"
    application = loader.load(options.template, dict(options.parameter), endpoint_url=inside, region=region)
    with contextlib.closing(Emulator(log.path, region, port=port, bind=bind)) as emulator:
        emulator.wait_until_ready()
        clients = stores.Clients(emulator.url, region)
        stores.create_secrets(application, clients)
        stores.create_stores(application, clients)
        written = environments(application, clients)
        for environment in written.values():
            environment["AWS_ENDPOINT_URL"] = inside
        unfinished = options.env_file.with_suffix(".part")
        unfinished.write_text(json.dumps(written, indent=2), encoding="utf-8")
        unfinished.replace(options.env_file)  # whole, because `make sam-local` waits for it
        print(f"Data at {emulator.url}, in containers {inside}; environment in {options.env_file}", flush=True)
        ended.wait()
    return 0


def _until_ended() -> threading.Event:
    """Return an event that Ctrl-C or SIGTERM sets, so that everything ends in order."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if ended.is_set():
            os._exit(130)  # the second Ctrl-C; the children end by themselves
        ended.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return ended


def _counted(stack: Stack) -> str:
    """Return how many events of which types are on the bus, the most frequent first."""
    found, seen = stack.events()
    types = Counter(event["type"].removeprefix("laurels.").removesuffix(".v1") for event in found)
    return f"{seen} events, {', '.join(f'{count} {name}' for name, count in types.most_common())}" if seen else "none"


def _page(stack: Stack, token: str) -> str:
    """Return the address of the page that signs in with the token."""
    return f"{stack.url}/v1/app#token={token}"


def _teachers() -> str:
    """Return a line for each class of the demo, with its teacher's token."""
    lines = (f"  {each.teacher[1]}'s token (teacher of {each.name})  {mint(each.teacher[0])}\n" for each in CLASSES)
    return "".join(lines)


def _welcome(stack: Stack) -> None:
    learner, admin = mint("ada"), mint("admin", roles=["admin"])
    service = mint("homework-service", scope=_SERVICE_SCOPE)
    print(
        f"""
Laurels runs at {stack.url}/v1
  the page       open one of these, and click Check in, Boards, or in Operator on Edit:
    a learner    {_page(stack, learner)}
    an admin     {_page(stack, admin)}
    a teacher    {_page(stack, mint(CLASSES[0].teacher[0]))}&view=classes
  documentation  {stack.url}/v1/docs
  log            {stack.log.path}
  for boto3      endpoint_url="{stack.endpoint_url}", region_name="{stack.application.region}", any credentials
    queues       {stack.url}{CONTROL}state

  a learner's token   {learner}
  a service's token   {service}
  an admin's token    {admin}
{_teachers()}
Try:
  curl -s {stack.url}/v1/users/me -H "Authorization: Bearer {learner}"
  curl -s {stack.url}/v1/users/me/groups -H "Authorization: Bearer {learner}"
  .venv/bin/python -m local events --follow   (the events on the bus: {_counted(stack)} so far)

Ctrl-C ends it.""",
        flush=True,
    )
