"""The command that imports the tables of the former services: into the running stack, or into one on AWS."""

import argparse
import json
import sys
from collections import Counter

from botocore.exceptions import BotoCoreError, ClientError

from local import progress
from local.cli.client_commands import CommandError
from local.cli.repair_commands import clients_of
from local.migration import planning, reading, service


def import_tables(options: argparse.Namespace) -> int:
    """Print a JSON line for each refused value or row, and a summary. Return 1 if there was any."""
    terminal = sys.stderr if sys.stderr.isatty() else None
    try:
        plan = planning.plan(reading.read(options.folder))
        if options.dry_run:
            report = service.Report(service.rows(plan), plan.refused)
        else:
            clients_of(options)
            report = service.run(plan, lambda done, total: progress.show(terminal, "imported", done, total))
    except (reading.MigrationError, service.ImportStopped, ClientError, BotoCoreError) as reason:
        raise CommandError(str(reason)) from None
    finally:
        progress.wipe(terminal)
    for refusal in report.refused:
        print(json.dumps(refusal._asdict(), ensure_ascii=True))
    kinds = Counter("rows" if refusal.column is None else "values" for refusal in report.refused)
    done = ", ".join(f"{count:,} of {name}" for name, count in sorted(report.imported.items())) or "nothing"
    verb = "can be imported" if options.dry_run else "imported"
    print(f"{verb}: {done}; refused: {kinds['rows']:,} rows and {kinds['values']:,} values", file=sys.stderr)
    return 1 if report.refused else 0
