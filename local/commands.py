"""What each command of the command line does."""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from local import dataplane, demo, oulad, template, updates
from local import replay as replaying
from local.emulator import Emulator
from local.functions import Functions
from local.gateway import Gateway
from local.listener import Listener
from local.names import region_from_environment
from local.stack import CONTROL, LogFile, Stack, environments
from local.tokens import mint

_SERVICE_SCOPE = "stats:write awards:write users:write users:read processing:write"


class CommandError(Exception):
    """A command cannot do what was asked; the message is one line for whoever asked."""


def serve(options: argparse.Namespace) -> int:
    ended = _until_ended()
    stack = Stack(options.template, options.port, endpoint_url=options.endpoint_url, parameters=dict(options.parameter))
    with contextlib.closing(stack):
        if not options.no_demo:
            loading = threading.Thread(target=_load_demo, args=(stack,), daemon=True)
            loading.start()
            while loading.is_alive() and not ended.is_set():
                loading.join(0.1)
        if not ended.is_set():
            _welcome(stack)
        ended.wait()
    return 0


def _load_demo(stack: Stack) -> None:
    try:
        demo.load(
            f"{stack.url}/v1",
            stack.application.queues["StatUpdatesQueue"].url,
            stack.clients("sqs"),
            lambda: _left(stack.queues()),
            lambda: stack.tick("ComputeLeaderboards"),
        )
    except Exception as reason:  # whatever it is: what runs is worth having without a demo
        print(f"The demo is not loaded: {reason}", file=sys.stderr)


def gateway(options: argparse.Namespace) -> int:
    ended = _until_ended()
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    application = template.load(options.template, dict(options.parameter), endpoint_url=endpoint)
    if not application.apis:
        raise CommandError(f"{options.template} has no HTTP API")
    name, api = next(iter(application.apis.items()))
    if len(application.apis) > 1:
        print(f"Of its HTTP APIs only {name} is served.", file=sys.stderr)
    clients = dataplane.Clients(endpoint, application.region)
    told = environments(application, clients, unresolved=lambda reason: print(reason, file=sys.stderr))
    log = LogFile(Path(tempfile.gettempdir()) / f"laurels-gateway-{options.port}.log")
    functions = Functions(application.functions.values(), told, application.region, log)
    with contextlib.closing(log), contextlib.closing(functions):
        listener = Listener(options.port, Gateway(application, api, functions.invoke, log).handle)
        threading.Thread(target=listener.serve_forever, args=(0.1,), daemon=True).start()
        print(f"{listener.url} (log: {log.path})", flush=True)
        ended.wait()
        listener.shutdown()
        listener.server_close()
    return 0


def data(options: argparse.Namespace) -> int:
    """Writes, for `sam local --env-vars`, the environment that CloudFormation would have given each function."""
    ended = _until_ended()
    region = region_from_environment()
    log = LogFile(Path(tempfile.gettempdir()) / f"laurels-data-{options.port}.log")
    inside = f"http://{options.host}:{options.port}"
    application = template.load(options.template, dict(options.parameter), endpoint_url=inside, region=region)
    with contextlib.closing(Emulator(log.path, region, port=options.port, bind="0.0.0.0")) as emulator:
        emulator.wait_until_ready()
        clients = dataplane.Clients(emulator.url, region)
        dataplane.create_secrets(application, clients)
        dataplane.create_stores(application, clients)
        written = environments(application, clients)
        for environment in written.values():
            environment["AWS_ENDPOINT_URL"] = inside
        options.env_file.write_text(json.dumps(written, indent=2), encoding="utf-8")
        print(f"Data at {emulator.url}, in containers {inside}; environment in {options.env_file}", flush=True)
        ended.wait()
    return 0


def token(options: argparse.Namespace) -> int:
    print(mint(options.user, roles=options.role, scope=options.scope, sid=options.sid, ttl=options.ttl))
    return 0


def send(options: argparse.Namespace) -> int:
    state = _ask(options.url, "state")
    queue = state["queues"].get("StatUpdatesQueue")
    if queue is None:
        raise CommandError("the running stack has no StatUpdatesQueue")
    sqs = dataplane.Clients(state["endpoint_url"], state["region"])("sqs")
    with _lines(options.file) as lines:
        try:
            sent, refused = updates.send(lines, queue, sqs)
        except updates.SendError as reason:
            raise CommandError(str(reason)) from None
        except UnicodeDecodeError:
            raise CommandError(f"{options.file} is not UTF-8 text") from None
    for number, why in refused:
        print(f"line {number}: {why}", file=sys.stderr)
    print(f"{sent} sent, {len(refused)} rejected")
    return 1 if refused else 0


def tick(options: argparse.Namespace) -> int:
    state = _ask(options.url, "state")
    names = list(dict.fromkeys(state["schedules"].values()))
    if options.function:
        wanted = options.function.replace("_", "").lower()
        names = [name for name in state["functions"] if name.lower() == wanted]
        if not names:
            raise CommandError(f"there is no function {options.function}")
    failed = False
    for name in names:
        answer = _ask(options.url, f"invoke/{name}", post=True)
        print(f"{name}: {json.dumps(answer['payload'], ensure_ascii=False)}")
        failed |= answer["failed"]
    return 1 if failed else 0


