"""The handler as API Gateway calls it, with HS256: which tokens are accepted, which are refused, what is logged."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from authorizer import authorize
from tests.unit.authorizer.conftest import Call, Forge, MakeClaims, MakeToken, Reason, Settings

EVENTS = Path(__file__).parents[3] / "events" / "authorizer"


def test_a_valid_token_is_accepted(call: Call, token: MakeToken) -> None:
    sent = token(roles=["admin"], scope="users:read", sid="s-1", name="Анна", iat=int(time.time()))
    assert call(f"Bearer {sent}") == {
        "isAuthorized": True,
        "context": {"sub": "42", "roles": "admin", "scope": "users:read", "sid": "s-1", "name": "Анна"},
    }


def test_a_request_without_a_header_is_anonymous(call: Call) -> None:
    assert call(None) == {"isAuthorized": True, "context": {}}
    assert call(None, headers=None) == {"isAuthorized": True, "context": {}}


def test_a_required_token_that_is_not_in_the_authorization_header_is_refused(call: Call) -> None:
    assert call(None, identitySource=["something else"]) == {"isAuthorized": False}


def test_the_header_name_is_case_insensitive_and_two_headers_are_refused(call: Call, token: MakeToken) -> None:
    good = f"Bearer {token()}"
    assert call(None, headers={"Authorization": good})["isAuthorized"] is True
    assert call(None, headers={"Authorization": good, "authorization": good})["isAuthorized"] is False


def test_the_placeholder_token_of_the_sample_event_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    event = json.loads((EVENTS / "authorize.json").read_text())
    assert authorize.handler(event, None) == {"isAuthorized": False}
    line = json.loads(capsys.readouterr().out)
    assert line["correlation_id"] == event["requestContext"]["requestId"]


def test_the_log_holds_the_reason_and_no_part_of_the_token(
    call: Call, token: MakeToken, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = token(exp=int(time.time()) - 3600, name="Анна", email="anna@school.example", sub="user-7")
    call(f"Bearer {sent}")
    out = capsys.readouterr().out
    line = json.loads(out)
    assert (line["level"], line["message"], line["reason"]) == ("WARNING", "token refused", "ExpiredSignatureError")
    assert not [part for part in (*sent.split("."), "Анна", "anna@", "user-7") if part in out]


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dXNlcjpwYXNz", "Bearer a,Bearer b"])
def test_a_header_without_one_bearer_token_is_refused(reason: Reason, header: str) -> None:
    assert reason(header) == "not_one_bearer_token"


@pytest.mark.parametrize(
    "sent", ["garbage", ".", "..", "...", "a.b.c", "====", "-", "eyJ.eyJ.sig", "e30.e30.", "a" * 8000]
)
def test_garbage_is_refused(reason: Reason, sent: str) -> None:
    assert reason(f"Bearer {sent}") in ("DecodeError", "algorithm_is_another")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"sub": None}, "MissingRequiredClaimError"),
        ({"exp": 1}, "ExpiredSignatureError"),
        ({"exp": "tomorrow"}, "DecodeError"),
        ({"exp": []}, "DecodeError"),
        ({"exp": -1e400}, "DecodeError"),
        ({"nbf": 32503680000}, "ImmatureSignatureError"),
        ({"nbf": {}}, "DecodeError"),
        ({"iat": 32503680000}, "ImmatureSignatureError"),
        ({"sub": 42}, "InvalidSubjectError"),
        ({"sub": ["42"]}, "InvalidSubjectError"),
        ({"sub": ""}, "sub_is_not_a_user_id"),
        ({"sub": "a b"}, "sub_is_not_a_user_id"),
        ({"sub": "x" * 129}, "sub_is_not_a_user_id"),
        ({"sub": "me"}, "sub_is_reserved"),
        ({"sid": 7}, "sid_is_not_a_session_id"),
        ({"sid": "x" * 129}, "sid_is_not_a_session_id"),
    ],
)
def test_invalid_claims_are_refused(reason: Reason, token: MakeToken, changes: dict[str, Any], why: str) -> None:
    assert reason(f"Bearer {token(**changes)}") == why


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stops the clock of PyJWT, and returns its time in epoch seconds."""
    moment = datetime.now(UTC).replace(microsecond=0)

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return moment

    monkeypatch.setattr(jwt.api_jwt, "datetime", Still)
    return int(moment.timestamp())


def test_the_leeway_is_30_seconds_unless_set_and_never_more_than_60(
    call: Call, token: MakeToken, settings: Settings, now: Any
) -> None:
    def leeway() -> Any:
        lives = [seconds for seconds in range(90) if call(f"Bearer {token(exp=now - seconds)}")["isAuthorized"]]
        assert lives == [*range(len(lives))]
        return len(lives)

    assert leeway() == 30
    for said, taken in (("0", 0), ("60", 60), ("86400", 60), ("-600", 0)):
        settings(JWT_LEEWAY=said)
        assert leeway() == taken
        assert call(f"Bearer {token(exp=now + 1)}")["isAuthorized"]


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_the_leeway_also_applies_to_tokens_that_are_not_yet_valid(
    claim: str, call: Call, token: MakeToken, settings: Settings, now: Any
) -> None:
    for said, taken in (("", 30), ("0", 0)):
        settings(JWT_LEEWAY=said)
        assert call(f"Bearer {token(**{claim: now + taken})}")["isAuthorized"]
        assert not call(f"Bearer {token(**{claim: now + taken + 1})}")["isAuthorized"]


