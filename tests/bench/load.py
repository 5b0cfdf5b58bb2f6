"""Load: minutes of mixed requests, messages and uploads on the local stack, and then whether all of it was applied.

Each client has learners of its own, so it knows what their profiles, counters, awards and pictures must be in the end.
`LOAD_SECONDS` sets how long it lasts.
"""

import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import urllib3

from tests.bench import samples
from tests.bench.report import Table
from tests.containers import sam_local
from tests.e2e.conftest import Answer, Service, serving
from tests.unit.avatars import images

SECONDS = int(os.environ.get("LOAD_SECONDS", "300"))
CLIENTS, LEARNERS = 8, 25  # learners of each client
CODES = [f"load-{number}" for number in range(5)]
AT_ONCE, BESIDE_SECONDS = 4, 60  # clients, and how long, beside `sam local start-api`
COUNTED = "homeworks_completed"  # by the sample updates
REPEATED = 0.1  # of the updates: the same message once more
PAGE = os.sysconf("SC_PAGE_SIZE")
PICTURE = images.png()


@dataclass
class Learner:
    """A learner, and what must be found in the end."""

    user_id: str
    token: str
    updates: int = 0
    codes: set[str] = field(default_factory=set)
    location: str | None = None
    uploaded: bool = False


class Client:
    """Sends one request after another for its own learners. Only its own thread uses it."""

    def __init__(self, service: Service, number: int) -> None:
        self.service, self.random = service, random.Random(number)
        names = [f"load-{number}-{each}" for each in range(LEARNERS)]
        self.learners = [Learner(name, service.token(name)) for name in names]
        self.trusted = service.service()
        self.taken: dict[str, list[float]] = defaultdict(list)  # seconds, by kind of request
        self.refused: list[str] = []
        kinds: list[tuple[int, Callable[[Learner], None]]] = [
            (30, self.read_profile), (15, self.read_stats), (15, self.read_board), (10, self.read_catalogue),
            (10, self.update_profile), (5, self.award), (10, self.submit), (4, self.send), (1, self.upload),
        ]  # fmt: skip
        self._weights, self._kinds = zip(*kinds, strict=True)

    def run(self, until: float) -> None:
        while time.monotonic() < until:
            (kind,) = self.random.choices(self._kinds, self._weights)
            kind(self.random.choice(self.learners))

    def call(self, kind: str, method: str, path: str, token: str, *accepted: int, body: Any = None) -> Answer:
        begun = time.perf_counter()
        answer = self.service.call(method, path, token, body)
        self.taken[kind].append(time.perf_counter() - begun)
        if answer.status not in (accepted or (200,)):
            self.refused.append(f"{method} {path}: {answer}")
        return answer

    def read_profile(self, learner: Learner) -> None:
        self.call("GET /v1/users/me", "GET", "/users/me", learner.token)

    def read_stats(self, learner: Learner) -> None:
        self.call("GET …/stats", "GET", "/users/me/stats", learner.token)

    def read_board(self, learner: Learner) -> None:
        self.call("GET /v1/leaderboards/{board}", "GET", "/leaderboards/homeworks?limit=20", learner.token)

    def read_catalogue(self, learner: Learner) -> None:
        self.call("GET /v1/achievements", "GET", "/achievements?limit=20", learner.token)

    def update_profile(self, learner: Learner) -> None:
        location = f"Place {self.random.randrange(10**6)}"
        self.call("PATCH /v1/users/me", "PATCH", "/users/me", learner.token, body={"location": location})
        learner.location = location

    def award(self, learner: Learner) -> None:
        code = self.random.choice(CODES)
        path = f"/users/{learner.user_id}/achievements"
        self.call("POST …/achievements", "POST", path, self.trusted, 200, 201, body={"code": code})
        learner.codes.add(code)

    def submit(self, learner: Learner) -> None:
        update = samples.update(learner.user_id)
        path = f"/users/{update.pop('user_id')}/stats/updates"
        for _ in range(1 + (self.random.random() < REPEATED)):
            self.call("POST …/stats/updates", "POST", path, self.trusted, 202, body=update)
        learner.updates += 1

    def send(self, learner: Learner) -> None:
        """Send ten messages to the queue; each has an id of its own, so that a repeated one is delivered, too."""
        updates = [samples.update(learner.user_id) for _ in range(9)]
        begun = time.perf_counter()
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(update),
                "MessageGroupId": learner.user_id,
                "MessageDeduplicationId": f"{update['event_id']}-{number}",
            }
            for number, update in enumerate([*updates, updates[0]])
        ]
        answer = self.service.sqs().send_message_batch(QueueUrl=self.service.queue_url(), Entries=entries)
        self.taken["10 messages to the queue"].append(time.perf_counter() - begun)
        self.refused += map(str, answer.get("Failed", ()))
        learner.updates += len(updates)

    def upload(self, learner: Learner) -> None:
        body = {"content_type": "image/png", "size": len(PICTURE)}
        form = self.call("POST …/avatar", "POST", "/users/me/avatar", learner.token, 201, body=body).json()
        fields = form["fields"] | {"file": ("picture.png", PICTURE)}
        begun = time.perf_counter()
        status = urllib3.request("POST", form["url"], fields=fields).status
        self.taken["the picture, to S3"].append(time.perf_counter() - begun)
        if status != 204:
            self.refused.append(f"upload: {status}")
        learner.uploaded = True


