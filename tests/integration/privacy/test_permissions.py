"""What each function asks of S3, and where, is just what its role allows: its text alone does not tell that."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from laurels import storage
from local.template.application import Application
from tests.integration.privacy.erasing_and_exporting import export_now, export_state, id_of, leave, settle_down, sweep

ANNA = id_of("anna")
ACTIONS = {"GET": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}
LISTING = ("s3:ListBucket", "")


@pytest.fixture
def asked(bucket: str, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """The actions that S3 is asked for from now on, each with the folder it is asked for in."""
    found: set[tuple[str, str]] = set()
    send, sign = storage._send, storage.download_url

    def recorded(method: str, url: str, *rest: Any) -> Any:
        parts = urlsplit(url)
        folder = parts.path.partition(f"/{bucket}/")[2].partition(f"/{ANNA}/")[0]
        found.add(LISTING if parts.query else (ACTIONS[method], f"{folder}/*"))
        return send(method, url, *rest)

    def signed(name: str, *rest: Any) -> Any:
        found.add(("s3:GetObject", f"{name.partition(f'/{ANNA}/')[0]}/*"))
        return sign(name, *rest)

    # Private, because every request to S3 passes through it: no permission is missed.
    monkeypatch.setattr(storage, "_send", recorded)
    monkeypatch.setattr(storage, "download_url", signed)
    return found


def granted(function: str, application: Application) -> set[tuple[str, str]]:
    (bucket,) = application.buckets.values()
    return {
        (action, arn.removeprefix(bucket.arn).removeprefix("/"))
        for statement in application.functions[function].statements
        for action in statement["Action"]
        for arn in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if action.startswith("s3:")
    }


def test_an_eraser_lists_and_deletes(asked: set[tuple[str, str]], application: Application) -> None:
    settle_down(ANNA)
    erasure_id = leave(ANNA)
    asked.clear()
    assert sweep(erasure_id) == []
    assert asked == granted("EraseUser", application)


def test_an_exporter_reads_the_files_and_writes_exports(asked: set[tuple[str, str]], application: Application) -> None:
    settle_down(ANNA)
    asked.clear()
    export_id = export_now(ANNA)
    # It deletes its file if the user was erased meanwhile.
    assert asked | {("s3:DeleteObject", "exports/*")} == granted("ExportUser", application)
    asked.clear()
    export_state(ANNA, export_id)
    assert asked == granted("GetExport", application)
