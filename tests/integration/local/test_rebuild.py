"""Lost and damaged standings are rebuilt: from awards, goals and the profile, and from older images where there are
some."""

import json
import os
import random
from base64 import b64decode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest

from laurels import clock, keys, tombstones
from laurels import table as door
from laurels.achievements import earning
from laurels.attribute_values import pack_item
from laurels.days import dates
from laurels.goals import rules as goals_rules
from laurels.standings import freezes
from laurels.standings import rules as standings_rules
from laurels.standings.codec import decode, encode
from laurels.standings.definitions import Definition, MetricKind
from laurels.standings.models import Board, Counter, Listing, OwnNumber, Standing
from laurels.writes import Item, Put
from local.cli.arguments import main
from local.repair import rebuilding, service, sources
from local.repair.rebuilding import LOST, Held, Image, Rebuilt
from tests.sizes import sized

DAY = 24 * 3600 * 1000
USERS = sized(200, 1000)
ZONES = ("UTC", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles")


class Learner(NamedTuple):
    """A standing, and the other items of its user."""

    standing: Standing
    items: list[Item]


def learner(number: int, now: int) -> Learner:
    """A learner with a history of half a year, whose standing was written in the order of the events."""
    chance = random.Random(number)
    user_id, zone = f"learner-{number}", ZONES[number % len(ZONES)]
    standing, awards, revision = Standing(user_id, timezone=zone, listing=Listing.SHOWN), [], 0
    goal: dict[str, Any] = keys.goal(user_id, "g1")._asdict() | {"goal_id": "g1", "status": "in-progress", "rev": 1}
    goal["target"] = {"metric": "tests_passed", "value": 10_000}
    for at in sorted(now - chance.randrange(180 * DAY) for _ in range(chance.randrange(1, 60))):
        revision += 1
        match chance.randrange(4):
            case 0:
                award = earning.new_award(user_id, f"code-{revision}", at, at, points=chance.choice((0, 5, 50)))
                awards.append(award.item)
                standings_rules.earn(standing, award.item["points"], at, at)
            case 1:
                day = date.fromordinal(standings_rules.local_day(standing, at))
                goal = goals_rules.checked_in(goal, day)
                standings_rules.be_active(standing, day, at)
            case 2:
                freezes.grant(standing, 1, at)
            case _:
                standings_rules.remember(standing, f"event-{revision}")
                standings_rules.count(standing, chance.choice(list(Counter)), 1, at, at)
    standing.open_targets, standing.revision, standing.updated_at = 1, revision, now
    profile = keys.profile(user_id)._asdict() | {"preferences": {"timezone": zone, "leaderboards": "shown"}}
    return Learner(standing, [goal, profile, *awards])


def store(name: str, items: list[Item], client: Any) -> None:
    for start in range(0, len(items), 25):
        batch = [{"PutRequest": {"Item": _plain(pack_item(item))}} for item in items[start : start + 25]]
        while batch:
            batch = client.batch_write_item(RequestItems={name: batch})["UnprocessedItems"].get(name, [])


def _plain(packed: dict[str, Any]) -> dict[str, Any]:
    """Return a packed item as boto3 takes it: it encodes bytes itself."""
    return {name: {"B": b64decode(each["B"])} if "B" in each else each for name, each in packed.items()}


def run(users: list[str], client: Any, stream: Mapping[str, Image] = {}, **options: Any) -> dict[str, Rebuilt | None]:
    given: dict[str, Any] = {"copy": None, "dry_run": False} | options
    return dict(service.rebuild_all(users, stream, given["copy"], lambda _: client, dry_run=given["dry_run"]))


def stored(*users: str) -> list[Standing]:
    """The standings in the table, without what each write changes."""
    items = door.get_many([keys.standing(user) for user in users], consistent=True)
    return [replace(decode(item), revision=0, updated_at=0) for item in items if item]


AWARDED = (Board.POINTS, Board.ACHIEVEMENTS)


def check_what_is_known(found: Standing, original: Standing) -> None:
    """Compare what awards, goals and the profile say of a standing."""
    assert [found.scores[board] for board in AWARDED] == [original.scores[board] for board in AWARDED]
    assert dates(found.award_days) == dates(original.award_days)
    assert set(dates(found.activity_days)) <= set(dates(original.activity_days))
    settings = ("timezone", "listing", "open_targets")
    assert [getattr(found, name) for name in settings] == [getattr(original, name) for name in settings]
    for mine, theirs in ((found.week, original.week), (found.month, original.month)):
        # Only a count may have begun a later window.
        scores = [theirs.scores[board] for board in AWARDED]
        if mine.number == theirs.number:
            assert [mine.scores[board] for board in AWARDED] == scores
        else:
            assert (mine.number < theirs.number, [each.score for each in scores]) == (True, [0, 0])


@pytest.fixture
def copy(table: str, dynamodb_client: Any) -> Any:
    """The name of an empty table with the same keys."""
    name = f"copy-{uuid4().hex}"
    about = dynamodb_client.describe_table(TableName=table)["Table"]
    wanted = {each: about[each] for each in ("KeySchema", "AttributeDefinitions")}
    dynamodb_client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
    yield name
    dynamodb_client.delete_table(TableName=name)


def test_destroyed_standings_come_back_from_a_copy(table: str, copy: str, dynamodb_client: Any) -> None:
    now = clock.now_ms()
    learners = [learner(number, now) for number in range(USERS)]
    users = [each.standing.user_id for each in learners]
    store(table, [item for each in learners for item in each.items], dynamodb_client)
    older = [encode(replace(each.standing, revision=each.standing.revision - 1)) for each in learners]
    store(copy, older, dynamodb_client)
    assert sources.users(table, lambda _: dynamodb_client) == set(users)

    made = run(users, dynamodb_client, copy=copy)
    for found, each in zip(stored(*users), learners, strict=True):
        for standing in (found, each.standing):
            freezes.settle(standing, now)  # whenever that happens
        assert found == replace(each.standing, revision=0, updated_at=0)
    assert {each.base for each in made.values() if each} == {"copy"}
    again = run(users[:20], dynamodb_client, copy=copy)
    assert {(each.base, each.changed) for each in again.values() if each} == {("table", False)}


def test_standings_of_which_there_is_no_image_are_equal_in_what_can_be_known() -> None:
    now = clock.now_ms()
    for original, (goal, profile, *awards) in (learner(number, now) for number in range(USERS)):
        made = rebuilding.rebuild(original.user_id, None, {}, Held(profile, awards, [goal]), now)
        check_what_is_known(made.standing, original)
        assert (made.base, tuple(made.unknown)) == ("nothing", LOST)


def test_a_standing_that_is_whole_is_left_as_it_is() -> None:
    now = clock.now_ms()
    for original, (goal, profile, *awards) in (learner(number, now) for number in range(USERS)):
        held = Held(profile, awards, [goal])
        made = rebuilding.rebuild(original.user_id, deepcopy(original), {"copy": Image(original)}, held, now)
        assert (made.base, made.changed, made.unknown) == ("table", False, [])


def test_points_that_drifted_from_the_awards_are_set_right_and_counters_are_kept() -> None:
    now = clock.now_ms()
    original, (goal, profile, *awards) = learner(11, now)
    assert awards
    drifted = deepcopy(original)
    drifted.scores[Board.POINTS].score += 7
    drifted.open_targets = 0
    made = rebuilding.rebuild(original.user_id, drifted, {}, Held(profile, awards, [goal]), now)
    assert (made.base, made.changed) == ("table", True)
    freezes.settle(original, now)
    assert made.standing == original


def test_what_was_counted_since_the_loss_is_added_to_the_older_image(table: str, dynamodb_client: Any) -> None:
    lost, began_anew = learner(7, clock.now_ms()), Standing("learner-7", timezone="America/Los_Angeles")
    now = clock.now_ms()
    standings_rules.count(began_anew, Counter.TESTS_PASSED, 2, now, now)
    standings_rules.remember(began_anew, "event-since")
    store(table, [*lost.items, encode(began_anew)], dynamodb_client)
    before = lost.standing.counters[Counter.TESTS_PASSED]
    stream = {"learner-7": Image(lost.standing)}
    made = run(["learner-7"], dynamodb_client, stream)["learner-7"]
    assert made is not None
    assert (made.base, made.unknown) == ("stream", [])
    (found,) = stored("learner-7")
    assert found.counters[Counter.TESTS_PASSED] == found.scores[Board.TESTS].score == before + 2
    assert standings_rules.remembers(found, "event-since")
    assert (found.points, found.achievements) == (lost.standing.points, lost.standing.achievements)
    again = run(["learner-7"], dynamodb_client, stream)["learner-7"]
    assert again is not None
    assert (again.base, again.changed) == ("table", False), "adding the same again would count it twice"


@pytest.mark.parametrize("image", ["stream", "copy"])
def test_a_standing_that_was_begun_anew_may_have_a_higher_revision(
    image: str, table: str, copy: str, dynamodb_client: Any
) -> None:
    """An imported standing is written once, and holds years."""
    now = clock.now_ms()
    lost, began_anew = Standing("ada", revision=3), Standing("ada", revision=7)
    lost.counters[Counter.TESTS_PASSED] = 500
    for number in range(4):
        standings_rules.count(began_anew, Counter.TESTS_PASSED, 1, now, now)
        standings_rules.remember(began_anew, f"event-{number}")
    store(table, [encode(began_anew)], dynamodb_client)
    store(copy, [encode(lost)], dynamodb_client)
    stream = {"ada": Image(lost, is_lost=True)} if image == "stream" else {}
    for changed in (True, False):
        made = run(["ada"], dynamodb_client, stream, copy=copy if image == "copy" else None)["ada"]
        assert made is not None
        assert (made.base, made.changed) == ((image, True) if changed else ("table", False))
        (found,) = stored("ada")
        assert found.counters[Counter.TESTS_PASSED] == 504


def test_a_standing_that_continues_the_copy_is_left_as_it_is() -> None:
    """Its counters have grown, or one was corrected; or events of the copy are still known."""
    now = clock.now_ms()
    before = Standing("ada", revision=3)
    before.counters |= {Counter.TESTS_PASSED: 10, Counter.HOMEWORKS_COMPLETED: 5}
    standings_rules.remember(before, "event")
    later, corrected = (replace(deepcopy(before), revision=9) for _ in range(2))
    corrected.counters |= {Counter.TESTS_PASSED: 9, Counter.HOMEWORKS_COMPLETED: 4}
    later.counters |= {Counter.TESTS_PASSED: 9, Counter.HOMEWORKS_COMPLETED: 80}
    later.events = []
    for stands in (later, corrected):
        made = rebuilding.rebuild("ada", deepcopy(stands), {"copy": Image(before)}, Held(None, [], []), now)
        assert (made.base, made.standing.counters) == ("table", stands.counters)


@pytest.mark.parametrize(("kind", "number"), [(MetricKind.BEST, 95), (MetricKind.VALUE, 60)])
def test_of_own_metrics_the_best_stays_and_the_last_value_counts(kind: MetricKind, number: int) -> None:
    lost, began_anew = Standing("ada", revision=9), Standing("ada", revision=1)
    lost.own["score"] = OwnNumber(is_counter=False, number=95, reached=1)
    began_anew.own["score"] = OwnNumber(is_counter=False, number=60, reached=2)
    held = Held(None, [], [], {"score": Definition("score", kind)})
    made = rebuilding.rebuild("ada", began_anew, {"stream": Image(lost)}, held, clock.now_ms())
    assert made.standing.own["score"].number == number


def test_a_damaged_standing_is_replaced_and_a_dry_run_writes_nothing(table: str, dynamodb_client: Any) -> None:
    lost = learner(3, clock.now_ms())
    damaged = encode(lost.standing) | {"nu": b"damaged"}
    store(table, [*lost.items, damaged], dynamodb_client)
    run(["learner-3"], dynamodb_client, dry_run=True)
    assert door.get(keys.standing("learner-3")) == damaged
    made = run(["learner-3"], dynamodb_client)["learner-3"]
    assert made is not None
    assert made.base == "nothing"
    (found,) = stored("learner-3")
    check_what_is_known(found, lost.standing)


def test_an_erased_user_is_not_brought_back(table: str, copy: str, dynamodb_client: Any) -> None:
    lost = learner(5, clock.now_ms())
    store(copy, [encode(lost.standing)], dynamodb_client)
    door.write(Put(tombstones.key("learner-5")._asdict()))
    assert run(["learner-5"], dynamodb_client, copy=copy) == {"learner-5": None}
    assert stored("learner-5") == []


def test_the_stream_knows_deleted_and_overwritten_standings(dynamodb_client: Any, dynamodb: str) -> None:
    name = f"streamed-{uuid4().hex}"
    schema = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
    texts = [{"AttributeName": part, "AttributeType": "S"} for part in ("PK", "SK")]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb_client.create_table(
        TableName=name,
        KeySchema=schema,
        AttributeDefinitions=texts,
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification=stream,
    )
    clients = {"dynamodb": dynamodb_client, "dynamodbstreams": boto3.client("dynamodbstreams", endpoint_url=dynamodb)}
    one, two = learner(1, clock.now_ms()).standing, learner(2, clock.now_ms()).standing
    store(name, [encode(one), encode(two)], dynamodb_client)
    dynamodb_client.delete_item(TableName=name, Key=pack_item(keys.standing("learner-1")._asdict()))
    store(name, [encode(two) | {"sc": b"damaged", "rev": 9_999}], dynamodb_client)
    found = sources.in_stream(name, clients.__getitem__)
    assert [found[each.user_id] for each in (one, two)] == [
        Image(replace(one, revision=one.revision + 1), is_lost=True),
        Image(replace(two, revision=two.revision + 1), is_lost=False),
    ]
    # A standing that is begun anew may be written more often than the lost one was.
    for revision in range(one.revision + 5):
        store(name, [encode(Standing("learner-1", revision=revision))], dynamodb_client)
    assert sources.in_stream(name, clients.__getitem__)["learner-1"] == found["learner-1"]
    dynamodb_client.delete_table(TableName=name)


def test_the_command_finds_the_table_and_the_secret_of_a_stack_on_aws(
    table: str,
    moto_server: str,
    secrets_manager: Any,
    dynamodb_client: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    name = f"laurels-{uuid4().hex}"
    secrets_manager.create_secret(Name=name, SecretString="of tombstones")
    # moto's CloudFormation makes no secrets: a parameter of the same name has the physical id of one.
    names = {"TombstoneSecret": (name, "-"), "TableNameParameter": (f"/{name}/table-name", table)}
    resources = {
        resource: {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": named, "Value": value}}
        for resource, (named, value) in names.items()
    }
    template = json.dumps({"Resources": resources})
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    lost = learner(9, clock.now_ms())
    store(table, lost.items, dynamodb_client)
    for variable in ("TABLE_NAME", "TOMBSTONE_SECRET"):
        monkeypatch.setenv(variable, "")  # the command sets them
    assert main(["rebuild", "--stack", name, "--all"]) == 0
    out, err = capsys.readouterr()
    assert os.environ["TOMBSTONE_SECRET"] == "of tombstones"
    assert json.loads(out) == {
        "user_id": "learner-9",
        "base": "nothing",
        "points": lost.standing.points,
        "achievements": lost.standing.achievements,
        "unknown": list(LOST),
    }
    assert err == "1 rebuilt, 0 unchanged, 0 erased\n"
    (found,) = stored("learner-9")
    check_what_is_known(found, lost.standing)


def test_a_stack_that_is_not_there_is_one_clear_line(
    moto_server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    assert main(["rebuild", "--stack", "no-such-stack", "--all"]) == 1
    assert capsys.readouterr().err.startswith("rebuild: An error occurred")
