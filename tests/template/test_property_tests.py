"""No property test sets time limits of its own: the profile in tests/conftest.py has none, for slow machines."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
OF_THE_PROFILE = {"deadline", "suppress_health_check"}


def test_time_limits_are_those_of_the_profile() -> None:
    sources = {path: path.read_text() for path in TESTS.rglob("test_*.py")}
    property_tests = {
        path: ast.parse(source)
        for path, source in sources.items()
        if "import hypothesis" in source or "from hypothesis" in source
    }
    own = {
        path
        for path, tree in property_tests.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in OF_THE_PROFILE
    }
    assert property_tests
    assert own == set()
