"""The steps of an avatar upload: the form, the S3 event, the profile."""

import uuid
from typing import Any

import boto3
import urllib3

from avatars import delete_avatar, process_avatar, start_avatar_upload
from laurels import keys, settings, table
from tests.events import Answer, call, user

ANNA, BORIS = user("anna"), user("boris")


def start(caller: dict[str, str] = ANNA, content_type: str = "image/png", size: int = 1000, **request: Any) -> Answer:
    body = {"content_type": content_type, "size": size}
    return call(start_avatar_upload.handler, path={"user_id": "me"}, caller=caller, body=body, **request)


def post(form: Any, body: bytes, **changed: str) -> int:
    """Submit the form as a browser does; return the status. `changed` holds form fields that were tampered with."""
    fields = {**form["fields"], **{name.replace("_", "-"): value for name, value in changed.items()}}
    with urllib3.PoolManager() as http:
        return http.request("POST", form["url"], fields={**fields, "file": ("picture", body)}).status


def upload(body: bytes, caller: dict[str, str] = ANNA) -> dict[str, Any]:
    """Upload a file; return the EventBridge event for the function."""
    form = start(caller).body
    assert post(form, body) == 204
    return event(form["fields"]["key"])


def event(name: str) -> dict[str, Any]:
    bucket = {"name": settings.text("BUCKET_NAME")}
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {"version": "0", "bucket": bucket, "object": {"key": name}, "reason": "POST Object"},
    }


def process(notice: dict[str, Any]) -> str:
    return process_avatar.handler(notice, None)


def remove(user_id: str = "me", caller: dict[str, str] = ANNA) -> Answer:
    return call(delete_avatar.handler, path={"user_id": user_id}, caller=caller)


def profile(user_id: str = "anna") -> dict[str, Any]:
    found = table.get(keys.profile(user_id), consistent=True)
    assert found is not None
    return found


def apart_from_uploads(found: dict[str, Any]) -> dict[str, Any]:
    """Return a profile without its revision and its upload error, which test_avatar_error.py tests."""
    return {name: value for name, value in found.items() if name not in ("avatar_error", "rev")}


class Bucket:
    """The bucket, accessed with boto3 instead of `laurels.storage`."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.client, self.name = boto3.client("s3", endpoint_url=endpoint), name

    @property
    def names(self) -> list[str]:
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def of(self, avatar_id: str, user_id: str = "anna") -> list[str]:
        """The names of an avatar's pictures."""
        return sorted(keys.avatar(user_id, avatar_id, size) for size in (64, 256, 512))

    def get(self, name: str) -> Any:
        return self.client.get_object(Bucket=self.name, Key=name)

    def put(self, name: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=name, Body=body)
