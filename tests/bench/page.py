"""The page `/v1/app` in Chromium against the local stack: weight, first paint, and requests of each view."""

import os
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import urllib3
from playwright.sync_api import Browser, sync_playwright

from tests.bench.report import Table
from tests.e2e.conftest import Service, serving

ROUNDS = 5
MAX_KB, MAX_REQUESTS = 40, 4
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
TEACHER = "teacher-of-the-page"
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Visit(NamedTuple):
    """One opening of a view: milliseconds to the first paint and to the last answer shown, and requests of the API."""

    paint: float
    shown: float
    requests: int


def run(rounds: int = ROUNDS) -> Iterator[Table]:
    if CHROMIUM is None:
        print("!!! There is no Chromium on the path or in CHROMIUM: the page is left out.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "stack.log") as service:
        tokens = _people(service)
        content = urllib3.request("GET", f"{service.base_url}/app", decode_content=False).data
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for view, token in tokens.items():
                _visit(browser, service, token, view)  # starts the functions
            visits = {
                view: [_visit(browser, service, token, view) for _ in range(rounds)] for view, token in tokens.items()
            }
            browser.close()
    rows = [
        (
            view,
            round(median(each.paint for each in made)),
            round(median(each.shown for each in made)),
            (requests := max(each.requests for each in made)),
            "met" if requests <= MAX_REQUESTS else "missed",
        )
        for view, made in visits.items()
    ]
    columns = ("view", "first paint, ms", "all is shown, ms", "requests of the API", f"≤ {MAX_REQUESTS}")
    size = len(content) / 1000
    verdict = "met" if size <= MAX_KB else "missed"
    plain = len(zlib.decompress(content, wbits=31)) / 1000
    notes = [f"The page is one response of {size:.1f} KB in gzip, {plain:.0f} KB plain: ≤ {MAX_KB} {verdict}."]
    yield Table(f"The page in Chromium against the local stack, medians of {rounds}", columns, rows, notes)


def _people(service: Service) -> dict[str, str]:
    """Make a learner with a goal, in a group with a teacher, on computed boards; return each view with its token."""
    learner, admin = service.token("reader"), service.admin()
    for token in (learner, service.token(TEACHER)):
        assert service.call("GET", "/users/me", token).status == 200
    assert service.call("POST", "/users/me/goals", learner, {"title": "Read"}).status == 201
    award = {"code": "reader", "title": "Reader", "points": 40}
    assert service.call("POST", "/users/reader/achievements", service.service(), award).status == 201
    group = service.call("POST", "/groups", admin, {"kind": "class", "name": "Readers"}).json()["group_id"]
    for user_id, role in (("reader", "learner"), (TEACHER, "teacher")):
        path = f"/groups/{group}/members/{user_id}"
        assert service.call("PUT", path, admin, {"role": role}).status in (200, 201)
    service.tick()
    views = dict.fromkeys(("today", "boards", "privacy"), learner)
    return views | {"classes": service.token(TEACHER), "operator": admin}


def _visit(browser: Browser, service: Service, token: str, view: str) -> Visit:
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        start = time.perf_counter()
        page.goto(f"{service.base_url}/app#token={token}&view={view}")
        page.wait_for_selector("h1")
        page.wait_for_function("!document.querySelector('[aria-busy]')")
        shown = (time.perf_counter() - start) * 1000
        paint = float(page.evaluate(_PAINT))
        return Visit(paint, shown, len([url for url in asked if "/app" not in url and url.startswith(service.url)]))
