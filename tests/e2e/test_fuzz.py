"""Generated requests get documented answers: no 5xx, no undocumented status, media type or body."""

import pytest

from tests.e2e import fuzzing
from tests.e2e.conftest import Service
from tests.sizes import sized

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def fuzzed(stack: Service) -> Service:
    fuzzing.prepare(stack)
    return stack


@pytest.mark.parametrize("caller", ["learner", "service", "admin"])
def test_generated_requests_get_documented_answers(fuzzed: Service, caller: str) -> None:
    few = ("--phases=fuzzing", f"--max-examples={sized(1, 2)}", "--generation-deterministic")
    done = fuzzing.run(fuzzed, fuzzed.tokens()[caller], f"--exclude-operation-id={fuzzing.ERASURE}", *few)
    assert done.returncode == 0, "the output of Schemathesis says what failed, and how to repeat it"
