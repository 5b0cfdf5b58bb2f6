"""On the path of every function of the tests' stack, so that Python runs it first: AWS may take its time there."""

import time
from types import SimpleNamespace

from laurels import retries, storage
from laurels.authorizer import presence
from laurels.aws import client, connections

SECONDS = 300.0

connections.CONNECT_SECONDS = client.READ_SECONDS = SECONDS
storage._READ_SECONDS = storage._WRITE_SECONDS = SECONDS
presence.PATIENCE = SECONDS
# For those who try again no time passes, so none of them gives up.
retries.time = SimpleNamespace(monotonic=lambda: 0.0, sleep=time.sleep)  # type: ignore[assignment]
