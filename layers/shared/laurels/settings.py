"""Settings are read from the environment when used, so that tests and warm functions see changes."""

import os

from laurels.errors import Misconfigured

# Time limits in seconds. The environment may set others under the same names.
TIME_LIMITS = {
    "CONNECT_SECONDS": 1.0,  # opening a connection to AWS, and each step of its TLS handshake
    "RESPONSE_SECONDS": 2.0,  # each part of a response of DynamoDB or SQS
    "STORAGE_READ_SECONDS": 4.0,  # the same of S3: an endpoint has 10, and its first connection may be stale
    "STORAGE_WRITE_SECONDS": 30.0,  # the same after an upload to S3: a board of a million users is tens of megabytes
    "RETRY_SECONDS": 5.0,  # all attempts of a write that conflicts: an endpoint has 10, and the last may be a slow one
    "BATCH_SECONDS": 10.0,  # the same for all users of a batch of stat updates together: the function has 15
    "IMPORT_SECONDS": 15.0,  # the same for an import, each attempt of up to a hundred items: the function has 29
    "DRY_RUN_SECONDS": 20.0,  # a dry run of a backfill: the function has 29
    # From the start of an erasure to its last sweep, and of a deletion of groups or documents to the message that
    # finishes it. By then upload forms have expired (600), the gateway has forgotten the user's tokens (60), and every
    # function that had begun has ended (60).
    "SETTLE_SECONDS": 720.0,
    "EXTRACTION_SECONDS": 20.0,  # taking the text out of a file, in a process that may use 10 s of CPU
    "MODEL_SECONDS": 50.0,  # a model's answer; the function asks it twice, and has 120
    "ACTIVITY_SECONDS": 0.5,  # how long the authorizer's answer waits until a user's activity is written
    "JWKS_SECONDS": 2.0,  # connecting to the issuer of tokens, and each part of its response; a caller is waiting
}
_LONGEST = 24 * 60 * 60  # seconds


def text(name: str, default: str | None = None) -> str:
    """Return the setting as text. Without a default, a missing or empty one raises Misconfigured."""
    value = os.environ.get(name, "") or default
    if value is None:
        raise Misconfigured(f"The environment variable {name} is not set.")
    return value


def number(name: str, default: int) -> int:
    """Return the setting as a whole number. Raises Misconfigured."""
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError as error:
        raise Misconfigured(f"The environment variable {name} is not a whole number: {value!r}.") from error


def seconds(name: str) -> float:
    """Return a time limit in seconds, at most a day; TIME_LIMITS has its default. Raises Misconfigured."""
    value = os.environ.get(name, "")
    try:
        limit = float(value) if value else TIME_LIMITS[name]
    except ValueError:
        limit = -1.0
    if not 0 <= limit <= _LONGEST:
        raise Misconfigured(f"The environment variable {name} is not a number of seconds up to a day: {value!r}.")
    return limit
