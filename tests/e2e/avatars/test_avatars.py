"""Avatars over HTTP, from the upload form to the profile, and refused uploads."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from laurels import keys, storage
from tests.e2e.conftest import Answer, Service
from tests.unit.avatars import images
from tests.unit.avatars.images import BLUE, GREEN, RED

LIMIT = 5 * 1024 * 1024
_numbers = count(1)


class Learner:
    """A new user with an HTTP client of their own."""

    def __init__(self, service: Service) -> None:
        self.id = f"avatar-{next(_numbers)}"
        self.service, self.token = service, service.token(self.id)
        self._http = urllib3.PoolManager(retries=False, timeout=300)

    def start(self, content_type: str = "image/png", size: int = 1000) -> dict[str, Any]:
        body = {"content_type": content_type, "size": size}
        answer = self.service.call("POST", "/users/me/avatar", self.token, body)
        assert answer.status == 201, answer
        form: dict[str, Any] = answer.json()
        return form

    def post(self, form: dict[str, Any], body: bytes, **changed: str) -> int:
        """Post the picture and return the status from S3. `changed` are form fields that were tampered with."""
        fields = form["fields"] | {name.replace("_", "-"): value for name, value in changed.items()}
        return self._http.request("POST", form["url"], fields=fields | {"file": ("picture.png", body)}).status

    def upload(self, body: bytes, content_type: str = "image/png") -> None:
        assert self.post(self.start(content_type), body) == 204

    @property
    def avatar_url(self) -> str | None:
        answer = self.service.call("GET", "/users/me", self.token)
        assert answer.status == 200, answer
        url: str | None = answer.json()["avatar_url"]
        return url

    def see(self, url: str, method: str = "GET") -> Answer:
        return Answer(self._http.request(method, url))

    def objects(self) -> list[str]:
        """Return the names of all the user's objects in the bucket."""
        return [
            name
            for name in bucket(self.service)
            if name.startswith((keys.avatar(self.id), keys.avatar_upload(self.id)))
        ]

    def close(self) -> None:
        self._http.clear()


def bucket(service: Service) -> list[str]:
    stack = service.stack
    pages = stack.clients("s3").get_paginator("list_objects_v2").paginate(Bucket=stack.application.buckets["Bucket"].id)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


@pytest.fixture
def learner(stack: Service) -> Iterator[Learner]:
    somebody = Learner(stack)
    yield somebody
    somebody.close()


TAKEN = {
    "a photo": ("image/jpeg", images.photo()),
    "a PNG": ("image/png", images.png()),
    "a WebP": ("image/webp", images.saved(images.plain(), "WEBP")),
    "an animated GIF": ("image/gif", images.animated("GIF", RED, GREEN)),
    "a JPEG declared as a PNG": ("image/png", images.jpeg()),
    "a PNG as large as allowed": ("image/png", images.png().ljust(LIMIT, b"\0")),
}
REFUSED = {
    "HTML": images.HTML,
    "one byte": b"\x89",
    "a truncated PNG": images.png()[:-40],
    "a decompression bomb": images.png_of(10_000, 10_000),
}


