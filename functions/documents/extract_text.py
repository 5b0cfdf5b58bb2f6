"""EventBridge aws.s3, Object Created under uploads/documents/: takes the text out of a file, or records an error."""

from typing import Any

from laurels.documents import extraction


def handler(event: dict[str, Any], _context: Any) -> str:
    return extraction.process(event)
