"""The service itself: name and version, health, documentation."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from laurels import clock, keys, table
from laurels.pages import HtmlPage, html_page
from laurels.service import scripts
from laurels.service.models import Health, Root

VERSION = "1.0.0"


def root() -> Root:
    paths = {"health": "health", "openapi": "openapi.json", "docs": "docs", "app": "app", "boards": "leaderboards"}
    links = {name: f"/v1/{path}" for name, path in paths.items()}
    return Root(name="Laurels", version=VERSION, links=links)


def health() -> Health:
    """Check that the table responds. Raises Unavailable (503) if it does not."""
    table.get(keys.boards_lock())
    return Health(status="ok", time=clock.now())


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document, which `make openapi` generates and which is committed beside this file."""
    document: dict[str, Any] = json.loads(files(__package__).joinpath("openapi.json").read_bytes())
    return document


@cache
def docs() -> HtmlPage:
    """Return Swagger UI as one page. Script and style are inside, so it works offline."""
    assets = files("aws_lambda_powertools").joinpath("event_handler/openapi/swagger_ui")
    page = files(__package__).joinpath("docs.html").read_text(encoding="utf-8")
    parts = {
        "STYLE": assets.joinpath("swagger-ui.min.css").read_text(encoding="utf-8"),
        "SCRIPT": assets.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        # Inside a script element, `</` could end it.
        "DOCUMENT": json.dumps(openapi()).replace("</", "<\\/"),
    }
    return html_page(_filled(page, parts))


@cache
def app() -> HtmlPage:
    """Return the page for learners, teachers and operators. Script and style are inside."""
    folder = files(__package__).joinpath("app")
    page = folder.joinpath("index.html").read_text(encoding="utf-8")
    parts = {
        "STYLE": folder.joinpath("style.css").read_text(encoding="utf-8"),
        "SCRIPT": scripts.joined(folder, "main.js"),
    }
    return html_page(_filled(page, parts))


def _filled(page: str, parts: dict[str, str]) -> str:
    """Return the page with each text in the place of its name, `/*NAME*/`."""
    for name, text in parts.items():
        page = page.replace(f"/*{name}*/", text)
    return page
