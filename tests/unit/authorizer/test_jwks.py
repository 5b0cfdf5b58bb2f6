"""Tokens signed with an issuer's private key: which published keys are used, and when they are fetched."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.unit.authorizer.conftest import (
    Bearer,
    Call,
    Clock,
    EcKey,
    Forge,
    Issuer,
    MakeClaims,
    MakeJwk,
    Reason,
    RsaKeys,
    Settings,
)

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def test_a_token_of_the_issuer_is_accepted_and_its_keys_are_fetched_once(
    rs256: Issuer, call: Call, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a", alg="RS256", use="sig"), jwk(rsa_keys[1], "b"))
    assert call(bearer(rsa_keys[0], "a", name="Anna")) == {
        "isAuthorized": True,
        "context": {"sub": "42", "name": "Anna"},
    }
    assert call(bearer(rsa_keys[1], "b"))["isAuthorized"]
    assert rs256.hits == ["/.well-known/jwks.json"]


def test_es256_is_verified_with_a_p256_key(
    issuer: Issuer, settings: Settings, call: Call, reason: Reason, bearer: Bearer, ec_key: EcKey, jwk: MakeJwk
) -> None:
    settings(JWT_ALGORITHM="ES256", JWKS_URL=issuer.url + "?tenant=7")
    issuer.publish(jwk(ec_key, "e"))
    assert call(bearer(ec_key, "e", "ES256"))["isAuthorized"]
    assert issuer.hits == ["/.well-known/jwks.json?tenant=7"]
    other = ec.generate_private_key(ec.SECP256R1())
    assert reason(bearer(other, "e", "ES256")) == "InvalidSignatureError"


def test_claims_are_checked_as_for_tokens_signed_with_a_secret(
    rs256: Issuer, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert reason(bearer(rsa_keys[0], "a", exp=int(time.time()) - 60)) == "ExpiredSignatureError"
    assert reason(bearer(rsa_keys[0], "a", exp=None)) == "MissingRequiredClaimError"
    assert reason(bearer(rsa_keys[0], "a", sub="me")) == "sub_is_reserved"


def test_a_token_with_the_id_of_another_key_is_refused(
    rs256: Issuer, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"), jwk(rsa_keys[1], "b"))
    assert reason(bearer(rsa_keys[1], "a")) == "InvalidSignatureError"


def test_a_mac_made_with_the_public_key_is_refused(
    rs256: Issuer, reason: Reason, forge: Forge, claims: MakeClaims, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    """Algorithm confusion of HS256 and RS256: the public key is public, so a MAC made with it proves nothing."""
    entry = jwk(rsa_keys[0], "a")
    rs256.publish(entry)
    public = rsa_keys[0].public_key()
    pem = public.public_bytes(PEM, SPKI)
    for key in (pem, pem.strip(), public.public_bytes(DER, SPKI), json.dumps(entry).encode(), entry["n"].encode()):
        assert reason(f"Bearer {forge({'alg': 'HS256', 'kid': 'a'}, claims(), key)}") == "algorithm_is_another"
        assert reason(f"Bearer {forge({'alg': 'RS256', 'kid': 'a'}, claims(), key)}") == "InvalidSignatureError"


def test_an_rs256_token_is_refused_if_hs256_is_configured(
    reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, issuer: Issuer, settings: Settings, jwk: MakeJwk
) -> None:
    issuer.publish(jwk(rsa_keys[0], "a"))
    settings(JWKS_URL=issuer.url)
    assert reason(bearer(rsa_keys[0], "a")) == "algorithm_is_another"
    assert issuer.hits == []


@pytest.mark.parametrize("algorithm", ["RS384", "PS256", "RS512"])
def test_other_algorithms_of_the_same_key_are_refused(
    rs256: Issuer, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, algorithm: str
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert reason(bearer(rsa_keys[0], "a", algorithm)) == "algorithm_is_another"


def test_tokens_of_another_algorithm_do_not_cause_a_fetch(
    rs256: Issuer, reason: Reason, forge: Forge, claims: MakeClaims
) -> None:
    assert reason(f"Bearer {forge({'alg': 'none'}, claims(), None)}") == "algorithm_is_another"
    assert reason("Bearer garbage") == "DecodeError"
    assert rs256.hits == []


def test_keys_inside_the_token_are_not_used(
    rs256: Issuer, reason: Reason, claims: MakeClaims, rsa_keys: RsaKeys, jwk: MakeJwk, issuer: Issuer
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    headers = {"kid": "b", "jwk": jwk(rsa_keys[1], "b"), "jku": issuer.url, "x5u": issuer.url}
    assert reason("Bearer " + jwt.encode(claims(), rsa_keys[1], "RS256", headers=headers)) == "key_is_unknown"


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "RS512"},
        {"alg": 256},
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": 7},
        {"kty": "oct"},
        {"kty": None},
        {"n": "!"},
        {"n": 5},
        {"e": None},
        {"e": "AQ"},
    ],
)
def test_an_unsuitable_published_key_is_ignored(
    rs256: Issuer, call: Call, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, change: dict[str, Any]
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a") | change, jwk(rsa_keys[1], "b"))
    assert reason(bearer(rsa_keys[0], "a")) == "key_is_unknown"
    assert call(bearer(rsa_keys[1], "b"))["isAuthorized"]


def test_weak_keys_other_curves_and_malformed_entries_are_ignored(
    rs256: Issuer, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, ec_key: EcKey, jwk: MakeJwk, settings: Settings
) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP384R1())
    rubbish: list[Any] = [None, 7, "key", [], {}, {"kty": ["RSA"]}]
    rs256.publish(*rubbish, jwk(weak, "w"), jwk(rsa_keys[0], "a"), jwk(curve, "c"), jwk(ec_key, "e"))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        signed = bearer(weak, "w")
    assert reason(signed) == "key_is_unknown"
    settings(JWT_ALGORITHM="ES256")
    assert reason(bearer(curve, "c", "ES384")) == "algorithm_is_another"
    assert reason(bearer(ec_key, "c", "ES256")) == "key_is_unknown"


def test_a_token_without_a_kid_needs_exactly_one_suitable_published_key(
    rs256: Issuer,
    call: Call,
    reason: Reason,
    bearer: Bearer,
    rsa_keys: RsaKeys,
    ec_key: EcKey,
    jwk: MakeJwk,
    moving: Clock,
) -> None:
    rs256.publish(jwk(ec_key, "e"), jwk(rsa_keys[0], "a"), jwk(rsa_keys[1], "b", use="enc"))
    assert call(bearer(rsa_keys[0]))["isAuthorized"]
    rs256.publish(jwk(rsa_keys[0], "a"), jwk(rsa_keys[1], "b"))
    moving.forward(minutes=10)
    assert reason(bearer(rsa_keys[0])) == "key_is_unknown"


def test_a_token_without_a_kid_does_not_cause_another_fetch(
    rs256: Issuer, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"), jwk(rsa_keys[1], "b"))
    assert reason(bearer(rsa_keys[0])) == "key_is_unknown"
    assert reason(bearer(rsa_keys[1])) == "key_is_unknown"
    assert len(rs256.hits) == 1


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "a\0", "", "http://127.0.0.1:1/", "' OR 1=1 --", "x" * 4000, "ключ"]
)
def test_a_kid_is_only_compared_and_never_used_in_a_request(
    rs256: Issuer, reason: Reason, bearer: Bearer, rsa_keys: RsaKeys, jwk: MakeJwk, kid: str
) -> None:
    rs256.publish(jwk(rsa_keys[0], "a"))
    assert reason(bearer(rsa_keys[0], kid)) == "key_is_unknown"
    assert set(rs256.hits) == {"/.well-known/jwks.json"}
