"""`python -m tests.bench [part …]`: measures us and the peers in the same run and prints tables. Asserts nothing.

With `--write` (`make bench`), the tables replace those of the same parts in the documents of this folder.
"""

import argparse
import importlib
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

from tests.bench.report import Table, machine, write

HERE = Path(__file__).parent


def parts() -> list[str]:
    """Every module here that has a `run` is a part."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef run(" in path.read_text())


def tables(part: str, rounds: int | None) -> Iterator[Table]:
    """The part's results; `rounds` for those that are measured in rounds, None for their own number."""
    run = importlib.import_module(f"tests.bench.{part}").run
    return run(rounds) if rounds and "rounds" in signature(run).parameters else run()  # type: ignore[no-any-return]  # tables of several modules


def main() -> None:
    found = parts()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*found, []], help=f"which of: {', '.join(found)} (default: all)")
    parser.add_argument("--rounds", type=int, help="how often everybody is measured (default: each part's own)")
    parser.add_argument("--write", action="store_true", help="also write the tables into tests/bench/*.md")
    arguments = parser.parse_args()
    taken = machine()
    print(taken, flush=True)
    for part in arguments.part or found:
        results = []
        for table in tables(part, arguments.rounds):
            print(table.text(), flush=True)
            results.append(table)
        if arguments.write and results:  # a part without its tools measures nothing
            write(part, results, taken)


if __name__ == "__main__":
    main()
