"""When the issuer's keys are fetched, and what happens if that fails."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels import clock
from laurels.authorizer import jwks
from laurels.authorizer.jwks import KeysUnavailable
from laurels.errors import Misconfigured
from tests.unit.authorizer.conftest import Bearer, Call, Clock, Issuer, MakeJwk, NewIssuer, Reason, RsaKeys, Settings


def test_unknown_kids_cause_one_fetch_in_30_seconds(
    rs256: Issuer, reason: Reason, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, moving: Clock
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    for n in range(5):
        assert reason(bearer(rsa_keys[1], f"made-up-{n}")) == "key_is_unknown"
    assert len(rs256.hits) == 2  # the first fetch, and one more
    moving.forward(seconds=29)
    reason(bearer(rsa_keys[1], "made-up"))
    assert len(rs256.hits) == 2
    moving.forward(seconds=1)
    reason(bearer(rsa_keys[1], "made-up"))
    reason(bearer(rsa_keys[1], "made-up"))
    assert len(rs256.hits) == 3
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]


def test_a_new_key_is_fetched_with_its_first_token(
    rs256: Issuer, call: Call, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    rs256.publish(jwk(rsa_keys[1], "b"))
    assert call(bearer(rsa_keys[1], "b"))["isAuthorized"]
    assert reason(bearer(rsa_keys[0], "a")) == "key_is_unknown"


def test_a_withdrawn_key_is_refused_within_ten_minutes(
    rs256: Issuer, call: Call, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, moving: Clock
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"), jwk(rsa_keys[1], "b"))
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    rs256.publish(jwk(rsa_keys[1], "b"))
    moving.forward(minutes=9, seconds=59)
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    moving.forward(seconds=1)
    assert reason(bearer(rsa_keys[0], "a")) == "key_is_unknown"
    assert len(rs256.hits) == 2


def test_without_any_keys_an_unreachable_issuer_is_an_outage(
    settings: Settings,
    new_issuer: NewIssuer,
    call: Call,
    bearer: Bearer,
    rsa_keys: RsaKeys,
    jwk: MakeJwk,
    moving: Clock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    issuer = new_issuer(up=False)
    issuer.publish(jwk(rsa_keys[0], "a"))
    settings(JWT_ALGORITHM="RS256", JWKS_URL=issuer.url)
    with pytest.raises(KeysUnavailable, match="ConnectionRefusedError"):
        call(bearer(rsa_keys[0], "a"))
    assert json.loads(capsys.readouterr().out)["reason"] == "ConnectionRefusedError"
    issuer.up()
    moving.forward(seconds=30)
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]


def test_without_any_keys_an_outage_causes_one_fetch_in_30_seconds(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, moving: Clock
) -> None:
    rs256.status = 503
    for fetches in (1, 2):
        for number in range(30):
            with pytest.raises(KeysUnavailable, match="status 503"):
                call(bearer(rsa_keys[0], f"key-{number}"))
        moving.forward(seconds=29)
        with pytest.raises(KeysUnavailable, match="status 503"):
            call(bearer(rsa_keys[0], "a"))
        assert len(rs256.hits) == fetches
        moving.forward(seconds=1)
    rs256.status = 200
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    assert len(rs256.hits) == 3


@pytest.mark.parametrize("status", [200, 503])
def test_thirty_threads_without_keys_cause_one_fetch(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, moving: Clock, status: int
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    rs256.status = status
    rs256.answer.clear()
    start, header = threading.Barrier(31), bearer(rsa_keys[0], "a")

    def ask() -> bool | str:
        start.wait()
        try:
            return bool(call(header)["isAuthorized"])
        except KeysUnavailable as error:
            return str(error)

    with ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(ask) for _ in range(30)]
        start.wait()
        rs256.answer.set()
        answers = {each.result() for each in asked}
    assert answers == ({True} if status == 200 else {"The issuer's keys could not be fetched: status 503."})
    assert len(rs256.hits) == 1


Token = tuple[str, int, tuple[str, ...] | None]
tokens: st.SearchStrategy[list[Token]] = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "made-up"]),  # the key id of the next token
        st.sampled_from([0, 1, 29, 30, 599, 600]),  # seconds until it arrives
        st.sampled_from([None, (), ("a",), ("b",), ("a", "b")]),  # what the issuer publishes then; None: it is down
    ),
    max_size=30,
)


@given(tokens)
def test_any_history_causes_the_fetches_of_a_plain_model(history: list[Token]) -> None:
    """An oracle: fetch what may be outdated, unless a fetch failed or replaced keys less than 30 seconds ago."""
    now, published = datetime(2026, 11, 20, tzinfo=UTC), tuple[str, ...]()
    fetches: list[datetime] = []

    def fetch(_place: object, _algorithm: str) -> list[tuple[str | None, str]]:
        fetches.append(now)
        if not published:
            raise KeysUnavailable("down")
        return [(kid, f"key {kid}") for kid in published]

    held: tuple[str, ...] = ()
    fetched = pause_ends = None
    with pytest.MonkeyPatch.context() as patch:
        # Private: a fetch itself is tested above, over HTTP.
        patch.setattr(jwks, "_fetch", fetch)
        patch.setattr(jwks, "_sets", {})
        patch.setattr(clock, "now", lambda: now)
        for kid, seconds, publishes in history:
            now += timedelta(seconds=seconds)
            published = publishes or ()
            expected = len(fetches)
            outdated = fetched is None or kid not in held or now - fetched >= timedelta(minutes=10)
            if outdated and (pause_ends is None or now >= pause_ends):
                expected += 1
                pause_ends = None if fetched is None and published else now + timedelta(seconds=30)
                if published:
                    held, fetched = published, now
            try:
                found = jwks.find("https://issuer.example/jwks", "RS256", kid)
            except KeysUnavailable:
                assert fetched is None
            else:
                assert (fetched is not None, found) == (True, f"key {kid}" if kid in held else None)
            assert len(fetches) == expected
    # The first keys may be fetched again at once, for a key that was published since; nothing else is.
    assert all(third - first >= timedelta(seconds=30) for first, third in zip(fetches, fetches[2:], strict=False))


def test_cached_keys_are_used_while_the_issuer_is_down(
    rs256: Issuer,
    call: Call,
    bearer: Bearer,
    rsa_keys: RsaKeys,
    jwk: MakeJwk,
    moving: Clock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    rs256.status = 503
    for _ in range(3):
        moving.forward(minutes=10)
        assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
        assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["level"], line["reason"]) for line in lines] == [("ERROR", "status 503")] * 3
    assert len(rs256.hits) == 4
    rs256.status = 200
    rs256.publish(jwk(rsa_keys[1], "b"))
    moving.forward(seconds=30)
    assert call(bearer(rsa_keys[1], "b"))["isAuthorized"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"keys":[]}',
        b'{"keys":{}}',
        b'{"keys":[{}]}',
        b"[" * 100_000,
    ],
    ids=lambda body: f"{body[:12]!r}, {len(body)} bytes",
)
def test_a_response_without_a_usable_key_is_an_outage_and_replaces_no_cached_key(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, moving: Clock, body: bytes
) -> None:
    rs256.body = body
    with pytest.raises(KeysUnavailable):
        call(bearer(rsa_keys[0], "a"))
    moving.forward(seconds=30)
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    rs256.body = body
    moving.forward(minutes=10)
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]
    assert len(rs256.hits) == 3


def test_a_response_of_more_than_256_kilobytes_is_refused(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, moving: Clock
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    rs256.body = rs256.body.ljust(256 * 1024 + 1)
    with pytest.raises(KeysUnavailable, match="more than 262144 bytes"):
        call(bearer(rsa_keys[0], "a"))
    moving.forward(seconds=30)
    rs256.body = rs256.body[:-1]
    assert call(bearer(rsa_keys[0], "a"))["isAuthorized"]


def test_a_response_with_too_many_headers_is_an_outage(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    rs256.headers = {f"x-{n}": "more than http.client reads" for n in range(200)}
    with pytest.raises(KeysUnavailable, match="HTTPException"):
        call(bearer(rsa_keys[0], "a"))


def test_redirects_of_the_issuer_are_not_followed(
    rs256: Issuer, new_issuer: NewIssuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    elsewhere = new_issuer()
    elsewhere.publish(jwk(rsa_keys[0], "a"))
    rs256.status, rs256.headers = 302, {"Location": elsewhere.url}
    with pytest.raises(KeysUnavailable, match="status 302"):
        call(bearer(rsa_keys[0], "a"))
    assert elsewhere.hits == []


def test_a_fetch_ends_at_its_time_limit(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWKS_SECONDS", "0.05")
    rs256.answer.clear()
    with pytest.raises(KeysUnavailable, match="TimeoutError"):
        call(bearer(rsa_keys[0], "a"))


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example/jwks.json",
        "http://127.0.0.1.example/jwks.json",
        "http://user@127.0.0.1/jwks.json",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://127.0.0.1/jwks.json",
        "https://",
        "https://auth.example:port/jwks.json",
        "https://[::1/jwks.json",
        "auth.example/jwks.json",
        "127.0.0.1",
    ],
)
def test_an_address_that_is_neither_https_nor_local_is_misconfigured(
    settings: Settings, call: Call, bearer: Bearer, rsa_keys: RsaKeys, url: str
) -> None:
    settings(JWT_ALGORITHM="RS256", JWKS_URL=url)
    with pytest.raises(Misconfigured, match="JWKS_URL is not an https address"):
        call(bearer(rsa_keys[0], "a"))
