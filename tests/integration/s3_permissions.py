"""What functions ask of S3, and where, beside what their roles allow: a policy's text alone does not tell that."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from laurels import storage
from local.template.application import Application

Permission = tuple[str, str]  # an action, and the objects of the bucket; "" for the bucket itself
_ACTIONS = {"GET": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}
_SIGNED = {"download_url": "s3:GetObject", "upload_form": "s3:PutObject"}


def record(bucket: str, user_id: str, monkeypatch: pytest.MonkeyPatch) -> set[Permission]:
    """Return the set to which every request for this user's objects adds its permission, and every URL and form that
    is signed from now on."""
    asked: set[Permission] = set()
    send = storage._send

    def folder(name: str) -> str:
        return f"{name.partition(f'/{user_id}/')[0]}/*"

    def sent(method: str, url: str, *rest: Any) -> Any:
        parts = urlsplit(url)
        name = parts.path.partition(f"/{bucket}/")[2]
        asked.add(("s3:ListBucket", "") if parts.query else (_ACTIONS[method], folder(name)))
        return send(method, url, *rest)

    def recorded(action: str, sign: Callable[..., Any]) -> Callable[..., Any]:
        def signed(name: str, *rest: Any) -> Any:
            asked.add((action, folder(name)))
            return sign(name, *rest)

        return signed

    # Private, because every request to S3 passes through it: no permission is missed.
    monkeypatch.setattr(storage, "_send", sent)
    for function, action in _SIGNED.items():
        monkeypatch.setattr(storage, function, recorded(action, getattr(storage, function)))
    return asked


def granted(function: str, application: Application) -> set[Permission]:
    """Return what the function's role allows in the bucket."""
    (bucket,) = application.buckets.values()
    return {
        (action, arn.removeprefix(bucket.arn).removeprefix("/"))
        for statement in application.functions[function].statements
        for action in statement["Action"]
        for arn in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if action.startswith("s3:")
    }
