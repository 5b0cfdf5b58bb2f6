"""`python -m tests.bench [part …]`: measures us and the peers in the same run and prints tables. Asserts nothing."""

import argparse
import importlib
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

from tests.bench.report import Table, machine

HERE = Path(__file__).parent


def parts() -> list[str]:
    """Every module here that has a `run` is a part."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef run(" in path.read_text())


def tables(part: str, rounds: int | None) -> Iterator[Table]:
    """The part's results; `rounds` for those that are measured in rounds, None for their own number."""
    run = importlib.import_module(f"tests.bench.{part}").run
    return run(rounds) if rounds and "rounds" in signature(run).parameters else run()  # type: ignore[no-any-return]


def main() -> None:
    found = parts()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*found, []], help=f"which of: {', '.join(found)} (default: all)")
    parser.add_argument("--rounds", type=int, help="how often everybody is measured (default: each part's own)")
    parser.add_argument("--markdown", action="store_true", help="print the tables as the README shows them")
    arguments = parser.parse_args()
    print(machine(), flush=True)
    for part in arguments.part or found:
        for table in tables(part, arguments.rounds):
            print(table.markdown() if arguments.markdown else table.text(), flush=True)


if __name__ == "__main__":
    main()
