"""A rotation of the tokens' secret, and a change from HS256 to published keys: no good token is refused."""

import itertools
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from laurels import secrets
from laurels.errors import Unavailable
from tests.secret_store import SecretStore
from tests.unit.authorizer.conftest import (
    SECRET,
    Bearer,
    Call,
    Clock,
    Forge,
    Issuer,
    MakeClaims,
    MakeJwk,
    MakeToken,
    Reason,
    RsaKeys,
    Settings,
)

Admits = Callable[[str], bool]
NEW, NEWEST = "the next secret, which is long enough", "the secret after that, long enough too"


@pytest.fixture
def admits(call: Call, claims: MakeClaims) -> Admits:
    """Whether a token that is signed with a secret is accepted."""
    return lambda secret: call("Bearer " + jwt.encode(claims(), secret, "HS256"))["isAuthorized"]


def test_tokens_of_the_old_and_the_new_secret_are_accepted_during_and_after_a_rotation(
    admits: Admits, store: SecretStore, moving: Clock
) -> None:
    assert admits(SECRET)
    store.put(NEW)
    for _ in range(10):
        assert admits(NEW)  # at once, though the process had read the old one a moment ago
        assert admits(SECRET)
        moving.forward(minutes=1)
    store.put(NEWEST)
    assert admits(NEW)
    assert admits(NEWEST)
    assert not admits(SECRET)


def test_a_process_that_starts_after_a_rotation_accepts_tokens_of_the_old_secret(
    admits: Admits, store: SecretStore
) -> None:
    store.put(NEW)
    assert admits(SECRET)


def test_a_good_token_is_one_request_and_then_none_for_five_minutes(
    admits: Admits, store: SecretStore, moving: Clock
) -> None:
    for _ in range(5):
        assert admits(SECRET)
        moving.forward(seconds=59)
    assert store.asked == ["AWSCURRENT"]
    moving.forward(seconds=5)
    assert admits(SECRET)
    assert store.asked == ["AWSCURRENT"] * 2


def test_a_value_that_was_rotated_away_is_forgotten_in_five_minutes(
    admits: Admits, store: SecretStore, moving: Clock
) -> None:
    """As when it is known to others: it is rotated twice."""
    assert admits(SECRET)
    store.put(NEW)
    store.put(NEWEST)
    moving.forward(minutes=5)
    assert not admits(SECRET)
    assert admits(NEWEST)


def test_forged_tokens_cause_few_requests_and_delay_a_new_secret_by_a_second_at_most(
    admits: Admits, store: SecretStore, moving: Clock
) -> None:
    forged = (f"a forged secret that is long enough {n}" for n in itertools.count())
    assert not any(admits(next(forged)) for _ in range(100))
    assert len(store.asked) == 1 + 2 * secrets.BURST
    store.put(NEW)
    moving.forward(seconds=1)
    assert admits(NEW)
    assert len(store.asked) == 3 + 2 * secrets.BURST


def test_an_expired_token_of_the_current_secret_causes_no_further_request(
    reason: Reason, token: MakeToken, store: SecretStore
) -> None:
    assert reason(f"Bearer {token(exp=1)}") == "ExpiredSignatureError"
    assert store.asked == ["AWSCURRENT"]


def test_a_token_signed_with_an_unknown_secret_is_refused(reason: Reason, claims: MakeClaims) -> None:
    assert reason("Bearer " + jwt.encode(claims(), NEW, "HS256")) == "InvalidSignatureError"


def test_held_secrets_survive_an_outage_and_without_any_nobody_is_refused(
    admits: Admits, store: SecretStore, moving: Clock
) -> None:
    store.down = True
    with pytest.raises(Unavailable):
        admits(SECRET)
    store.down = False
    assert admits(SECRET)
    store.down = True
    moving.forward(hours=1)
    for _ in range(5):
        assert admits(SECRET)
    assert store.asked == ["AWSCURRENT"] * 3  # one per pause
    with pytest.raises(Unavailable):  # it may be good: 500, and the gateway keeps no refusal
        admits(NEW)
    store.put(NEW)
    store.down = False
    assert admits(NEW)


def test_hs256_and_published_keys_are_accepted_side_by_side_while_one_replaces_the_other(
    issuer: Issuer,
    settings: Settings,
    call: Call,
    token: MakeToken,
    bearer: Bearer,
    rsa_keys: RsaKeys,
    jwk: MakeJwk,
    reason: Reason,
) -> None:
    issuer.publish(jwk(rsa_keys[0], "a"))
    old, new = f"Bearer {token()}", bearer(rsa_keys[0], "a")
    assert (call(old)["isAuthorized"], reason(new)) == (True, "algorithm_is_another")
    settings(JWT_ALGORITHM="HS256,RS256", JWKS_URL=issuer.url)
    assert call(old)["isAuthorized"]
    assert call(new)["isAuthorized"]
    settings(JWT_ALGORITHM="RS256", JWT_SECRET_ARN="")
    assert (call(new)["isAuthorized"], reason(old)) == (True, "algorithm_is_another")


def test_with_two_algorithms_each_has_its_own_key(
    issuer: Issuer,
    settings: Settings,
    claims: MakeClaims,
    bearer: Bearer,
    rsa_keys: RsaKeys,
    jwk: MakeJwk,
    reason: Reason,
    forge: Forge,
) -> None:
    """A public key is no HMAC secret, the secret signs no RS256, and ES256 and none stay refused."""
    issuer.publish(jwk(rsa_keys[0], "a"))
    settings(JWT_ALGORITHM="HS256,RS256", JWKS_URL=issuer.url)
    public = rsa_keys[0].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = claims()
    assert reason("Bearer " + forge({"alg": "HS256", "kid": "a"}, body, pem)) == "InvalidSignatureError"
    assert reason("Bearer " + forge({"alg": "RS256", "kid": "a"}, body, SECRET.encode())) == "InvalidSignatureError"
    assert reason(bearer(rsa_keys[1], "a")) == "InvalidSignatureError"
    for algorithm in ("none", "ES256", "HS512", ["HS256"], None):
        assert reason("Bearer " + forge({"alg": algorithm}, body, SECRET.encode())) == "algorithm_is_another"
