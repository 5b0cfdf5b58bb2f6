"""Trials: an invocation meets faults and is repeated as its caller repeats it. What is stored afterwards, and the
answer, must be those of an invocation without a fault."""

import importlib
import json
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

from laurels.aws import connections
from laurels.aws.client import ATTEMPTS
from tests.integration.faults.front import EVER, KINDS, WAITING, Fault
from tests.integration.faults.journey import Step
from tests.integration.faults.world import Stored, World

REPEATS = 6  # by a caller who gets 503, and by a queue
# Longer than the claim of an Idempotency-Key, and the lease of the boards, that a dead process holds.
CLAIM, LEASE = timedelta(seconds=40), timedelta(seconds=900)
ANEW = {
    "avatars/start_avatar_upload": "makes another form",
    "avatars/delete_avatar": "refuses uploads that began meanwhile, too",
    "leaderboards/compute_leaderboards": "computes another version, and keeps the last one",
}  # what a repetition does that the first one has not
# What is not one transaction, so that a failure may leave a part of it until the repetition.
IN_PARTS = {
    "achievements/count_awards": "a write for each achievement",
    "achievements/start_backfill": "a message for each partition",
    "avatars/delete_avatar": "the profile, then the pictures",
    "avatars/process_avatar": "the pictures, the profile, then the upload",
    "documents/delete_requirements": "the message that would finish it, the document, then what depends on it",
    "documents/delete_resume": "the message that would finish it, the document, then what depends on it",
    "documents/batch_delete_requirements": "the message that would finish it, the documents, then what depends on them",
    "documents/batch_delete_resumes": "the message that would finish it, the documents, then what depends on them",
    "documents/extract_text": "the text, then the upload",
    "events/ingest_user_events": "a write for each message",
    "groups/award_members": "a transaction for each member",
    "groups/delete_group": "the message that would finish it, the group, then its members",
    "leaderboards/compute_leaderboards": "the files of a version, then the pointer",
    "privacy/erase_user": "a transaction for each 25 items, and the objects",
    "privacy/export_user": "the file, then its note",
    "privacy/start_erasure": "the message of the last sweep, the erasure, then that of the first one",
    "privacy/start_export": "the note, then the message",
    "stats/apply_stat_updates": "a write for each user of the batch",
}
# What may stay although all is done: a lock that could not be released ends with its lease, before the next run.
LEFT = {"leaderboards/compute_leaderboards": "+ BOARDS LOCK:"}
_NEW = re.compile(r'01a1[0-9a-f]{28}|"rev": \d+')  # what such a repetition makes
# Where a process dies: before it sends its n-th request, or before it reads the response.
DEATHS = ("killed-before", "killed-after")


class Killed(BaseException):
    """The end of the process: no code of ours catches it."""


class Outcome(NamedTuple):
    """How an invocation ended: `ok` if all is done, and what its caller sees."""

    ok: bool
    status: int
    answer: str


class Trial(NamedTuple):
    """The faults of an invocation and of its repetitions; `impatient`: it does not repeat conflicting writes."""

    name: str
    faults: list[Fault]
    killed: str = ""
    impatient: bool = False

    @property
    def waits(self) -> bool:
        return any(fault.kind in WAITING for fault in self.faults)


def each(requests: int, draw: random.Random) -> Iterator[Trial]:
    """Yield every fault of every request: for one attempt, for all attempts of the client, or from there on."""
    for number in range(requests):
        for kind in KINDS:
            yield draw.choice(
                [
                    Trial(f"{kind} at {number}", [Fault(kind, number, number)]),
                    Trial(f"{kind} at {number}, thrice", [Fault(kind, number, number + ATTEMPTS - 1)]),
                    Trial(f"{kind} from {number} on", [Fault(kind, number, EVER)], impatient=True),
                ]
            )
        for death in DEATHS:
            yield Trial(f"{death} at {number}", [Fault("", number, number)], killed=death)


def at_random(requests: int, draw: random.Random) -> Trial:
    """Return a trial in which several requests meet faults."""
    kinds = [kind for kind in KINDS if kind not in WAITING]
    numbers = [number for number in range(requests * 3) if draw.random() < 0.3]
    return Trial("at random", [Fault(draw.choice(kinds), number, number) for number in numbers])


def invoke(step: Step) -> Outcome:
    """Call the function, and judge its answer as its caller does."""
    handler = importlib.import_module(step.sample.replace("/", ".")).handler
    try:
        answer = handler(json.loads(json.dumps(step.event)), None)
    except Exception as error:  # an asynchronous invocation is repeated
        return Outcome(False, 500, type(error).__name__)
    if isinstance(answer, Mapping) and "statusCode" in answer:
        body = str(answer.get("body", ""))
        if step.sample.startswith("groups/") and "The service is busy" in body:  # in a row of many
            return Outcome(False, 503, body)
        return Outcome(answer["statusCode"] < 300, answer["statusCode"], body)
    if isinstance(answer, Mapping) and "batchItemFailures" in answer:
        failed = bool(answer["batchItemFailures"])
        return Outcome(not failed, 500 if failed else 200, json.dumps(answer))
    return Outcome(True, 200, json.dumps(answer))


