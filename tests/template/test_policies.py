"""Every function may do just what it does: its role's actions are the calls that it makes, on the ARNs it names."""

import ast
from typing import Any

import pytest

from local.template.application import Application
from tests.template import project, walk
from tests.template.project import FunctionFile

# SAM adds it for the function's log.
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
# What Lambda's poller does in the function's name.
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

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
    }
    granted = granted_to(file, app)

    def places(action: str) -> list[str]:
        if action == "s3:ListBucket":
            return [bucket.arn]
        candidates = where[action.partition(":")[0]]
        # Of several folders the text does not tell which is read and which is written. A test of the room does, with
        # what is really asked for: tests/integration/avatars/test_permissions.py.
        chosen = [arn for arn in candidates if (action, arn) in granted]
        return chosen if action.startswith("s3:") and len(candidates) > 1 and chosen else candidates

    permissions = {(action, arn) for action in found.actions for arn in places(action)}
    unplaced = found.actions - {action for action, _ in permissions}
    assert not unplaced, f"{file} calls {unplaced}, but no setting or key on its way says on what"
    for consumer in app.consumers.values():
        if consumer.function == file.resource:
            permissions |= {(action, consumer.source_arn) for action in POLLING}
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
def test_a_function_may_do_just_what_it_does(file: FunctionFile) -> None:
    app = project.application()
    statements = project.function_of(file).statements
    granted, wanted = granted_to(file, app), needed(file, app)
    lacking, unused, where = (
        sorted(wanted - granted),
        sorted(granted - wanted),
        f"Policies of {file.resource} in template.yaml",
    )
    assert not lacking, f"{file} does what it may not: add {lacking} to the {where}"
    assert not unused, f"{file} never does {unused}: delete it from the {where}"
    assert len(granted) == sum(len(listed(each["Action"])) * len(listed(each["Resource"])) for each in statements), (
        f"{file.resource}: a permission is granted twice"
    )


@every_function
def test_a_role_has_no_policies_but_its_own(file: FunctionFile) -> None:
    function = project.function_of(file)
    assert set(function.managed_policies) == {LOGS}, f"{file.resource}: say what it may do in actions and ARNs"
    for policy in listed(project.serverless_functions()[file.resource].get("Policies", [])):
        assert isinstance(policy, dict), f"{file.resource}: {policy} is a managed policy"
        assert set(policy) == {"Statement"}, f"{file.resource}: {set(policy)} is a SAM policy template, not actions"


@every_function
def test_a_statement_allows_spelled_out_actions_on_arns(file: FunctionFile) -> None:
    for statement in project.function_of(file).statements:
        assert set(statement) == {"Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
        assert not [action for action in listed(statement["Action"]) if "*" in action], f"{file.resource}: a wildcard"
        for arn in listed(statement["Resource"]):
            assert arn.startswith("arn:aws:"), f"{file.resource}: {arn} is not an ARN"
            assert "*" not in arn.removesuffix("/*"), f"{file.resource}: {arn} names more than one thing"


def test_every_role_is_one_function_s_own() -> None:
    resources = project.application().resources
    roles = [name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"]
    wanted = [f"{file.resource}Role" for file in FILES]
    assert sorted(roles) == sorted(wanted), (
        f"template.yaml: functions without a role of their own {sorted(set(wanted) - set(roles))}, "
        f"roles without a function {sorted(set(roles) - set(wanted))}"
    )


def test_the_only_other_policy_denies_plain_http() -> None:
    resources = project.application().resources
    kinds = {resource["Type"] for resource in resources.values() if "Policy" in resource["Type"]}
    assert kinds == {"AWS::S3::BucketPolicy"}


@pytest.mark.parametrize("door", ["laurels.table", "laurels.storage", "laurels.queues"])
def test_the_walk_knows_what_each_function_of_a_door_needs(door: str) -> None:
    public = {name for name, node in walk.definitions(door).items() if not name.startswith("_") and name.islower()}
    known = {name.rpartition(".")[2] for name in walk.DOORS if name.startswith(f"{door}.")}
    assert public == known, "say in tests/template/walk.py what permissions it needs"


def test_the_walk_knows_every_write() -> None:
    body = project.tree(project.LAURELS / "writes.py").body
    (union,) = (ast.unparse(node) for node in body if ast.unparse(node).startswith("Write = "))
    names = (name.rpartition(".")[2] for name in walk.WRITES)
    assert union == f"Write = {' | '.join(names)}", "say in tests/template/walk.py what permissions it needs"


def test_no_method_goes_through_a_door() -> None:
    """The walk cannot see whose method is called, so what reaches AWS or settings is a plain function."""
    found = {
        f"{module}.{name}: {what}"
        for module in project.modules()
        if not module.startswith("functions.")
        for name, node in walk.definitions(module).items()
        if isinstance(node, ast.ClassDef)
        for what, _ in walk.named(module, node)
        if what in walk.DOORS or what.startswith("laurels.settings.")
    }
    assert not found
