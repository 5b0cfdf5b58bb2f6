"""EventBridge aws.s3, Object Created under uploads/avatars/: makes an avatar of the upload, or records an error."""

from typing import Any

from laurels.avatars import processing


def handler(event: dict[str, Any], _context: Any) -> str:
    return processing.process(event)
