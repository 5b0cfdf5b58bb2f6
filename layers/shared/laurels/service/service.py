"""The service itself: name and version, health, documentation."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from laurels import clock, keys, table
from laurels.pages import HtmlPage, html_page
from laurels.service.models import Health, Root

VERSION = "1.0.0"


def root() -> Root:
    links = {"health": "/v1/health", "openapi": "/v1/openapi.json", "docs": "/v1/docs", "boards": "/v1/leaderboards"}
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
    for name, text in parts.items():
        page = page.replace(f"/*{name}*/", text)
    return html_page(page)