def run() -> Iterator[Table]:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "stack.log") as service:
        clients = [Client(service, number) for number in range(CLIENTS)]
        _prepare(service, clients)
        begun = time.monotonic()
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            grown = pool.submit(_watch, begun + SECONDS)
            jobs = [pool.submit(client.run, begun + SECONDS) for client in clients]
            for job in jobs:
                job.result()
        seconds = time.monotonic() - begun
        service.drain(limit=3600)
        drained = time.monotonic() - begun - seconds
        wrong = [each for client in clients for each in client.refused] + [*_differences(service, clients)]
        yield _table(clients, seconds, drained, wrong, grown.result())
        yield from _beside_containers(service.url, service.token("load-0-0"))


def _beside_containers(ours: str, token: str) -> Iterator[Table]:
    """Compare the local stack with `sam local start-api`, which runs functions in containers that stay warm."""
    title = "Reads and writes of a profile, beside sam local start-api"
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "version"], capture_output=True, check=False).returncode:
        yield Table(title, ("left out",), [("Docker does not answer",)])
        return
    with tempfile.TemporaryDirectory() as folder, sam_local.serving(Path(folder) / "log") as theirs:
        rows = []
        for name, url in (("the local stack", ours), ("sam local start-api", theirs)):
            _alternate(url, token, until=0.0)  # starts processes and containers
            with ThreadPoolExecutor(AT_ONCE) as pool:
                begun = time.monotonic()
                jobs = [pool.submit(_alternate, url, token, begun + BESIDE_SECONDS) for _ in range(AT_ONCE)]
                taken = [each for job in jobs for each in job.result()]
                seconds = time.monotonic() - begun
            centiles = [1000 * value for value in quantiles(taken, n=100)]
            rows.append((name, len(taken), len(taken) / seconds, centiles[49], centiles[98]))
    notes = [f"{AT_ONCE} clients at once for {BESIDE_SECONDS} s each: GET and PATCH /v1/users/me in turns."]
    yield Table(title, ("", "requests", "a second", "p50 ms", "p99 ms"), rows, notes)


