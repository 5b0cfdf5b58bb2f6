"""What each function asks of S3, and where, is just what its role allows: its text alone does not tell that."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from laurels import storage
from local.template.application import Application
from tests.integration.avatars.uploading import Bucket, process, remove, start, upload
from tests.unit.avatars import images

ACTIONS = {"GET": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}


@pytest.fixture
def asked(objects: Bucket, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """The actions that S3 is asked for from now on, each with the folder it is asked for in."""
    found: set[tuple[str, str]] = set()
    send, make = storage._send, storage.upload_form

    def recorded(method: str, url: str, *rest: Any) -> Any:
        parts = urlsplit(url)
        folder = parts.path.split(f"/{objects.name}/", 1)[1].partition("/anna/")[0]
        found.add(("s3:ListBucket", "") if parts.query else (ACTIONS[method], f"{folder}/*"))
        return send(method, url, *rest)

    def signed(name: str, *rest: Any) -> Any:
        found.add(("s3:PutObject", f"{name.partition('/anna/')[0]}/*"))
        return make(name, *rest)

    # Private, because every request to S3 passes through it: no permission is missed.
    monkeypatch.setattr(storage, "_send", recorded)
    monkeypatch.setattr(storage, "upload_form", signed)
    return found


def granted(function: str, application: Application) -> set[tuple[str, str]]:
    (bucket,) = application.buckets.values()
    return {
        (action, statement["Resource"].removeprefix(bucket.arn).removeprefix("/"))
        for statement in application.functions[function].statements
        for action in statement["Action"]
        if action.startswith("s3:")
    }


def test_the_signer_of_forms_may_write_uploads(asked: set[tuple[str, str]], application: Application) -> None:
    start()
    assert asked == granted("StartAvatarUpload", application)


def test_process_avatar_reads_uploads_and_writes_avatars(asked: set[tuple[str, str]], application: Application) -> None:
    told = [upload(body) for body in (images.png(), images.photo(), images.HTML)]
    asked.clear()
    assert [process(each)[:4] for each in told] == ["made", "made", "neit"]
    assert asked == granted("ProcessAvatar", application)


def test_delete_avatar_lists_and_deletes_avatars(asked: set[tuple[str, str]], application: Application) -> None:
    process(upload(images.png()))
    asked.clear()
    remove()
    assert asked == granted("DeleteAvatar", application)
