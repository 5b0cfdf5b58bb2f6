"""An issuer with real keys and a real JWKS server, and a clock that tests can move."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from authorizer import authorize
from laurels import clock, table
from laurels.authorizer import jwks
from laurels.aws import client
from tests.secret_store import SecretStore

SECRET = "a-secret-of-the-tests-that-is-long-enough"

# What the fixtures below return.
RsaKeys = list[rsa.RSAPrivateKey]
EcKey = ec.EllipticCurvePrivateKey
MakeJwk = Callable[..., dict[str, Any]]
MakeClaims = Callable[..., dict[str, Any]]
MakeToken = Callable[..., str]
Forge = Callable[..., str]
Bearer = Callable[..., str]
Call = Callable[..., dict[str, Any]]
Reason = Callable[[str], str]
Settings = Callable[..., None]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Serves the keys given to `publish`, over TLS if it has a context, and records the paths of requests in `hits`.
    Clear `answer` to make it hang. It owns its port from the start, but refuses connections until `up` is called."""

    def __init__(self, tls: ssl.SSLContext | None = None):
        self.status, self.body = 200, b""
        self.headers: dict[str, str] = {}
        self.hits: list[Any] = []
        self.answer = threading.Event()
        self.answer.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.hits.append(self.path)
                issuer.answer.wait()
                self.send_response(issuer.status)
                for name, value in issuer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(issuer.body)))
                with suppress(ConnectionError):  # the client may have hung up
                    self.end_headers()
                    self.wfile.write(issuer.body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.server.server_bind()
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}/.well-known/jwks.json"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def up(self) -> None:
        self.server.server_activate()
        self.thread.start()

    def publish(self, *keys: Any) -> None:
        self.body = json.dumps({"keys": keys}).encode()

    def stop(self) -> None:
        self.answer.set()
        if self.thread.ident:
            self.server.shutdown()
        self.server.server_close()


NewIssuer = Callable[..., Issuer]


def public_jwk(key: Any, kid: str | None = None, **more: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    entry = algorithm.to_jwk(key.public_key(), as_dict=True)
    return entry | ({} if kid is None else {"kid": kid}) | more


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture(scope="session")
def rsa_keys() -> RsaKeys:
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]


@pytest.fixture(scope="session")
def ec_key() -> EcKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def jwk() -> MakeJwk:
    return public_jwk


@pytest.fixture
def new_issuer() -> Iterator[NewIssuer]:
    started: list[Issuer] = []

    def start(tls: ssl.SSLContext | None = None, up: bool = True) -> Issuer:
        started.append(Issuer(tls))
        if up:
            started[-1].up()
        return started[-1]

    yield start
    for issuer in started:
        issuer.stop()


@pytest.fixture
def issuer(new_issuer: NewIssuer) -> Issuer:
    return new_issuer()


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr(clock, "now", lambda: moving.moment)
    return moving


@pytest.fixture
def store() -> SecretStore:
    """The secret that tokens are signed with."""
    return SecretStore(SECRET)


@pytest.fixture(autouse=True)
def settings(store: SecretStore, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Returns a function that sets JWT settings. The default is HS256 with the secret of the tests."""
    for name in ("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWT_LEEWAY", "JWT_ROLES_CLAIM", "JWT_SCOPE_CLAIM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JWT_ALGORITHM", "HS256")
    monkeypatch.setenv("JWT_SECRET_ARN", store.arn)
    monkeypatch.setattr(client, "call", store.call)
    monkeypatch.setenv("TOMBSTONE_SECRET", "another secret of the tests")
    monkeypatch.setattr(jwks, "_sets", {})  # private: a process never clears its cache of keys, only tests need to
    monkeypatch.setenv("JWKS_SECONDS", "60")  # the issuer is a thread of this process, which may be slow
    # These tests are about tokens: the table holds no user. tests/integration/authorizer tests what it holds.
    monkeypatch.setattr(table, "get_many", lambda keys: [None for _ in keys])

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


@pytest.fixture
def claims() -> MakeClaims:
    """Makes the claims of a valid token, with changes; None removes a claim."""

    def make(**changes: Any) -> dict[str, Any]:
        made = {"sub": "42", "exp": int(time.time()) + 600} | changes
        return {name: value for name, value in made.items() if value is not None}

    return make


@pytest.fixture
def token(claims: MakeClaims) -> MakeToken:
    """Makes a token signed with the secret of the tests; keywords change its claims."""
    return lambda **changes: jwt.encode(claims(**changes), SECRET, algorithm="HS256")


@pytest.fixture
def forge() -> Forge:
    """Builds a token by hand from any header and body (bytes are used unchanged), with an HMAC if there is a key."""

    def build(header: Any, body: Any, key: bytes | None = SECRET.encode()) -> str:
        parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, body)]
        signed = ".".join(b64(part) for part in parts)
        return f"{signed}.{b64(hmac.new(key, signed.encode(), hashlib.sha256).digest()) if key else ''}"

    return build


@pytest.fixture
def call() -> Call:
    """Calls the function with an Authorization header, or with none if it is None; returns the response."""

    def answer(authorization: str | None, **event: Any) -> dict[str, Any]:
        headers = {"host": "api.example"} | ({} if authorization is None else {"authorization": authorization})
        made = {"version": "2.0", "type": "REQUEST", "headers": headers, "requestContext": {"requestId": "req-1"}}
        return authorize.handler(made | event, None)

    return answer


@pytest.fixture
def reason(call: Call, capsys: pytest.CaptureFixture[str]) -> Reason:
    """Returns the logged reason why a header is refused. Fails if it is accepted, or if there is not one log line."""

    def refuse(authorization: str) -> str:
        capsys.readouterr()
        assert call(authorization) == {"isAuthorized": False}
        (line,) = capsys.readouterr().out.splitlines()
        found = json.loads(line)
        assert found["correlation_id"] == "req-1"
        return str(found["reason"])

    return refuse


@pytest.fixture
def rs256(issuer: Issuer, settings: Settings) -> Issuer:
    """Configures RS256 with the issuer's address; returns the issuer."""
    settings(JWT_ALGORITHM="RS256", JWKS_URL=issuer.url, JWT_SECRET_ARN="")
    return issuer


@pytest.fixture
def bearer(claims: MakeClaims) -> Bearer:
    """Makes an Authorization header with a token signed by a key."""

    def sign(key: Any, kid: str | None = None, algorithm: str = "RS256", **changes: Any) -> str:
        headers = {} if kid is None else {"kid": kid}
        return "Bearer " + jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)

    return sign