@pytest.mark.parametrize(("content_type", "body"), TAKEN.values(), ids=TAKEN)
def test_an_uploaded_picture_becomes_the_avatar(content_type: str, body: bytes, learner: Learner) -> None:
    learner.upload(body, content_type)
    learner.service.drain()
    url = learner.avatar_url or ""
    for size in (512, 256, 64):
        seen = learner.see(url.replace("/512.webp", f"/{size}.webp"))
        assert (seen.status, seen.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in seen.headers["cache-control"]
        assert (seen.body[:4], seen.body[8:12]) == (b"RIFF", b"WEBP")
        assert b"EXIF" not in seen.body
    assert learner.see(url, "HEAD").status == 200
    assert len(learner.objects()) == 3, "the upload is deleted"


@pytest.mark.deployed
@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_an_upload_that_is_no_picture_is_deleted(body: bytes, learner: Learner) -> None:
    learner.upload(body)
    learner.service.drain()
    assert learner.avatar_url is None
    assert learner.objects() == []


@pytest.mark.deployed
def test_the_form_accepts_only_the_upload_it_was_created_for(learner: Learner) -> None:
    """The emulator does not check signatures; tests/unit/storage compares ours with botocore's."""
    form, picture = learner.start(), images.png()
    other = keys.avatar_upload("somebody-else", "0" * 32)
    assert learner.post(form, picture.ljust(LIMIT + 1, b"\0")) == 400
    assert learner.post(form, b"") == 400
    assert learner.post(form, picture, key=other) == 403
    assert learner.post(form, picture, key=keys.avatar(learner.id, "1", 512)) == 403
    assert learner.post(form, picture, Content_Type="text/html") == 403
    learner.service.drain()
    assert learner.objects() == []
    assert other not in bucket(learner.service)
    assert learner.avatar_url is None
    assert learner.post(form, picture) == 204, "the form still accepts its own upload"


def test_a_form_expires(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = learner.service.stack
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
    monkeypatch.setenv("BUCKET_NAME", stack.application.buckets["Bucket"].id)
    name = keys.avatar_upload(learner.id, "0" * 32)
    for seconds, expected in ((-1, 403), (60, 204)):
        form = storage.upload_form(name, "image/png", LIMIT, seconds)
        assert learner.post({"url": form.url, "fields": form.fields}, images.HTML) == expected


def test_a_new_avatar_replaces_the_old_one_and_a_deleted_one_is_not_served(learner: Learner) -> None:
    urls = []
    for colour in (RED, BLUE):
        learner.upload(images.png(images.plain(colour)))
        learner.service.drain()
        urls.append(learner.avatar_url or "")
    assert [learner.see(url).status for url in urls] == [403, 200]
    assert len(learner.objects()) == 3
    for _ in range(2):
        assert learner.service.call("DELETE", "/users/me/avatar", learner.token).status == 204
        assert learner.avatar_url is None
        assert learner.objects() == []
    assert learner.see(urls[1]).status == 403


@pytest.mark.deployed
def test_concurrent_uploads_leave_each_user_one_avatar(stack: Service) -> None:
    learners = [Learner(stack) for _ in range(3)]
    forms = [(each, each.start()) for each in learners for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        posted = pool.map(lambda pair: pair[0].post(pair[1], images.png()), forms)
        assert list(posted) == [204] * 12
    stack.drain()
    for each in learners:
        newest = max(form["fields"]["key"].rpartition("/")[2] for one, form in forms if one is each)
        assert (each.avatar_url or "").split("/")[-2][:12] == newest[:12]
        assert len(each.objects()) == 3
        each.close()


@pytest.mark.deployed
def test_a_duplicate_event_changes_nothing(learner: Learner) -> None:
    form = learner.start()
    learner.post(form, images.png())
    learner.service.drain()
    before = learner.avatar_url, learner.objects()
    event = {"id": "again", "detail": {"object": {"key": form["fields"]["key"]}}}
    assert learner.service.invoke("ProcessAvatar", event) == "gone"
    assert (learner.avatar_url, learner.objects()) == before


def test_only_avatars_are_served(learner: Learner) -> None:
    learner.upload(images.png())
    learner.service.drain()
    url = learner.avatar_url or ""
    base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    for name in ("boards/current.json", keys.avatar_upload(learner.id, "1")):
        assert learner.see(f"{base}/{name}").status in (403, 404)
    assert learner.see(f"{base}/avatars/").status == 403
    assert learner.see(url, "DELETE").status in (403, 404)
    assert learner.see(url).status == 200


def test_the_log_contains_no_user_id(learner: Learner) -> None:
    learner.upload(images.HTML)
    learner.service.drain()
    lines = learner.service.stack.log.path.read_text().splitlines()
    found = [line for line in lines if " ProcessAvatar: " in line and "neither" in line]
    assert found
    assert not [line for line in found if learner.id in line]
    assert json.loads(found[-1].partition(" ProcessAvatar: ")[2])["correlation_id"]
