"""Send the requests to DynamoDB through a proxy of the test."""

import threading
from collections.abc import Iterator

import pytest

from tests.integration.table.front import Front


@pytest.fixture
def front(table: str, dynamodb: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """Point `laurels.table` at this server."""
    with Front(dynamodb) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{server.server_port}")
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()
        server.pool.clear()
        assert not server.broken, server.broken
