"""Every request of every function to AWS meets every fault, one at a time and at random: it is carried out once or not
at all, the answer is true, and a repetition ends with it carried out once."""

import json
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from laurels import bedrock, bus
from laurels.aws import client
from local.template.application import Application
from tests import sizes
from tests.integration.conftest import Queues
from tests.integration.documents.model import GOOD, Model, serving
from tests.integration.faults import trials
from tests.integration.faults.front import Front
from tests.integration.faults.journey import JWT_SECRET, Last, steps
from tests.integration.faults.trials import Trial, Trials
from tests.integration.faults.world import World

SERVICES = ("DYNAMODB", "SQS", "S3", "SECRETSMANAGER", "EVENTS")
SETTINGS = {
    "MAX_ACTIVE_SESSIONS": "5",
    "SESSION_DAYS": "30",
    "MAX_FREEZES": "2",
    "AVATARS_URL": "https://pictures.example.org",
    "MODEL_ID": "a-model",
    "SETTLE_SECONDS": "300",
}
READING = ("get_", "list_", "search_")
LONG = {"achievements/start_backfill", "leaderboards/compute_leaderboards", "achievements/count_awards"}
MOST = 250  # trials of one step: the boards and a backfill take a hundred requests that are alike


@pytest.fixture
def world(
    dynamodb: str,
    moto_server: str,
    table: str,
    bucket: str,
    queues: Queues,
    jwt_secret: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    assert jwt_secret == JWT_SECRET
    model = Model()
    model.say(*[GOOD] * 100_000)
    with Front(dynamodb, moto_server).running() as front, serving(model) as address:
        for service in SERVICES:
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", front.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", address)
        bedrock._client.cache_clear()  # its endpoint may be another module's
        for name, value in SETTINGS.items():
            monkeypatch.setenv(name, value)
        for module in (client, bus):
            monkeypatch.setattr(module, "_FIRST_WAIT", 0.0)
        yield World(front, table, bucket, queues.urls, monkeypatch)


def is_tried(sample: str) -> bool:
    """True for a function that writes, and for all of them in `make soak`."""
    return sizes.FULL or sample == "profiles/get_me" or not sample.partition("/")[2].startswith(READING)


def chosen(sample: str, requests: int, draw: random.Random) -> list[Trial]:
    """Return the trials of a step: in `make soak` all of them, else one without waiting, and none of a long step."""
    every = list(trials.each(requests, draw))
    if not sizes.FULL:
        short = [trial for trial in every if not trial.waits]
        return [draw.choice(short)] if short and sample not in LONG else []
    some = every if len(every) <= MOST else draw.sample(every, MOST)
    return [*some, *(trials.at_random(requests, draw) for _ in range(5) if requests)]


# The authorizer writes in a thread: that is where its process dies.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_every_fault_of_every_request(world: World, stack_of_queues: Application) -> None:
    draw = random.Random(18)
    last, moment = Last(world.stored(), {}), world.moment
    tried, wrong, between = Counter[str](), list[str](), set[str]()
    for step in steps(world, last):
        moment += step.later
        if not is_tried(step.sample):
            continue
        before = world.stored()._replace(messages=[], published=[])
        faultless = Trials(world, step, before, moment)
        assert faultless.outcome.ok, (step.sample, faultless.outcome)
        to_try = chosen(step.sample, len(faultless.requests), draw)
        if to_try and (harm := faultless.repeat()):
            wrong.append(f"{step.sample}: repeated, it stores: {harm}")
        for trial in to_try:
            if found := faultless.wrong(trial):
                wrong.append(f"{step.sample}: {trial.name} ({', '.join(faultless.requests)}): {found}")
        tried["trials"] += len(to_try)
        tried[step.sample] += len(faultless.requests)
        between |= {step.sample} if faultless.between else set()
        world.restore(before if step.passing else faultless.after)
        last.stored = faultless.after
        if faultless.outcome.answer.startswith("{"):
            last.answers[step.sample] = json.loads(faultless.outcome.answer)
    made = tried.pop("trials")
    assert not wrong, "\n\n".join([f"{len(wrong)} of {made} trials", *wrong])
    assert between <= trials.IN_PARTS.keys()
    print(f"{made} trials of {tried.total()} requests of {len(tried)} functions")
    handlers = [function.handler for function in stack_of_queues.functions.values()]
    samples = {handler.removesuffix(".handler").replace(".", "/") for handler in handlers}
    assert tried.keys() == set(filter(is_tried, samples))
