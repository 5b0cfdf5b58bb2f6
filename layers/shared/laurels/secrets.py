"""Secrets of AWS Secrets Manager, read at run time: rotating one needs no deployment and refuses nothing that is good.

A process reads the current value (the stage AWSCURRENT) on first use and holds it for MAX_AGE. The previous value
(AWSPREVIOUS) is accepted, too; it is read only when the current one does not fit. If no held value fits, the secret may
have been rotated, so both are read again at once. What does not fit may also be forged, so a process reads again at
most BURST times in a row, and then once per second.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from laurels import clock
from laurels.aws import client
from laurels.errors import Unavailable

MAX_AGE = timedelta(minutes=5)
PAUSE = timedelta(seconds=30)  # between attempts while Secrets Manager does not respond
BURST = 10

T = TypeVar("T")
_CURRENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class Held:
    """The values of a secret in this process."""

    def __init__(self) -> None:
        self.values: tuple[str, ...] = ()  # the current one first
        self.stages: tuple[str, ...] = (_CURRENT,)
        self.expires: datetime | None = None
        self.spare = float(BURST)  # how often it may be read again
        self.counted: datetime | None = None  # when `spare` was right


_held: dict[str, Held] = {}
_reading = threading.Lock()


def current(secret: str) -> str:
    """Return the value to sign with. `secret` is an ARN. Raises Unavailable, ServiceError."""
    return _values(secret)[0]


def accepted(secret: str, attempt: Callable[[str], T | None]) -> T | None:
    """Return the first result that is not None of an attempt with each accepted value. Raises as `current`."""
    tried = set[str]()
    for read in (_values, _newest_values):
        for value in read(secret):
            if value not in tried and (result := attempt(value)) is not None:
                return result
            tried.add(value)
    return None


def _values(secret: str) -> tuple[str, ...]:
    """Return the held values, which are read if there are none, or if they are old."""
    with _reading:  # other threads wait for the values of the reading that is under way
        held, now = _held.setdefault(secret, Held()), clock.now()
        if held.expires is None or now >= held.expires:
            try:
                _read(secret, held, now)
            except Unavailable:
                if not held.values:
                    raise
                held.expires = now + PAUSE  # held values are better than none
        return held.values


def _newest_values(secret: str) -> tuple[str, ...]:
    """Return the values as they are now; the held ones if they were read again too often."""
    with _reading:
        held, now = _held[secret], clock.now()
        passed = (now - held.counted).total_seconds() if held.counted else 0
        held.spare, held.counted = min(BURST, held.spare + passed), now
        if held.spare >= 1:
            held.spare -= 1
            held.stages = (_CURRENT, _PREVIOUS)
            _read(secret, held, now)
        return held.values


def _read(secret: str, held: Held, now: datetime) -> None:
    values = [_value(secret, stage) for stage in held.stages]
    held.values, held.expires = tuple(value for value in values if value is not None), now + MAX_AGE


def _value(secret: str, stage: str) -> str | None:
    try:
        request = {"SecretId": secret, "VersionStage": stage}
        return str(client.call("secretsmanager", "secretsmanager.GetSecretValue", request)["SecretString"])
    except client.ServiceError as error:
        if stage == _PREVIOUS and error.error == "ResourceNotFoundException":  # it was never rotated
            return None
        raise
