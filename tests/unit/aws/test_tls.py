"""Which certificates are trusted to be those of AWS."""

import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from laurels.aws import connections
from tests.bench import certificate
from tests.unit.aws.server import OK, TIMEOUT, Server, ask


@pytest.fixture
def tls(opened: Callable[..., Server], tmp_path: Path) -> tuple[Server, Path]:
    """A server with a certificate for 127.0.0.1, and the bundle that trusts it."""
    with_key, own = certificate.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(with_key)
    return opened(tls=context), own


def test_a_server_that_the_bundle_trusts_is_accepted(tls: tuple[Server, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    server, bundle = tls
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    server.answers = [[[OK], [OK]]]
    for _ in range(2):
        assert connections.request("POST", server.url, {"host": "here"}, b"", TIMEOUT).body == b"{}"
    assert server.connections == 1


def test_a_certificate_for_another_name_is_refused(tls: tuple[Server, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    server, bundle = tls
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        connections.request("POST", f"https://localhost:{server.port}/", {"host": "here"}, b"", TIMEOUT)
    assert server.requests == []


@pytest.mark.parametrize("bundle", ["", connections.AMAZON])
def test_an_untrusted_certificate_is_refused(
    tls: tuple[Server, Path], monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(tls[0], OK)
    assert tls[0].requests == []


# SHA-256 of the root certificates that Amazon publishes at https://www.amazontrust.com/repository/.
PUBLISHED = {
    "Amazon Root CA 1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "Amazon Root CA 2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "Amazon Root CA 3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "Amazon Root CA 4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "Starfield Services Root Certificate Authority - G2": (
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5"
    ),
}


def test_the_roots_equal_those_that_amazon_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    context = connections._tls(connections.AMAZON)  # private: tests cannot connect to AWS to see what it trusts
    prints = {hashlib.sha256(each).hexdigest() for each in context.get_ca_certs(binary_form=True)}
    assert prints == set(PUBLISHED.values())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("host", "amazon"),
    [
        ("dynamodb.eu-west-1.amazonaws.com", True),
        ("a.b.s3.us-gov-west-1.amazonaws.com", True),
        ("dynamodb.cn-north-1.amazonaws.com.cn", False),
        ("127.0.0.1", False),
        ("dynamodb.amazonaws.com.example.org", False),
        ("amazonaws.com", False),
    ],
)
def test_only_amazon_hosts_must_have_an_amazon_root(monkeypatch: pytest.MonkeyPatch, host: str, amazon: bool) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    # Private, because tests cannot connect to these hosts.
    assert connections._trusted(host) == (connections.AMAZON if amazon else "")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/a/bundle.pem")
    assert connections._trusted(host) == "/a/bundle.pem"
