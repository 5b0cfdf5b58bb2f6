"""The issuer's public keys (JWKS, RFC 7517): fetched, cached, and fetched again when they may have changed."""

import http.client
import json
import threading
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

import jwt

from laurels import clock, settings
from laurels.authorizer import log
from laurels.errors import Misconfigured

MAX_AGE = timedelta(minutes=10)
PAUSE = timedelta(seconds=30)  # between fetches, so that neither forged key ids nor an outage flood the issuer
MAX_BYTES = 256 * 1024
LOCAL_HOSTS = ("localhost", "127.0.0.1")

# The members of a public key for each algorithm (RFC 7518 §6.2.1, §6.3.1). Others are ignored, so a private key that
# was published by mistake is used as a public one.
_MEMBERS = {"RS256": ("RSA", ("n", "e")), "ES256": ("EC", ("crv", "x", "y"))}


class KeysUnavailable(Exception):
    """The issuer returned no usable key: an outage, which is not the token's fault."""


class KeySet:
    def __init__(self) -> None:
        self.keys: list[tuple[str | None, Any]] = []  # key id, public key
        self.fetched: datetime | None = None
        self.tried: datetime | None = None  # the last fetch that failed, or that replaced keys
        self.failure = ""

    def find(self, kid: str | None) -> Any | None:
        if kid is None:  # without a key id there must be only one key
            return self.keys[0][1] if len(self.keys) == 1 else None
        return next((key for name, key in self.keys if name == kid), None)

    def may_be_outdated(self, kid: str | None, now: datetime) -> bool:
        unknown = kid is not None and self.find(kid) is None
        return unknown or self.fetched is None or now - self.fetched >= MAX_AGE


_sets: dict[tuple[str, str], KeySet] = {}
_fetching = threading.Lock()


def find(url: str, algorithm: str, kid: str | None) -> Any | None:
    """Return the issuer's key with that id, or None. Raises KeysUnavailable while no keys could ever be fetched.

    Keys that may be outdated are fetched again, at most once per PAUSE, however many tokens and threads ask.
    """
    place = address(url)
    with _fetching:  # others wait for the keys of the fetch that is under way
        held = _sets.setdefault((url, algorithm), KeySet())
        now = clock.now()
        if held.may_be_outdated(kid, now) and (held.tried is None or now - held.tried >= PAUSE):
            is_first, held.tried = held.fetched is None, now
            try:
                held.keys, held.fetched = _fetch(place, algorithm), now
                if is_first:  # a token with a newer key may follow at once
                    held.tried = None
            except KeysUnavailable as error:  # logged; cached keys are better than none
                held.failure = str(error)
    if held.fetched is None:
        raise KeysUnavailable(held.failure)
    return held.find(kid)


def address(url: str) -> SplitResult:
    """Return the parsed URL of the keys. Raises Misconfigured unless it is https, or http on this machine."""
    try:
        place = urlsplit(url)
        secure = place.scheme == "https" and place.hostname
        local = place.scheme == "http" and place.hostname in LOCAL_HOSTS
        if (secure or local) and place.username is None and place.port != 0:
            return place
    except ValueError:  # a port that is no number, an unfinished IPv6 address
        pass
    raise Misconfigured("JWKS_URL is not an https address (http is for localhost and 127.0.0.1 only).")


def _fetch(place: SplitResult, algorithm: str) -> list[tuple[str | None, Any]]:
    """Return the usable keys, at least one. Logs and raises KeysUnavailable."""
    try:
        keys = _fitting(_download(place), algorithm)
        if not keys:
            raise KeysUnavailable(f"no key for {algorithm} among those published")
    # RecursionError: json raises it for deep nesting.
    except (KeysUnavailable, OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, KeysUnavailable) else type(error).__name__
        log.write("ERROR", "the issuer's keys could not be fetched", reason=reason)
        raise KeysUnavailable(f"The issuer's keys could not be fetched: {reason}.") from error
    return keys


def _download(place: SplitResult) -> Any:
    """Return the document. http.client follows no redirects, so the keys come only from the configured address."""
    connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    timeout = settings.seconds("JWKS_SECONDS")
    with closing(connect(place.hostname or "", place.port, timeout=timeout)) as connection:
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection.request("GET", path, headers={"Accept": "application/json", "User-Agent": "laurels"})
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise KeysUnavailable(f"status {response.status}")
        body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise KeysUnavailable(f"more than {MAX_BYTES} bytes")
    return json.loads(body)


def _fitting(document: Any, algorithm: str) -> list[tuple[str | None, Any]]:
    entries = document.get("keys") if isinstance(document, dict) else None
    return [key for entry in (entries if isinstance(entries, list) else []) if (key := _key(entry, algorithm))]


def _key(entry: Any, algorithm: str) -> tuple[str | None, Any] | None:
    """Return id and public key of an entry; None if it is not meant or not fit for verifying with the algorithm."""
    kind, members = _MEMBERS[algorithm]
    if not isinstance(entry, dict) or entry.get("kty") != kind:
        return None
    if entry.get("alg") not in (None, algorithm) or entry.get("use") not in (None, "sig"):
        return None
    verifier = jwt.get_algorithm_by_name(algorithm)
    try:
        if "verify" not in (entry.get("key_ops") or ["verify"]):
            return None
        key = verifier.prepare_key(verifier.from_jwk({"kty": kind} | {name: entry[name] for name in members}))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if verifier.check_key_length(key):  # returns a complaint if the length is wrong
        return None
    kid = entry.get("kid")
    return (kid if isinstance(kid, str) else None), key
