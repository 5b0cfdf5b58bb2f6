"""On the path of every function of the tests' stack, so that Python runs it first: AWS may take its time there."""

import time
from types import SimpleNamespace

from laurels import attempts, aws, exchange, storage
from laurels.authorizer import presence

SECONDS = 300.0

exchange.CONNECT_SECONDS = aws.READ_SECONDS = SECONDS
storage._READ_SECONDS = storage._WRITE_SECONDS = SECONDS
presence.PATIENCE = SECONDS
# For those who try again no time passes, so none of them gives up.
attempts.time = SimpleNamespace(monotonic=lambda: 0.0, sleep=time.sleep)  # type: ignore[assignment]