class Trials:
    """Tries faults on one step. `outcome`, `requests` and `after` are what it answers, sends and leaves without one."""

    def __init__(self, world: World, step: Step, before: Stored, moment: datetime) -> None:
        self._world, self._step, self._before, self._moment = world, step, before, moment
        self._anew = step.sample in ANEW
        self.between = False  # True after a trial that failed and left more than nothing and less than all
        self._start()
        with world.front.injecting():
            self.outcome = invoke(step)
            self.requests = list(world.front.seen)
        self.after = world.stored()

    def repeat(self) -> str:
        """Invoke once more, before the first trial. Return the harm that it does."""
        self._nothing, self._once = self._text(self._before), self._text(self.after)
        again = invoke(self._step)
        self._twice = self._text()
        self._answers = {self._plain(self.outcome), self._plain(again)}
        return "" if self._anew else _difference(self._once, self._twice)

    def _start(self) -> None:
        self._world.restore(self._before)
        self._world.begin(self._moment)

    def _text(self, stored: Stored | None = None) -> list[str]:
        found = self._world.text(stored or self._world.stored())
        return [_NEW.sub("<new>", line) for line in found] if self._anew else found

    def _plain(self, outcome: Outcome) -> tuple[int, str]:
        answer = "" if self._step.sample in ANEW else self._world.plain(outcome.answer)
        return outcome.status, answer

    def wrong(self, trial: Trial) -> str:
        """Run a trial. Return what is wrong about its end; empty if nothing is."""
        self._start()
        with self._world.front.injecting(*trial.faults), _limits(trial):
            try:
                with _dying(trial):
                    outcome = invoke(self._step)
            except Killed:
                outcome = Outcome(False, 0, "killed")
        if outcome.ok and (found := _difference(self._once, self._text())):
            left = LEFT.get(self._step.sample)
            if left and "\n" not in found and found.startswith(left):
                return self._retry()
            return f"{outcome}, but stored: {found}"
        if outcome.ok and self._plain(outcome) not in self._answers:
            return f"answers {self._plain(outcome)}, not {self._answers}"
        if not outcome.ok and 0 < outcome.status < 500:
            return f"answers {outcome}"
        if not outcome.ok:
            self.between |= self._text() not in (self._nothing, self._once)
        if outcome.ok and self._anew:
            return ""
        return self._retry()

    def _retry(self) -> str:
        """Invoke without faults until it succeeds. Return what is wrong."""
        later = LEASE if self._anew else CLAIM
        if self._anew:  # the next run of the schedule comes when the lease has ended
            self._world.moment = self._moment + later
        for _ in range(REPEATS):
            outcome = invoke(self._step)
            if self._plain(outcome) in self._answers:
                break
            self._world.moment = self._moment + later
        else:
            return f"repeated, it answers {self._plain(outcome)}, not {self._answers}"
        left = self._text()
        found = _difference(self._once, left)
        return f"repeated, it stores: {found}" if found and not (self._anew and left == self._twice) else ""


def _difference(wanted: list[str], found: list[str]) -> str:
    missing = [f"- {line}" for line in wanted if line not in found]
    more = [f"+ {line}" for line in found if line not in wanted]
    return "\n".join([*missing, *more])


@contextmanager
def _limits(trial: Trial) -> Iterator[None]:
    """Set the time limits: short where a fault waits for them, none for repetitions if the outage lasts."""
    limits = dict.fromkeys(("RETRY_SECONDS", "BATCH_SECONDS", "IMPORT_SECONDS"), "0" if trial.impatient else "5")
    if trial.waits:
        limits |= dict.fromkeys(("RESPONSE_SECONDS", "STORAGE_READ_SECONDS", "STORAGE_WRITE_SECONDS"), "0.1")
    with patch.dict("os.environ", limits):
        yield


@contextmanager
def _dying(trial: Trial) -> Iterator[None]:
    """End the process at the request of the trial's fault, if it is killed."""
    if not trial.killed:
        yield
        return
    sent, number = connections.request, iter(range(EVER))

    def request(*arguments: Any) -> connections.Response:
        dies = next(number) == trial.faults[0].first
        if dies and trial.killed == "killed-before":
            raise Killed
        response = sent(*arguments)
        if dies:
            raise Killed
        return response

    with patch.object(connections, "request", request):
        yield
