"""The commands that call a running stack, and `token`."""

import argparse
import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

from local.ai.service import REQUESTS, RESULTS, AiService
from local.data import stores
from local.demo import history, loading, oulad, stat_updates
from local.event_sources import dead_letters, failed_invocations
from local.stack import CONTROL, left
from local.template.application import Resource
from local.tokens import JWT_SECRET, mint

_FOLLOW_EVERY = 0.3  # seconds


class CommandError(Exception):
    """A command failed; the message is one line for the user."""


def token(options: argparse.Namespace) -> int:
    about = {name: getattr(options, name) for name in ("scope", "sid", "ttl", "issuer", "audience")}
    print(mint(options.user, roles=options.role, **about, secret=os.environ.get("JWT_SECRET", JWT_SECRET)))
    return 0


def send(options: argparse.Namespace) -> int:
    state = ask(options.url, "state")
    queue = state["queues"].get("StatUpdatesQueue")
    if queue is None:
        raise CommandError("the running stack has no StatUpdatesQueue")
    sqs, limits = stores.Clients(state["endpoint_url"], state["region"])("sqs"), _limits(options.url, state)
    with _lines(options.file) as lines:
        try:
            sent, refused = stat_updates.send(lines, queue, sqs, limits=limits)
        except stat_updates.SendError as reason:
            raise CommandError(str(reason)) from None
    for number, why in refused:
        print(_printable(f"line {number}: {why}"), file=sys.stderr)
    print(f"{sent} sent, {len(refused)} rejected")
    return 1 if refused else 0


def tick(options: argparse.Namespace) -> int:
    state = ask(options.url, "state")
    names = scheduled = list(dict.fromkeys(state["schedules"].values()))
    if options.function:
        wanted = options.function.replace("_", "").lower()
        names = [name for name in scheduled if name.lower() == wanted]
        if not names:
            raise CommandError(f"{options.function} is on no schedule. These are: {', '.join(scheduled)}")
    failed = False
    for name in names:
        answer = ask(options.url, f"invoke/{name}", post=True)
        print(f"{name}: {json.dumps(answer['payload'], ensure_ascii=False)}")
        failed |= answer["failed"]
    return 1 if failed else 0


def replay(options: argparse.Namespace) -> int:
    state = ask(options.url, "state")
    if options.oulad:
        lines = _oulad(options, int(state["parameters"]["MaxEventAgeDays"]))
    else:
        with _lines(options.file) as opened:
            lines = list(opened)
    sqs = stores.Clients(state["endpoint_url"], state["region"])("sqs")
    try:
        report = history.replay(
            lines,
            state["queues"]["StatUpdatesQueue"],
            sqs,
            lambda: left(ask(options.url, "queues")),
            duplicates=options.duplicates,
            limits=_limits(options.url, state),
            terminal=sys.stderr if sys.stderr.isatty() else None,
        )
    except stat_updates.SendError as reason:
        raise CommandError(str(reason)) from None
    for number, why in report.refused:
        print(_printable(f"line {number}: {why}"), file=sys.stderr)
    print(report)
    return max(_dead_letters(ask(options.url, "queues")), int(bool(report.refused)))


def _limits(url: str, state: dict[str, Any]) -> stat_updates.Limits:
    """Return what the running stack's consumer accepts."""
    metrics = _read(url, "/v1/metrics?limit=100")["items"]  # all: there are at most 48 own ones
    return stat_updates.limits(int(state["parameters"]["MaxEventAgeDays"]), metrics)


def _oulad(options: argparse.Namespace, max_age_days: int) -> list[str]:
    """Return the data set as JSON lines, if the running stack accepts such old updates. Define the own metric that they
    name."""
    now = datetime.now(UTC)
    try:
        found = oulad.updates(options.oulad, oulad.last_moment(now), options.students, own=options.own_metric)
        if found and options.own_metric:
            loading.define(f"{options.url.rstrip('/')}/v1", oulad.own_metric(options.oulad))
    except (oulad.Unreadable, loading.DemoError) as reason:
        raise CommandError(str(reason)) from None
    if found and datetime.fromisoformat(found[0]["occurred_at"]) < now - timedelta(days=max_age_days):
        raise CommandError(
            f"this history is older than the {max_age_days} days that the running stack takes: "
            "start it with `python -m local serve --parameter MaxEventAgeDays=4000`"
        )
    return [json.dumps(update) for update in found]


