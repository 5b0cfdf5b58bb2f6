"""The authorizer's settings: a misconfiguration is an error, and changes apply to the next call."""

import pytest

from laurels.errors import Misconfigured
from tests.unit.authorizer.conftest import Call, MakeToken, Settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"JWT_ALGORITHM": ""}, "JWT_ALGORITHM is not set"),
        ({"JWT_ALGORITHM": "none"}, "JWT_ALGORITHM is not one of"),
        ({"JWT_ALGORITHM": "HS512"}, "JWT_ALGORITHM is not one of"),
        ({"JWT_SECRET": ""}, "JWT_SECRET is not set"),
        ({"JWT_SECRET": "x" * 31}, "JWT_SECRET is shorter than 32 bytes"),
        ({"JWT_SECRET": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----"}, "not a secret"),
        ({"JWT_LEEWAY": "a while"}, "JWT_LEEWAY is not a whole number"),
        ({"JWT_ALGORITHM": "RS256"}, "JWKS_URL is not set"),
    ],
)
def test_a_misconfiguration_raises_an_error_instead_of_refusing_the_caller(
    call: Call, token: MakeToken, settings: Settings, changes: dict[str, str], message: str
) -> None:
    settings(**changes)
    with pytest.raises(Misconfigured, match=message):
        call(f"Bearer {token()}")


def test_settings_are_read_on_every_call(call: Call, token: MakeToken, settings: Settings) -> None:
    assert call(f"Bearer {token()}")["isAuthorized"]
    settings(JWT_SECRET="a-rotated-secret-that-is-long-enough")
    assert not call(f"Bearer {token()}")["isAuthorized"]