def replay(options: argparse.Namespace) -> int:
    state = _ask(options.url, "state")
    if options.oulad:
        lines = _oulad(options, int(state["parameters"]["MaxEventAgeDays"]))
    else:
        with _lines(options.file) as opened:
            lines = list(opened)
    sqs = dataplane.Clients(state["endpoint_url"], state["region"])("sqs")
    try:
        report = replaying.run(
            lines,
            state["queues"]["StatUpdatesQueue"],
            sqs,
            lambda: _left(_ask(options.url, "queues")),
            duplicates=options.duplicates,
            terminal=sys.stderr if sys.stderr.isatty() else None,
        )
    except updates.SendError as reason:
        raise CommandError(str(reason)) from None
    for number, why in report.refused:
        print(f"line {number}: {why}", file=sys.stderr)
    print(report)
    return max(_dead_letters(_ask(options.url, "queues")), int(bool(report.refused)))


def _oulad(options: argparse.Namespace, max_age_days: int) -> list[str]:
    """The data set as JSON lines, if the running stack will take what is so old."""
    now = datetime.now(UTC)
    try:
        found = oulad.updates(options.oulad, oulad.last_moment(now), options.students)
    except oulad.Unreadable as reason:
        raise CommandError(str(reason)) from None
    if found and datetime.fromisoformat(found[0]["occurred_at"]) < now - timedelta(days=max_age_days):
        raise CommandError(
            f"this history is older than the {max_age_days} days that the running stack takes: "
            "start it with `python -m local serve --parameter MaxEventAgeDays=4000`"
        )
    return [json.dumps(update) for update in found]


def queues(options: argparse.Namespace) -> int:
    found = _ask(options.url, "queues")
    if options.dlq:
        by_name = {queue["name"]: queue for queue in found}
        if options.dlq not in by_name:
            raise CommandError(f"there is no queue {options.dlq}: there are {', '.join(by_name)}")
        name = by_name[options.dlq]["dead_letters"] or options.dlq
        messages = _ask(options.url, f"queues/{name}")
        for message in messages:
            print(json.dumps(message, ensure_ascii=False))
        print(f"{len(messages)} of {by_name[name]['waiting']} messages in {name}", file=sys.stderr)
        return 0
    width = max(len(queue["name"]) for queue in found) if found else 0
    print(f"{'':{width}}  waiting  in flight  dead letters")
    depth = {queue["name"]: queue["waiting"] + queue["in_flight"] for queue in found}
    for queue in found:
        if not queue["is_dead_letters"]:
            dead = depth[queue["dead_letters"]] if queue["dead_letters"] else "-"
            print(f"{queue['name']:{width}}  {queue['waiting']:7}  {queue['in_flight']:9}  {dead!s:>12}")
    return 0


def drain(options: argparse.Namespace) -> int:
    quiet = 0
    while quiet < 2:  # twice in a row: a message may be on its way from one queue to the next
        found = _ask(options.url, "queues")
        quiet = 0 if _left(found) else quiet + 1
        if quiet < 2:
            time.sleep(0.1)
    return _dead_letters(found)


def _left(found: list[dict[str, Any]]) -> int:
    """How many messages have yet to be consumed; at least 1 while a consumer is at work."""
    return sum(
        max(queue["waiting"] + queue["in_flight"] + queue["delayed"], int(not queue["idle"]))
        for queue in found
        if queue["consumed"]
    )


def _dead_letters(found: list[dict[str, Any]]) -> int:
    """Says which dead-letter queues are not empty; 1 if any."""
    dead = {queue["name"]: queue["waiting"] + queue["in_flight"] for queue in found if queue["is_dead_letters"]}
    for name, count in dead.items():
        if count:
            print(f"{name} holds {count}: python -m local queues --dlq {name}", file=sys.stderr)
    return int(any(dead.values()))


def _until_ended() -> threading.Event:
    """Set by Ctrl-C or SIGTERM, so that everything is ended in order."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if ended.is_set():
            os._exit(130)  # asked twice; the children end by themselves when this process is gone
        ended.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return ended


def _welcome(stack: Stack) -> None:
    learner, service = mint("ada"), mint("homework-service", scope=_SERVICE_SCOPE)
    print(
        f"""
Laurels runs at {stack.url}/v1
  documentation  {stack.url}/v1/docs
  log            {stack.log.path}

  a learner's token   {learner}
  a service's token   {service}
  an admin's token    {mint("admin", roles=["admin"])}

Try:
  curl -s {stack.url}/v1/users/me -H "Authorization: Bearer {learner}"

Ctrl-C ends it.""",
        flush=True,
    )


def _ask(url: str, what: str, *, post: bool = False) -> Any:
    request = urllib.request.Request(url.rstrip("/") + CONTROL + what, method="POST" if post else "GET")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as reason:
        raise CommandError(f"{url} answers {reason.code}: is it a local stack?") from None
    except (OSError, ValueError):
        raise CommandError(f"no stack runs at {url}: start one with `make run`") from None


@contextlib.contextmanager
def _lines(file: str) -> Iterator[Iterator[str]]:
    if file == "-":
        yield iter(sys.stdin)
        return
    try:
        with Path(file).open(encoding="utf-8") as opened:
            yield iter(opened)
    except OSError as reason:
        raise CommandError(f"cannot read {file}: {reason.strerror}") from None