def _alternate(url: str, token: str, until: float) -> list[float]:
    """Read and write a profile in turns, once at least. Return the seconds of each request."""
    taken: list[float] = []
    headers = {"authorization": f"Bearer {token}"}
    with urllib3.PoolManager(retries=False, timeout=120) as http:
        while not taken or time.monotonic() < until:
            for method, body in (("GET", None), ("PATCH", {"location": f"Place {len(taken)}"})):
                begun = time.perf_counter()
                answer = http.request(method, f"{url}/v1/users/me", json=body, headers=headers)
                if answer.status != 200:
                    raise RuntimeError(f"{url}: {method} gives {answer.status} {answer.data[:300]!r}")
                taken.append(time.perf_counter() - begun)
    return taken


def _prepare(service: Service, clients: list[Client]) -> None:
    for code in CODES:
        draft = {"code": code, "points": 1, "translations": {"en": {"title": code}}}
        assert service.call("POST", "/achievements", service.admin(), draft).status == 201
    for client in clients:
        for learner in client.learners:
            assert service.call("GET", "/users/me", learner.token).status == 200
    service.tick()


def _watch(until: float) -> tuple[int, float, float]:
    """Return the number of functions' processes that lived through the second half, and their MB at its begin and
    end."""
    time.sleep(max(0.0, (until - time.monotonic()) / 2))
    before = _memory()
    time.sleep(max(0.0, until - time.monotonic()))
    after = _memory()
    same = before.keys() & after.keys()
    return len(same), sum(before[each] for each in same), sum(after[each] for each in same)


def _memory() -> dict[int, float]:
    """Return the resident MB of each process of a function, by its id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"runtime/worker.py" in (folder / "cmdline").read_bytes():
                found[int(folder.name)] = int((folder / "statm").read_text().split()[1]) * PAGE / 1e6
        except OSError:  # it has just ended
            continue
    return found


def _differences(service: Service, clients: list[Client]) -> Iterator[str]:
    """Yield every learner whose data are not what the client's requests must have made of them."""
    for learner in (each for client in clients for each in client.learners):
        me = service.call("GET", "/users/me", learner.token).json()
        found = (
            service.call("GET", "/users/me/stats", learner.token).json()["counters"][COUNTED],
            {each["code"] for each in service.call("GET", "/users/me/achievements", learner.token).json()["items"]},
            me["location"],
            me["avatar_url"] is not None,
        )
        wanted = (learner.updates, learner.codes, learner.location, learner.uploaded)
        if found != wanted:
            yield f"{learner.user_id}: {found}, not {wanted}"
    yield from (f"parked: {letter}" for letter in service.dead_letters())


def _table(
    clients: list[Client], seconds: float, drained: float, wrong: list[str], grown: tuple[int, float, float]
) -> Table:
    taken: dict[str, list[float]] = defaultdict(list)
    for client in clients:
        for kind, values in client.taken.items():
            taken[kind] += values
    rows = []
    for kind, values in sorted(taken.items()):
        centiles = [1000 * value for value in quantiles(values, n=100)] if len(values) > 1 else [1000 * values[0]] * 99
        rows.append((kind, len(values), len(values) / seconds, centiles[49], centiles[98], 1000 * max(values)))
    learners = [each for client in clients for each in client.learners]
    number, before, after = grown
    total = sum(map(len, taken.values()))
    notes = [
        f"{CLIENTS} clients at once for {seconds:.0f} s: {total:,} requests, {total / seconds:.0f} a second. The queue "
        f"was empty {drained:.0f} s later.",
        f"Expected of {len(learners)} learners: {sum(each.updates for each in learners):,} updates, "
        f"{sum(len(each.codes) for each in learners):,} awards, {sum(each.uploaded for each in learners)} pictures. "
        f"Failed, lost or doubled: {len(wrong)}{'' if not wrong else ', such as ' + wrong[0]}.",
        f"{number} processes of functions lived through the second half: {before:.0f} MB at its begin, {after:.0f} at "
        "its end.",
    ]
    columns = ("request", "number", "a second", "p50 ms", "p99 ms", "largest ms")
    return Table(f"Load: {seconds / 60:.0f} minutes on the local stack", columns, rows, notes)
