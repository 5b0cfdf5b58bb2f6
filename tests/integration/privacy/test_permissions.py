"""What the functions of this room ask of S3, and where, is just what their roles allow."""

import pytest

from local.template.application import Application
from tests.integration.privacy.erasing_and_exporting import export_now, export_state, id_of, leave, settle_down, sweep
from tests.integration.s3_permissions import Permission, granted, record

ANNA = id_of("anna")


@pytest.fixture
def asked(bucket: str, monkeypatch: pytest.MonkeyPatch) -> set[Permission]:
    return record(bucket, ANNA, monkeypatch)


def test_an_eraser_lists_and_deletes(asked: set[Permission], application: Application) -> None:
    settle_down(ANNA)
    erasure_id = leave(ANNA)
    asked.clear()
    assert sweep(erasure_id) == []
    assert asked == granted("EraseUser", application)


def test_an_exporter_reads_the_files_and_writes_exports(asked: set[Permission], application: Application) -> None:
    settle_down(ANNA)
    asked.clear()
    export_id = export_now(ANNA)
    # It deletes its file if the user was erased meanwhile.
    assert asked | {("s3:DeleteObject", "exports/*")} == granted("ExportUser", application)
    asked.clear()
    export_state(ANNA, export_id)
    assert asked == granted("GetExport", application)
