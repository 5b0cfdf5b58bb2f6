"""Keys are fetched only from a server with a trusted certificate."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from laurels.authorizer.jwks import KeysUnavailable
from tests.unit.authorizer.conftest import Call, Clock, EcKey, MakeClaims, MakeJwk, NewIssuer, Settings


@pytest.fixture
def certificate(tmp_path: Path, ec_key: EcKey) -> Any:
    """The path of a self-signed certificate for 127.0.0.1 with its private key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer of the tests")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, ec_key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ec_key, hashes.SHA256())
    )
    key = ec_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "issuer.pem"
    path.write_bytes(key + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_an_untrusted_certificate_is_an_outage_and_a_trusted_one_is_accepted(
    certificate: Any,
    new_issuer: NewIssuer,
    settings: Settings,
    call: Call,
    claims: MakeClaims,
    ec_key: EcKey,
    jwk: MakeJwk,
    moving: Clock,
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    issuer = new_issuer(tls=tls)
    issuer.publish(jwk(ec_key, "e"))
    settings(JWT_ALGORITHM="ES256", JWKS_URL=issuer.url)
    header = "Bearer " + jwt.encode(claims(), ec_key, "ES256", headers={"kid": "e"})
    with pytest.raises(KeysUnavailable, match="SSLCertVerificationError"):
        call(header)
    assert issuer.hits == []
    moving.forward(seconds=30)
    settings(SSL_CERT_FILE=str(certificate))
    assert call(header)["isAuthorized"]
