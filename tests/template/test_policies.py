"""A function's role allows the actions that its code calls, on the ARNs that it uses, and no others."""

import ast
import json
from typing import Any

import pytest

from local.template.application import Application
from local.template.loader import load
from tests.template import project, walk
from tests.template.project import FunctionFile

# SAM adds it for the function's log.
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
# Actions of Lambda's poller, which uses the function's role.
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
POLLING_STREAMS = tuple(
    f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
)

FILES = project.function_files()
every_function = pytest.mark.parametrize("file", FILES, ids=str)

Permissions = set[tuple[str, str]]  # action, ARN


def needed(file: FunctionFile, app: Application) -> Permissions:
    found, environment = walk.of(file), project.function_of(file).environment
    (table,) = app.tables.values()
    (bucket,) = app.buckets.values()
    queues = [queue.arn for queue in app.queues.values() if queue.url in {environment.get(n) for n in found.settings}]
    where = {
        "dynamodb": [table.arn],
        "s3": [f"{bucket.arn}/{folder}/*" for folder in found.folders],
        "sqs": queues,
        "events": [bus.arn for bus in app.buses.values()],
        "states": [machine.arn for machine in app.machines.values()],
        "bedrock": [f"arn:aws:bedrock:{app.region}::foundation-model/{project.MODEL}"],
        "secretsmanager": [each.arn for each in app.secrets.values() if each.arn in environment.values()],
    }
    granted = granted_to(file, app)

    def places(action: str) -> list[str]:
        if action == "s3:ListBucket":
            return [bucket.arn]
        candidates = where[action.partition(":")[0]]
        if "sqs:ChangeMessageVisibility" in found.actions and action.startswith("sqs:"):
            # The function has the URL of its own queue to delay messages, and sends nothing there.
            own = {each.source_arn for each in app.consumers.values() if each.function == file.resource}
            return [arn for arn in candidates if (arn in own) == (action == "sqs:ChangeMessageVisibility")]
        # With several folders, the code does not show which one is read and which is written. A test of the room checks
        # that with real requests: tests/integration/avatars/test_permissions.py.
        chosen = [arn for arn in candidates if (action, arn) in granted]
        return chosen if action.startswith("s3:") and len(candidates) > 1 and chosen else candidates

    permissions = {(action, arn) for action in found.actions for arn in places(action)}
    unplaced = found.actions - {action for action, _ in permissions}
    assert not unplaced, (
        f"{file} calls {unplaced} on unknown resources: take queues from settings, folders from laurels/keys.py"
    )
    for consumer in app.consumers.values():
        if consumer.function == file.resource:
            permissions |= {(action, consumer.source_arn) for action in POLLING}
    if on_failure := project.function_of(file).on_failure:  # sent by Lambda, with the function's role
        permissions |= {("sqs:SendMessage", on_failure)}
    for mapping in app.streams.values():
        if mapping.function == file.resource:
            permissions |= {(action, mapping.source_arn) for action in POLLING_STREAMS}
            permissions |= {("sqs:SendMessage", mapping.on_failure)}
    return permissions


def granted_to(file: FunctionFile, app: Application) -> Permissions:
    return {
        (action, arn)
        for statement in project.function_of(file).statements
        for action in listed(statement["Action"])
        for arn in listed(statement["Resource"])
    }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@every_function
def test_a_role_allows_exactly_the_function_s_calls(file: FunctionFile) -> None:
    app = project.application()
    statements = project.function_of(file).statements
    granted, wanted = granted_to(file, app), needed(file, app)
    lacking, unused, where = (
        sorted(wanted - granted),
        sorted(granted - wanted),
        f"Policies of {file.resource} in template.yaml",
    )
    assert not lacking, f"{file} lacks permissions: add {lacking} to the {where}"
    assert not unused, f"{file} never uses {unused}: delete it from the {where}"
    assert len(granted) == sum(len(listed(each["Action"])) * len(listed(each["Resource"])) for each in statements), (
        f"delete the permission that is granted twice from the {where}"
    )


@every_function
def test_a_role_has_no_policies_but_its_own(file: FunctionFile) -> None:
    function = project.function_of(file)
    assert set(function.managed_policies) == {LOGS}, (
        f"{file.resource} in template.yaml: write a Statement of actions and ARNs instead of managed policies"
    )
    for policy in listed(project.serverless_functions()[file.resource].get("Policies", [])):
        assert isinstance(policy, dict), f"{file.resource} in template.yaml: replace the managed policy {policy}"
        assert set(policy) == {"Version", "Statement"}, f"{file.resource} in template.yaml: write Version and Statement"
        # Without it, a policy has the language of 2008, which knows no variables.
        assert policy["Version"] == "2012-10-17"


