"""The errors of the domain, each with its HTTP status. `http` turns them into RFC 9457 problems."""

from typing import TypedDict


class Misconfigured(Exception):
    """A setting is missing or wrong. Clients get a 500: only the operator can mend it."""


class FieldError(TypedDict):
    """One entry of a problem's `errors`: the field (dotted path), a sentence for people, and a code for programs."""

    field: str
    detail: str
    code: str


class Problem(Exception):
    """A fault of the service.

    Subclasses are the errors that a client may see; the first paragraph of each docstring says when, and becomes a row
    of events/README.md. `detail` says what to do and never holds another user's data.
    """

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(self, detail: str = "", *, errors: list[FieldError] | None = None, retry_after: int | None = None):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors or []
        self.retry_after = retry_after  # seconds


class Malformed(Problem):
    """The body is not JSON, names a field twice, or the cursor belongs to another list."""

    status, code, title = 400, "malformed", "Malformed request"


class Unauthenticated(Problem):
    """`me` in a path that needs no token, and no token was sent."""

    status, code, title = 401, "unauthenticated", "A token is needed"


class Forbidden(Problem):
    """The token is valid, but lacks the role or scope."""

    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(Problem):
    """It does not exist, the id in the path cannot exist, or the caller may not know that it does."""

    status, code, title = 404, "not_found", "Not found"


class Conflict(Problem):
    """It exists already, a limit is reached, or the first request with this `Idempotency-Key` is still running
    (`Retry-After`)."""

    status, code, title = 409, "conflict", "Conflict"


class Gone(Problem):
    """The user was erased, or the version of the leaderboard that a cursor belongs to has been replaced."""

    status, code, title = 410, "gone", "Gone"


class Stale(Problem):
    """`If-Match` names no ETag of the document's present revision."""

    status, code, title = 412, "stale", "The document has changed"


class TooLarge(Problem):
    """A body of more than 1,000,000 bytes."""

    status, code, title = 413, "too_large", "Too large"


class UnsupportedMediaType(Problem):
    """The body is not JSON in UTF-8."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class Invalid(Problem):
    """A field or a query parameter does not validate, or the route does not know it; `errors` names each."""

    status, code, title = 422, "invalid", "Does not validate"

    @classmethod
    def field(cls, field: str, detail: str, code: str = "invalid") -> "Invalid":
        """Return an error of one field."""
        return cls.fields([{"field": field, "detail": detail, "code": code}])

    @classmethod
    def fields(cls, errors: list[FieldError]) -> "Invalid":
        """Return an error with at least one field; `detail` repeats the first one."""
        return cls(f"{errors[0]['field']}: {errors[0]['detail']}", errors=errors)


class TooManyRequests(Problem):
    """A limit of this user is reached: new `Idempotency-Key`s or sessions of a day, or started processings; wait
    `Retry-After` seconds."""

    status, code, title = 429, "too_many_requests", "Too many requests"


class Unavailable(Problem):
    """A passing failure; send the same request again after `Retry-After` seconds."""

    status, code, title = 503, "unavailable", "Try again"

    def __init__(self, detail: str = "", *, retry_after: int | None = 1):
        super().__init__(detail or "The service is busy. Send the same request again.", retry_after=retry_after)