def queues(options: argparse.Namespace) -> int:
    found = ask(options.url, "queues")
    by_name = {queue["name"]: queue for queue in found}
    if wanted := options.redrive or options.dlq:
        if wanted not in by_name:
            raise CommandError(f"there is no queue {wanted}: there are {', '.join(by_name)}")
        return _redrive(options, by_name) if options.redrive else _show_dead_letters(options, by_name)
    width = max(len(queue["name"]) for queue in found) if found else 0
    print(f"{'':{width}}  waiting  in flight  dead letters")
    depth = {queue["name"]: queue["waiting"] + queue["in_flight"] for queue in found}
    shown = {queue["dead_letters"] for queue in found}
    for queue in found:
        if queue["name"] not in shown:
            dead = depth[queue["dead_letters"]] if queue["dead_letters"] else "-"
            print(f"{queue['name']:{width}}  {queue['waiting']:7}  {queue['in_flight']:9}  {dead!s:>12}")
    return 0


def _show_dead_letters(options: argparse.Namespace, by_name: dict[str, Any]) -> int:
    name = by_name[options.dlq]["dead_letters"] or options.dlq
    messages = ask(options.url, f"queues/{name}")
    for message in messages:
        print(_printable(json.dumps(message, ensure_ascii=False)))
    print(f"{len(messages)} of {by_name[name]['waiting']} messages in {name}", file=sys.stderr)
    return 0


def _redrive(options: argparse.Namespace, by_name: dict[str, Any]) -> int:
    """Put the dead letters of a queue back onto it, or only those that `--edit` corrects."""
    fed = {queue["dead_letters"]: name for name, queue in by_name.items() if queue["dead_letters"]}
    name = fed.get(options.redrive, options.redrive)  # NAME may be the queue or its dead-letter queue
    dead = by_name[name]["dead_letters"]
    if dead is None and by_name[name]["is_dead_letters"]:
        return _invoke_again(options, by_name[name])
    if dead is None:
        raise CommandError(f"{name} has no dead letters")
    if not by_name[name]["url"]:
        raise CommandError(f"{name} is a stream: its dead letters name records, and cannot be put back")
    state = ask(options.url, "state")
    corrections = _corrections(options, name, state) if options.edit else None
    sqs = stores.Clients(state["endpoint_url"], state["region"])("sqs")
    done = dead_letters.redrive(by_name[dead]["url"], by_name[name]["url"], sqs, corrections)
    unknown = sorted((corrections or {}).keys() - set(done.corrected))
    for event_id in unknown:
        print(_printable(f"no dead letter has the id {event_id}"), file=sys.stderr)
    how = "put back" if corrections is None else "corrected and put back"
    print(f"{name}: {len(done.moved)} {how}, {len(done.kept)} left in {dead}")
    return 1 if unknown else 0


def _invoke_again(options: argparse.Namespace, queue: dict[str, Any]) -> int:
    """Invoke functions again with the events of invocations that failed for good."""
    if options.edit:
        raise CommandError(f"{queue['name']} holds events of AWS, which cannot be corrected")
    state = ask(options.url, "state")
    names = {id: name for name, id in state["functions"].items()}

    def invoke(function: str, event: Any) -> bool:
        return not ask(options.url, f"invoke/{names[function]}", post=True, body=json.dumps(event).encode())["failed"]

    sqs = stores.Clients(state["endpoint_url"], state["region"])("sqs")
    done, left_over = failed_invocations.invoke_again(queue["url"], sqs, invoke)
    print(f"{queue['name']}: {done} repeated, {left_over} left")
    return int(left_over > 0)


