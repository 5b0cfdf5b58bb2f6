"""Generated requests from openapi.json, as a learner, a service and an administrator (Schemathesis).

`make fuzz` runs this module: all phases, 60 examples of each operation, other examples each time. Schemathesis prints a
curl command for each failure, and the seed.

https://schemathesis.readthedocs.io/
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.conftest import Service, serving

CONFIG = Path(__file__).with_name("schemathesis.toml")
CHECKS = Path(__file__).with_name("availability.py")
EXAMPLES = 60
ERASURE = "start_erasure"  # the caller may erase itself, and be refused from then on
DEFINITION = {"code": "fuzzed", "points": 1, "translations": {"en": {"title": "Fuzzed"}}}


def prepare(service: Service) -> None:
    """Make something to find: a profile with a goal, a badge and an award, and boards."""
    learner, admin = service.token("ada"), service.admin()
    for method, path, token, body in (
        ("GET", "/users/me", learner, None),
        ("POST", "/users/me/goals", learner, {"title": "Read"}),
        ("POST", "/users/me/badges", learner, {"name": "Reader"}),
        ("POST", "/achievements", admin, DEFINITION),
        ("POST", "/users/ada/achievements", admin, {"code": "fuzzed"}),
    ):
        answer = service.call(method, path, token, body)
        assert answer.status in (200, 201), answer
    service.tick()


def run(service: Service, token: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run Schemathesis with the token, whose output goes to ours. The return code is 0 without failures."""
    whole = [*_command(service, token), *options]
    with tempfile.TemporaryDirectory() as folder:  # for its caches
        return subprocess.run(whole, cwd=folder, env=os.environ | {"SCHEMATHESIS_HOOKS": str(CHECKS)}, check=False)


def _command(service: Service, token: str) -> list[str]:
    schemathesis = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    return [*schemathesis, f"{service.base_url}/openapi.json", "--header", f"Authorization: Bearer {token}"]


def main() -> int:
    """Run everything; return 1 if anything failed."""
    failed = []
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "stack.log") as service:
        prepare(service)
        for operations in ("--exclude-operation-id", "--include-operation-id"):  # erasure comes last
            for name, token in service.tokens().items():
                print(f"\n==== as {name}: {operations} {ERASURE}", flush=True)
                done = run(service, token, operations, ERASURE, f"--max-examples={EXAMPLES}", "--continue-on-failure")
                failed += [name] if done.returncode else []
    print(f"\n{EXAMPLES} examples an operation; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
