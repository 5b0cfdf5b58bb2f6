"""Every error becomes a problem (RFC 9457) that reveals nothing internal or personal."""

import pytest
from pydantic import BaseModel

from laurels import errors, telemetry
from laurels.http import Endpoint
from tests.events import call, event, lines, logged, send, user

PROBLEMS = [
    (errors.Malformed, 400, "malformed"),
    (errors.Unauthenticated, 401, "unauthenticated"),
    (errors.Forbidden, 403, "forbidden"),
    (errors.NotFound, 404, "not_found"),
    (errors.Conflict, 409, "conflict"),
    (errors.Gone, 410, "gone"),
    (errors.Stale, 412, "stale"),
    (errors.TooLarge, 413, "too_large"),
    (errors.UnsupportedMediaType, 415, "unsupported_media_type"),
    (errors.Invalid, 422, "invalid"),
    (errors.TooManyRequests, 429, "too_many_requests"),
    (errors.Unavailable, 503, "unavailable"),
]


def endpoint(error: BaseException) -> Endpoint:
    """An endpoint that raises the error."""
    app = Endpoint()

    @app.get("/v1/failures", summary="Fail", tags=["failures"])
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(("kind", "status", "code"), PROBLEMS)
def test_each_error_has_its_status_code_and_detail(kind: type[errors.Problem], status: int, code: str) -> None:
    handler = endpoint(kind("Do this instead.")).handler
    made = event(handler)
    answer = send(handler, made)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body == {
        "type": f"urn:laurels:problem:{code}",
        "title": kind.title,
        "status": status,
        "detail": "Do this instead.",
        "code": code,
        "request_id": made["requestContext"]["requestId"],
        "errors": [],
    }


def test_this_file_covers_every_kind_of_problem() -> None:
    assert {kind for kind, _, _ in PROBLEMS} == {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Problem)
    } - {errors.Problem}


def test_a_transient_error_has_a_retry_after_header() -> None:
    assert call(endpoint(errors.Unavailable()).handler).headers["retry-after"] == "1"
    busy = errors.TooManyRequests("Wait.", retry_after=30)
    assert call(endpoint(busy).handler).headers["retry-after"] == "30"
    assert "retry-after" not in call(endpoint(errors.NotFound()).handler).headers


def test_a_401_names_the_authentication_scheme() -> None:
    assert call(endpoint(errors.Unauthenticated()).handler).headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in call(endpoint(errors.Forbidden()).handler).headers


class Stored(BaseModel):
    phone: int


def broken_item() -> Exception:
    with pytest.raises(ValueError) as caught:
        Stored.model_validate({"phone": "+49301234567 of Anna"})
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Anna's phone is +49301234567"),
        KeyError("+49301234567"),
        RecursionError("+49301234567"),
        errors.Misconfigured("JWT_SECRET +49301234567"),
        broken_item(),  # invalid data of our own is not the client's error
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_unexpected_error_is_500_and_reveals_nothing_of_its_message(error: Exception) -> None:
    with logged() as log:
        answer = call(endpoint(error).handler)
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    for text in (answer.text, log.getvalue()):
        assert "Anna" not in text
        assert "49301234567" not in text
    assert type(error).__name__ not in answer.text
    (failed,) = lines(log)
    assert (failed["level"], failed["error"]) == ("ERROR", type(error).__name__)
    assert any("test_problems.py" in place and place.endswith(" fail") for place in failed["at"])


@pytest.mark.parametrize(("kind", "status", "code"), PROBLEMS)
def test_only_server_errors_are_logged_and_without_personal_data(
    kind: type[errors.Problem], status: int, code: str
) -> None:
    handler = endpoint(kind("Anna is not here.")).handler
    made = event(handler, caller=user("anna@example.org", name="Anna"), headers={"x-name": "Anna"})
    with logged() as log:
        send(handler, made)
    ours = [(code, made["requestContext"]["requestId"])] if status >= 500 else []
    assert [(line["code"], line["correlation_id"]) for line in lines(log)] == ours
    for secret in ("Anna", "anna", "Bearer", made["headers"]["authorization"].split()[1], "203.0.113.7"):
        assert secret not in log.getvalue()


def test_each_request_has_its_own_request_id() -> None:
    handler = endpoint(errors.Unavailable()).handler
    with logged() as log:
        ids = {call(handler).body["request_id"] for _ in range(2)}
    assert {line["correlation_id"] for line in lines(log)} == ids
    assert len(ids) == 2


def test_metrics_are_written_with_the_response_if_any_were_counted(capsys: pytest.CaptureFixture[str]) -> None:
    app = Endpoint()

    @app.get("/v1/counts", summary="Count", tags=["counts"])
    def count() -> None:
        telemetry.count("Awards", 2)
        telemetry.count("UpdatesApplied", 0)

    assert call(app.handler).status == 200
    sent = capsys.readouterr().out
    assert '"Awards":[2.0]' in sent
    assert "UpdatesApplied" not in sent
    call(endpoint(errors.NotFound()).handler)
    assert capsys.readouterr().out == ""
