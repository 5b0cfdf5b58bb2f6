"""`python -m tests.bench [part …]`: measures us and the peers in the same run and prints tables. Asserts nothing."""

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path

from tests.bench.report import Table, machine

HERE = Path(__file__).parent


def parts() -> dict[str, Callable[..., Iterator[Table]]]:
    """Every module here that has a `run` is a part."""
    names = sorted(path.stem for path in HERE.glob("*.py") if "\ndef run(" in path.read_text())
    return {name: importlib.import_module(f"tests.bench.{name}").run for name in names if name != "__main__"}


def takes_rounds(run: Callable[..., Iterator[Table]]) -> bool:
    return "rounds" in signature(run).parameters


def main() -> None:
    found = parts()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*found, []], help=f"which of: {', '.join(found)} (default: all)")
    parser.add_argument("--rounds", type=int, help="how often everybody is measured (default: each part's own)")
    parser.add_argument("--markdown", action="store_true", help="print the tables as the README shows them")
    arguments = parser.parse_args()
    print(machine(), flush=True)
    for name in arguments.part or found:
        options = {"rounds": arguments.rounds} if arguments.rounds and takes_rounds(found[name]) else {}
        for table in found[name](**options):
            print(table.markdown() if arguments.markdown else table.text(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
