"""The authorizer's settings: a misconfiguration is an error, and changes apply to the next call."""

import pytest

from laurels.errors import Misconfigured
from tests.secret_store import SecretStore
from tests.unit.authorizer.conftest import Call, MakeToken, Settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"JWT_ALGORITHM": ""}, "JWT_ALGORITHM is not set"),
        ({"JWT_ALGORITHM": "none"}, "JWT_ALGORITHM: none is not one of"),
        ({"JWT_ALGORITHM": "HS512"}, "JWT_ALGORITHM: HS512 is not one of"),
        ({"JWT_ALGORITHM": "HS256,none"}, "none is not one of"),
        ({"JWT_SECRET_ARN": ""}, "JWT_SECRET_ARN is not set"),
        ({"JWT_LEEWAY": "a while"}, "JWT_LEEWAY is not a whole number"),
        ({"JWT_ALGORITHM": "RS256"}, "JWKS_URL is not set"),
        ({"JWT_ALGORITHM": "HS256,RS256"}, "JWKS_URL is not set"),
    ],
)
def test_a_misconfiguration_raises_an_error_instead_of_refusing_the_caller(
    call: Call, token: MakeToken, settings: Settings, changes: dict[str, str], message: str
) -> None:
    settings(**changes)
    with pytest.raises(Misconfigured, match=message):
        call(f"Bearer {token()}")


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("x" * 31, "shorter than 32 bytes"),
        ("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----", "is a public key"),
    ],
)
def test_an_unfit_secret_is_misconfigured(
    call: Call, token: MakeToken, store: SecretStore, secret: str, message: str
) -> None:
    store.put(secret)
    with pytest.raises(Misconfigured, match=message):
        call(f"Bearer {token()}")


def test_settings_are_read_on_every_call(call: Call, token: MakeToken, settings: Settings) -> None:
    assert call(f"Bearer {token()}")["isAuthorized"]
    settings(JWT_ISSUER="https://auth.example")
    assert not call(f"Bearer {token()}")["isAuthorized"]
