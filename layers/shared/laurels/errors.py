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
    """An error that a client may see. `detail` says what to do and never holds another user's data."""

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(self, detail: str = "", *, errors: list[FieldError] | None = None, retry_after: int | None = None):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors or []
        self.retry_after = retry_after  # seconds


class Malformed(Problem):
    status, code, title = 400, "malformed", "Malformed request"


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "A token is needed"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(Problem):
    status, code, title = 404, "not_found", "Not found"


class Conflict(Problem):
    status, code, title = 409, "conflict", "Conflict"


class Gone(Problem):
    status, code, title = 410, "gone", "Gone"


class Stale(Problem):
    status, code, title = 412, "stale", "The document has changed"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "Too large"


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class Invalid(Problem):
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
    status, code, title = 429, "too_many_requests", "Too many requests"


class Unavailable(Problem):
    """A temporary failure: the same request may succeed in a moment."""

    status, code, title = 503, "unavailable", "Try again"

    def __init__(self, detail: str = "", *, retry_after: int | None = 1):
        super().__init__(detail or "The service is busy. Send the same request again.", retry_after=retry_after)
