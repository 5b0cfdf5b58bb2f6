"""Responses for browsers to show, with their Content-Security-Policy: HTML pages, whose policy allows exactly the
scripts and styles that are in them, and SVG pictures, whose policy allows nothing."""

import re
import zlib
from base64 import b64encode
from hashlib import sha256
from typing import NamedTuple

HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"


class HtmlPage(NamedTuple):
    """A page (gzipped HTML), and its Content-Security-Policy."""

    content: bytes
    policy: str

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": HTML, "content-encoding": "gzip", "content-security-policy": self.policy}


class SvgPicture(NamedTuple):
    """A picture (SVG in UTF-8) without scripts, style sheets and references to anything outside, and its policy."""

    content: bytes
    policy: str = "default-src 'none'; frame-ancestors 'none'"

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": SVG, "content-security-policy": self.policy}


def html_page(html: str) -> HtmlPage:
    """Return the page. Its policy permits its own inline scripts and styles by their hashes, calls of the API that
    serves it, and pictures in data: URLs; nothing else.

    https://www.w3.org/TR/CSP3/#grammardef-hash-source
    """
    policy = {
        "default-src": "'none'",
        "script-src": _hashes("script", html),
        "style-src": _hashes("style", html),
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    content = zlib.compress(html.encode(), wbits=31)  # as gzip
    return HtmlPage(content, "; ".join(f"{name} {value}" for name, value in policy.items()))


def _hashes(tag: str, html: str) -> str:
    """Return the sources of the elements without a type: those with one (application/json) are data."""
    found = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", html)
    return " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in found) or "'none'"