@every_function
def test_a_statement_allows_spelled_out_actions_on_arns(file: FunctionFile) -> None:
    for statement in project.function_of(file).statements:
        where = f"Policies of {file.resource} in template.yaml"
        assert set(statement) == {"Effect", "Action", "Resource"}, f"{where}: write Effect, Action and Resource only"
        assert statement["Effect"] == "Allow", f"{where}: roles only allow"
        assert not [action for action in listed(statement["Action"]) if "*" in action], (
            f"{where}: spell out the actions"
        )
        for arn in listed(statement["Resource"]):
            assert arn.startswith("arn:aws:"), f"{where}: {arn} is not an ARN"
            assert "*" not in arn.removesuffix("/*"), f"{where}: {arn} names more than one resource"


def test_every_role_is_one_function_s_own() -> None:
    resources = project.application().resources
    roles = [name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"]
    wanted = [*(f"{file.resource}Role" for file in FILES), *(f"{name}Role" for name in project.machines())]
    assert sorted(roles) == sorted(wanted), (
        f"template.yaml: functions and state machines without a role of their own {sorted(set(wanted) - set(roles))}, "
        f"roles of nothing {sorted(set(roles) - set(wanted))}"
    )


def test_the_only_other_policies_are_those_of_the_bucket_and_of_eventbridge_s_dead_letters() -> None:
    resources = project.application().resources
    kinds = {resource["Type"] for resource in resources.values() if "Policy" in resource["Type"]}
    assert kinds == {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"}


def test_an_inference_profile_is_allowed_with_its_model_in_each_region() -> None:
    arns = ["arn:aws:bedrock:eu-central-1:000000000000:inference-profile/eu.m", "arn:aws:bedrock:eu-west-1::m"]
    app = load(project.ROOT / "template.yaml", {"BedrockModelId": "eu.m", "BedrockModelArns": ",".join(arns)})
    (statement,) = (each for each in app.functions["AskModel"].statements if "bedrock:InvokeModel" in each["Action"])
    assert statement["Resource"] == arns


def test_without_a_model_nothing_asks_one() -> None:
    app = load(project.ROOT / "template.yaml")
    assert "AskModel" not in app.functions
    assert not [name for name in app.resources if name.startswith("AskModel")]


@pytest.mark.parametrize(
    "door", [f"laurels.{name}" for name in ("table", "storage", "queues", "secrets", "executions", "bedrock")]
)
def test_the_walk_knows_the_permissions_of_each_function_of_a_door(door: str) -> None:
    public = {name for name, node in walk.definitions(door).items() if not name.startswith("_") and name.islower()}
    known = {name.rpartition(".")[2] for name in walk.DOORS if name.startswith(f"{door}.")}
    assert public == known, f"DOORS in tests/template/walk.py: give the permissions of {sorted(public ^ known)}"


def test_a_state_machine_may_call_the_functions_of_its_tasks_and_run_itself() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"""
    app = project.application()
    for name, machine in project.machines().items():
        (policy,) = app.resources[f"{name}Role"]["Properties"]["Policies"]
        granted = {
            (action, arn)
            for statement in policy["PolicyDocument"]["Statement"]
            for action in statement["Action"]
            for arn in listed(statement["Resource"])
        }
        own = app.machines[name].arn
        executions = own.replace(":stateMachine:", ":execution:")
        assert granted == {
            *(("lambda:InvokeFunction", task["Resource"]) for _, task in project.tasks(machine)),
            ("states:StartExecution", own),
            *(
                (f"states:{action}", f"{executions}{end}")
                for action in ("DescribeExecution", "StopExecution")
                for end in (":*", "/*")
            ),
        }
        assert app.resources[f"{name}Role"]["Properties"]["ManagedPolicyArns"] == []


def test_with_the_one_function_there_is_no_state_machine() -> None:
    app = load(project.ROOT / "template.yaml")
    without = project.application().resources.keys() - app.resources.keys()
    steps = {"RankPartition", "PlanRanges", "MergeRange", "JoinBoard", "PublishBoards", "BoardsMachine"}
    found = {name for name in without if not name.startswith("AskModel")}
    assert found == {*steps, *(f"{name}Role" for name in steps), "BoardsMachineAlarm"}
    compute = app.functions["ComputeLeaderboards"]
    assert compute.environment["BOARDS_MACHINE_ARN"] == ""
    assert "states:StartExecution" not in json.dumps(compute.statements)


def test_the_walk_knows_every_write() -> None:
    body = project.tree(project.LAURELS / "writes.py").body
    (union,) = (ast.unparse(node) for node in body if ast.unparse(node).startswith("Write = "))
    names = (name.rpartition(".")[2] for name in walk.WRITES)
    assert union == f"Write = {' | '.join(names)}", (
        "WRITES in tests/template/walk.py: list all writes of laurels/writes.py"
    )


def test_no_method_calls_a_door() -> None:
    """The walk cannot tell which class a method belongs to, so only plain functions may reach AWS or settings."""
    found = {
        f"{module}.{name}: {what}"
        for module in project.modules()
        if not module.startswith("functions.")
        for name, node in walk.definitions(module).items()
        if isinstance(node, ast.ClassDef)
        for what, _ in walk.named(module, node)
        if what in walk.DOORS or what.startswith("laurels.settings.")
    }
    assert not found, f"move these calls out of classes into functions (class: call): {sorted(found)}"