def _corrections(options: argparse.Namespace, queue: str, state: dict[str, Any]) -> dict[str, str]:
    """Return corrected bodies by event id, or by message id for lines as `--dlq` prints them, which also reach dead
    letters without a readable event id. A file with one that would be parked again is refused as a whole."""
    found, file = dict[str, str](), options.edit
    limits = _limits(options.url, state) if queue == "StatUpdatesQueue" else None
    with _lines(file) as lines:
        for number, line in enumerate(lines, start=1):
            if not (text := line.strip().removeprefix("\ufeff")):
                continue
            try:
                named, body = _correction(text)
                if limits:
                    stat_updates.check(body, limits)
                if named in found:
                    raise ValueError(f"{named} is corrected twice")
                found[named] = body
            except ValueError as reason:
                raise CommandError(_printable(f"{file}, line {number}: {reason}")) from None
    return found


def _correction(line: str) -> tuple[str, str]:
    """Return the id of the dead letter that a line corrects, and its new body. Raises ValueError."""
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if isinstance(value, dict):
        if isinstance(value.get("message_id"), str) and "body" in value:
            body = value["body"]
            return value["message_id"], body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        if isinstance(value.get("event_id"), str):
            return value["event_id"], line
    raise ValueError("it has no event_id")


def _printable(text: str) -> str:
    """Return the text with control characters escaped as in JSON."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def events(options: argparse.Namespace) -> int:
    """Print the events on the bus, one JSON line each; with `--follow` also those to come, until Ctrl-C."""
    seen = 0
    while True:
        found = ask(options.url, f"events/{seen}")
        for event in found["events"]:
            print(_printable(json.dumps(event, ensure_ascii=False)))
        sys.stdout.flush()
        seen = found["seen"]
        if not options.follow:
            return 0
        time.sleep(_FOLLOW_EVERY)


def ai(options: argparse.Namespace) -> int:
    """Answer processing requests by matching keywords, until Ctrl-C."""
    state = ask(options.url, "state")
    requests = Resource(REQUESTS, "AWS::SQS::Queue", "", "", {}, state["queues"][REQUESTS])
    sqs = stores.Clients(state["endpoint_url"], state["region"])("sqs")
    service = AiService(requests, state["queues"][RESULTS], sqs, lambda _, line: print(line, file=sys.stderr))
    print("Answering processing requests by matching keywords. Ctrl-C ends it.", file=sys.stderr)
    try:
        while True:
            time.sleep(1)
    finally:
        service.stop()


def drain(options: argparse.Namespace) -> int:
    quiet = 0
    while quiet < 2:  # twice in a row, because a message may be between two queues
        found = ask(options.url, "queues")
        quiet = 0 if left(found) else quiet + 1
        if quiet < 2:
            time.sleep(0.1)
    return _dead_letters(found)


def _dead_letters(found: list[dict[str, Any]]) -> int:
    """Print the dead-letter queues that are not empty; return 1 if there are any."""
    dead = {queue["name"]: queue["waiting"] + queue["in_flight"] for queue in found if queue["is_dead_letters"]}
    for name, count in dead.items():
        if count:
            about = "shows them, and --redrive puts them back"
            print(f"{name} holds {count}: python -m local queues --dlq {name} {about}", file=sys.stderr)
    return int(any(dead.values()))


def ask(url: str, what: str, *, post: bool = False, body: bytes | None = None) -> Any:
    return _read(url, CONTROL + what, post=post, body=body)


def _read(url: str, path: str, *, post: bool = False, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url.rstrip("/") + path, data=body, method="POST" if post else "GET")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as reason:
        raise CommandError(f"{url} answers {reason.code}: is it a local stack?") from None
    except (OSError, ValueError, HTTPException):
        raise CommandError(f"no stack runs at {url}: start one with `make run`") from None


@contextlib.contextmanager
def _lines(file: str) -> Iterator[Iterator[str]]:
    try:
        with contextlib.nullcontext(sys.stdin) if file == "-" else Path(file).open(encoding="utf-8") as opened:
            yield iter(opened)
    except OSError as reason:
        raise CommandError(f"cannot read {file}: {reason.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8 text") from None
