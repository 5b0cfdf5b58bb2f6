"""The command line: `python -m local --help`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from local.cli import client_commands, migration_commands, repair_commands, server_commands
from local.cli.smoke import smoke as run_smoke
from local.data.emulator import EmulatorError
from local.data.stores import DataPlaneError
from local.gateway.server import PortUnavailable
from local.template.intrinsics import TemplateError
from local.tokens import DAY

_TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status: 0 success, 1 failure, 2 wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if getattr(options, "edit", None) and not options.redrive:
        parser.error("--edit needs --redrive NAME")
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (client_commands.CommandError, DataPlaneError, EmulatorError, PortUnavailable, TemplateError) as reason:
        print(f"{options.command}: {reason}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of the output has closed it, as `head` does. Python would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="The whole service on this machine.")
    names = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    port = os.environ.get("PORT") or "3000"

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = names.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        added.set_defaults(run=run)
        return added

    def of_running_stack(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = command(name, run, about)
        url = f"http://127.0.0.1:{port}"
        about = f"where the stack runs (default: {url}; PORT sets the port)"
        added.add_argument("--url", type=_url, default=url, help=about)
        return added

    serve = command(
        "serve", server_commands.serve, "run everything until Ctrl-C: API, data, queues, uploads, schedules"
    )
    serve.add_argument("--port", type=_port, default=port, help="the API's port (default: PORT, or 3000)")
    where = serve.add_mutually_exclusive_group()
    where.add_argument("--data", type=_folder, metavar="DIR", help="keep the data in this folder over restarts")
    where.add_argument(
        "--endpoint-url", type=_url, metavar="URL", help="keep the data at this AWS endpoint instead of our own"
    )
    serve.add_argument("--no-ai", action="store_true", help="leave processing requests to an AI service of your own")
    serve.add_argument("--no-demo", action="store_true", help="start empty, without the demo learners")
    _add_template(serve)

    gateway = command("gateway", server_commands.gateway, "serve the HTTP API of any SAM template, and nothing else")
    gateway.add_argument("--template", type=Path, required=True, metavar="PATH", help="the SAM template")
    gateway.add_argument("--port", type=_port, required=True, metavar="N", help="the port to listen on")
    _add_parameter(gateway)

    data = command("data", server_commands.data, "keep the data for `sam local` in Docker until Ctrl-C")
    data_port = os.environ.get("DATA_PORT") or "0"
    data.add_argument(
        "--port", type=_port, default=data_port, help="the data's port (default: DATA_PORT, or a free one)"
    )
    data.add_argument(
        "--host", metavar="HOST", help="this machine in a container (default: Docker's bridge, or host.docker.internal)"
    )
    data.add_argument(
        "--env-file",
        type=Path,
        default=_TEMPLATE.parent / ".venv" / "sam-env.json",
        metavar="FILE",
        help="where to write the functions' environment for `sam local --env-vars` (default: .venv/sam-env.json)",
    )
    _add_template(data)

    token = command("token", client_commands.token, "print a token, signed with JWT_SECRET, or for the local stack")
    token.add_argument("--user", required=True, metavar="ID", help="the user of the token (its sub)")
    token.add_argument("--role", action="append", default=[], help="a role, such as admin; may be repeated")
    token.add_argument("--scope", default="", help='what a service may do, such as "stats:write awards:write"')
    token.add_argument("--sid", default="", metavar="ID", help="the session the token belongs to")
    token.add_argument("--issuer", default="", help="its iss, where the stack has a JwtIssuer")
    token.add_argument("--audience", default="", help="its aud, where the stack has a JwtAudience")
    token.add_argument("--ttl", type=int, default=DAY, metavar="SECONDS", help="how long it is valid (default: a day)")

    send = of_running_stack("send", client_commands.send, "put stat updates onto the queue")
    send.add_argument("file", metavar="FILE", help="JSON lines, one stat update each; - reads standard input")

    tick = of_running_stack("tick", client_commands.tick, "run the scheduled functions now, and wait for them")
    tick.add_argument("function", nargs="?", metavar="FUNCTION", help="only this function, such as ComputeLeaderboards")

    replay = of_running_stack(
        "replay", client_commands.replay, "send a whole history of updates and wait until it has counted"
    )
    what = replay.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", metavar="FILE", help="JSON lines, one stat update each")
    what.add_argument("--oulad", metavar="DIR", type=Path, help="the Open University data set, as CSV files")
    replay.add_argument("--students", type=_count, metavar="N", help="with --oulad: only the first N students, by id")
    replay.add_argument(
        "--own-metric",
        action="store_true",
        help="with --oulad: also count an own metric with a daily cap, clicks or minutes, and define it",
    )
    replay.add_argument(
        "--duplicates",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="the share to send twice, such as 0.05",
    )

    queues = of_running_stack("queues", client_commands.queues, "show how full each queue is, and each rule's inbox")
    what = queues.add_mutually_exclusive_group()
    what.add_argument("--dlq", metavar="NAME", help="show the messages of this queue's dead-letter queue instead")
    what.add_argument("--redrive", metavar="NAME", help="put this queue's dead letters back onto the queue")
    queues.add_argument(
        "--edit",
        metavar="FILE",
        help="with --redrive: JSON lines (- reads standard input), each a corrected message, put back in place of the "
        "dead letter with its event_id, or a line of --dlq with a corrected body; the others stay",
    )

    events = of_running_stack("events", client_commands.events, "print the events on the bus, as JSON lines")
    events.add_argument("--follow", action="store_true", help="go on with the events to come, until Ctrl-C")

    of_running_stack("ai", client_commands.ai, "answer processing requests by matching keywords, until Ctrl-C")

    smoke = command("smoke", run_smoke, "check that a deployed stack works, through its address")
    smoke.add_argument("address", type=_url, metavar="URL", help="the stack's address: its output ApiUrl")
    smoke.add_argument(
        "--token", default="", help="a token of a user who is there for such tests; default: public calls only"
    )

    _add_restore(of_running_stack("restore", repair_commands.restore, "restore the table in use under a new name"))
    _add_rebuild(of_running_stack("rebuild", repair_commands.rebuild, "compute lost or damaged standings anew"))

    _add_import(
        of_running_stack(
            "import", migration_commands.import_tables, "import the exported tables of the former services"
        )
    )

    of_running_stack(
        "drain", client_commands.drain, "wait until all queues are empty; fail if a dead-letter queue is not"
    )
    return parser


def _add_rebuild(rebuild: argparse.ArgumentParser) -> None:
    who = rebuild.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", metavar="ID", help="the standing of this user")
    who.add_argument("--all", action="store_true", help="those of all users; it reads the whole table once")
    _add_stack(rebuild)
    rebuild.add_argument("--copy", metavar="TABLE", help="a restored copy of the table, whose standings are older")
    rebuild.add_argument("--dry-run", action="store_true", help="report what would be written, and write nothing")


def _add_restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("name", metavar="TABLE", help="the name of the new table")
    what = restore.add_mutually_exclusive_group()
    what.add_argument(
        "--at", type=_moment, metavar="TIME", help="as it was then (RFC 3339); default: as late as possible"
    )
    what.add_argument("--backup", metavar="ARN", help="from this backup")
    _add_stack(restore)


def _add_import(importing: argparse.ArgumentParser) -> None:
    importing.add_argument("folder", type=Path, metavar="DIR", help="CSV and JSON files, one for each table")
    _add_stack(importing)
    importing.add_argument("--dry-run", action="store_true", help="report what is refused, and write nothing")


def _add_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack", metavar="NAME", help="a stack on AWS, such as laurels-prod, in place of the local one"
    )


def _add_template(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--template", type=Path, default=_TEMPLATE, metavar="PATH", help="the SAM template (default: template.yaml)"
    )
    _add_parameter(parser)


def _add_parameter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_pair,
        metavar="K=V",
        help="a value for one of the template's parameters; may be repeated",
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - refused below
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-11-29T10:00:00Z")
    return moment


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 1")
    return share


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        complete = False
    if not complete:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address like http://127.0.0.1:3000")
    return text


def _folder(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return path


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)
