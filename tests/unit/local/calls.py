"""Raw HTTP calls, to which no client library adds headers, and checks whether a process still runs."""

import http.client
import json
import os
import subprocess
import time
from typing import Any
from urllib.parse import urlsplit


class Answer:
    def __init__(self, response: Any) -> None:
        self.status = response.status
        self.pairs = [(name.lower(), value) for name, value in response.getheaders()]
        self.headers = dict(self.pairs)
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> Any:
        return f"<{self.status} {self.body[:300]!r}>"


def call(url: Any, method: str = "GET", body: Any = None, headers: Any = ()) -> Any:
    """Send one request on its own connection. `headers` are pairs and are sent unchanged."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        own_host = any(name.lower() == "host" for name, _ in headers)
        connection.putrequest(method, target, skip_host=own_host, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def runs(process: Any) -> Any:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # An ended process remains as a zombie until its parent reads its exit status.
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    state = shown.stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_until(true: Any, limit: int = 120) -> Any:
    """Wait until `true()` holds. Return False if it does not hold within `limit` seconds."""
    deadline = time.monotonic() + limit
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