def test_the_issuer_is_checked_if_one_is_configured(
    call: Call, token: MakeToken, reason: Reason, settings: Settings
) -> None:
    assert call(f"Bearer {token(iss='https://elsewhere.example')}")["isAuthorized"]
    settings(JWT_ISSUER="https://auth.example")
    assert call(f"Bearer {token(iss='https://auth.example')}")["isAuthorized"]
    assert reason(f"Bearer {token(iss='https://auth.example/')}") == "InvalidIssuerError"
    assert reason(f"Bearer {token()}") == "MissingRequiredClaimError"


def test_the_audience_is_checked_if_one_is_configured(
    call: Call, token: MakeToken, reason: Reason, settings: Settings
) -> None:
    assert call(f"Bearer {token(aud='elsewhere')}")["isAuthorized"]
    assert call(f"Bearer {token(aud={'not': 'even a list'})}")["isAuthorized"]
    settings(JWT_AUDIENCE="laurels")
    assert call(f"Bearer {token(aud='laurels')}")["isAuthorized"]
    assert call(f"Bearer {token(aud=['elsewhere', 'laurels'])}")["isAuthorized"]
    assert reason(f"Bearer {token(aud='laurels2')}") == "InvalidAudienceError"
    assert reason(f"Bearer {token(aud=['elsewhere'])}") == "InvalidAudienceError"
    assert reason(f"Bearer {token(aud={'laurels': 1})}") == "InvalidAudienceError"
    assert reason(f"Bearer {token()}") == "MissingRequiredClaimError"


def test_a_token_signed_with_another_secret_is_refused(reason: Reason, claims: MakeClaims) -> None:
    other = jwt.encode(claims(), "another-secret-that-is-long-enough-too", algorithm="HS256")
    assert reason(f"Bearer {other}") == "InvalidSignatureError"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 1, ["HS256"], {}, "HS384", "RS256", "hs256"])
@pytest.mark.parametrize("signed", [True, False])
def test_only_the_configured_algorithm_is_accepted(
    reason: Reason, forge: Forge, claims: MakeClaims, algorithm: Any, signed: bool
) -> None:
    made = forge({"alg": algorithm, "typ": "JWT"}, claims(), *(() if signed else (None,)))
    assert reason(f"Bearer {made}") == "algorithm_is_another"


def test_an_unsigned_token_is_refused_whatever_its_header_says(
    reason: Reason, forge: Forge, claims: MakeClaims
) -> None:
    made = forge({"alg": "HS256"}, claims(), None)
    assert reason(f"Bearer {made}") == "InvalidSignatureError"
    assert reason(f"Bearer {made.rstrip('.')}") in ("DecodeError", "algorithm_is_another")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "crit": []},
        {"alg": "HS256", "crit": "b64"},
        {"alg": "HS256", "crit": [{}]},
        {"alg": "HS256", "crit": ["b64"], "b64": False},
        {"alg": "HS256", "b64": False},
        {"alg": "HS256", "kid": 1},
        {"alg": "HS256", "kid": ["a"]},
        ["alg", "HS256"],
        "HS256",
        b"\xff\xfe",
        b"[" * 5000,
    ],
)
def test_token_headers_that_are_not_understood_are_refused(
    reason: Reason, forge: Forge, claims: MakeClaims, header: Any
) -> None:
    assert reason(f"Bearer {forge(header, claims())}") in ("InvalidTokenError", "DecodeError")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"42"', b"\xff", b"[" * 5000, b'{"exp":' + b"9" * 5000 + b"}", b"{"]
)
def test_signed_payloads_that_are_not_claims_are_refused(reason: Reason, forge: Forge, body: bytes) -> None:
    assert reason(f"Bearer {forge({'alg': 'HS256'}, body)}") == "DecodeError"


def test_unused_claims_may_be_large_and_nested(call: Call, token: MakeToken) -> None:
    nested: list[Any] = []
    for _ in range(200):
        nested = [nested]
    answer = call(f"Bearer {token(nested=nested, groups=[f'group-{n}' for n in range(200)])}")
    assert answer == {"isAuthorized": True, "context": {"sub": "42"}}


def test_a_header_of_more_than_8_kilobytes_is_refused(reason: Reason, token: MakeToken) -> None:
    assert reason(f"Bearer {token(filling='x' * 8192)}") == "header_too_long"


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
named = st.sampled_from(
    ["alg", "kid", "crit", "b64", "exp", "nbf", "iat", "sub", "iss", "aud", "jti", "sid", "roles", "scope"]
)


@given(header=st.dictionaries(named, json_values), body=st.dictionaries(named, json_values))
@effort(max_examples=300)
def test_no_token_raises_an_error(call: Call, forge: Forge, claims: MakeClaims, header: Any, body: Any) -> None:
    made = forge({"alg": "HS256"} | header, claims() | body)
    answer = call(f"Bearer {made}")
    assert answer == {"isAuthorized": False} or all(isinstance(text, str) for text in answer["context"].values())


@given(st.text())
@effort(max_examples=300)
def test_no_header_raises_an_error(call: Call, text: Any) -> None:
    assert call(text) == {"isAuthorized": False}
    assert call(f"Bearer {text}") == {"isAuthorized": False}
