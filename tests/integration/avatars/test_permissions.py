"""What the functions of this room ask of S3, and where, is just what their roles allow."""

import pytest

from local.template.application import Application
from tests.integration.avatars.uploading import Bucket, process, remove, start, upload
from tests.integration.s3_permissions import Permission, granted, record
from tests.unit.avatars import images


@pytest.fixture
def asked(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> set[Permission]:
    return record(objects.name, "anna", monkeypatch)


def test_the_signer_of_forms_may_write_uploads(asked: set[Permission], application: Application) -> None:
    start()
    assert asked == granted("StartAvatarUpload", application)


def test_process_avatar_reads_uploads_and_writes_avatars(asked: set[Permission], application: Application) -> None:
    notice = [upload(body) for body in (images.png(), images.photo(), images.HTML)]
    asked.clear()
    assert [process(each)[:4] for each in notice] == ["made", "made", "neit"]
    assert asked == granted("ProcessAvatar", application)


def test_delete_avatar_lists_and_deletes_avatars(asked: set[Permission], application: Application) -> None:
    process(upload(images.png()))
    asked.clear()
    remove()
    assert asked == granted("DeleteAvatar", application)
