"""Commands that repair data: of the running stack, or of one on AWS."""

import argparse
import json
import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.cli.client_commands import CommandError, ask
from local.data import stores
from local.repair import restoring, service, sources
from local.template import loader

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
_SECRET = "TombstoneSecret"  # noqa: S105 - its name in the template


def rebuild(options: argparse.Namespace) -> int:
    """Print a JSON line for each standing that was rebuilt, and a summary."""
    try:
        clients = clients_of(options)
        table = os.environ["TABLE_NAME"]
        stream = sources.in_stream(table, clients)
        everybody = {options.user} if options.user else sources.users(table, clients) | stream.keys()
        counts: Counter[str] = Counter()
        made = service.rebuild_all(sorted(everybody), stream, options.copy, clients, dry_run=options.dry_run)
        for user_id, found in made:
            outcome = "erased" if found is None else "rebuilt" if found.changed else "unchanged"
            counts[outcome] += 1
            if found and found.changed:
                standing = found.standing
                about = {"points": standing.points, "achievements": standing.achievements}
                print(json.dumps({"user_id": user_id, "base": found.base, **about, "unknown": found.unknown}))
    except (ClientError, BotoCoreError) as reason:
        raise CommandError(str(reason)) from None
    parts = ", ".join(f"{counts[name]} {name}" for name in ("rebuilt", "unchanged", "erased"))
    print(f"{parts}{'; nothing was written' if options.dry_run else ''}", file=sys.stderr)
    return 0


def restore(options: argparse.Namespace) -> int:
    """Restore the table in use under a new name; print what to deploy with, and whom to erase again."""
    try:
        clients = clients_of(options)
        source = os.environ["TABLE_NAME"]
        in_use = clients("dynamodb").describe_table(TableName=source)["Table"]
        protected = {"DeletionProtectionEnabled": bool(in_use.get("DeletionProtectionEnabled"))}
        properties = loader.load(TEMPLATE).tables["Table"].properties | protected
        stream = restoring.restore(source, options.name, properties, clients, at=options.at, backup=options.backup)
        print(f"TableName={options.name}\nTableStreamArn={stream}")
        for user_id in restoring.erased_since(source, options.name, clients):
            print(f"erase again: {user_id}")
    except (ClientError, BotoCoreError, restoring.OtherTable) as reason:
        raise CommandError(str(reason)) from None
    return 0


def clients_of(options: argparse.Namespace) -> sources.Clients:
    """Set the environment as in a function of the stack that the options name; return clients of its data plane."""
    return _of_stack(options.stack) if options.stack else _of_running_stack(options.url)


def _of_running_stack(url: str) -> sources.Clients:
    """Set the environment as in a function of the running stack; return clients of its data plane."""
    state = ask(url, "state")
    clients = stores.Clients(state["endpoint_url"], state["region"])
    table = clients("ssm").get_parameter(Name=f"/{state['stack_name']}/table-name")["Parameter"]["Value"]
    os.environ |= {"AWS_ENDPOINT_URL": state["endpoint_url"], "AWS_REGION": state["region"]}
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    _configure(table, state["secrets"][_SECRET], clients)
    return clients


def _of_stack(name: str) -> sources.Clients:
    """Set the environment as in a function of a stack on AWS; return clients with the user's own credentials."""
    session = boto3.Session()
    region = session.region_name
    if not region or session.get_credentials() is None:
        raise CommandError("set AWS_REGION and credentials, or AWS_PROFILE, for a stack on AWS")
    os.environ["AWS_REGION"] = region
    made = session.client("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId=_SECRET)
    secret = made["StackResourceDetail"]["PhysicalResourceId"]
    clients = cache(session.client)
    table = session.client("ssm").get_parameter(Name=f"/{name}/table-name")["Parameter"]["Value"]
    _configure(table, secret, clients)
    return clients


def _configure(table: str, secret: str, clients: sources.Clients) -> None:
    value = clients("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    os.environ |= {"TABLE_NAME": table, "TOMBSTONE_SECRET": value}
