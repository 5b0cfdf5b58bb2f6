"""The AWS actions and settings of a function, found in its source: a walk from its handler to the doors to AWS.

Every name in a reached function counts as used: calls, functions passed as arguments, classes with their methods.
Annotations do not count. The walk does not enter `http`: its actions for an endpoint follow from the route.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

from tests.template import project
from tests.template.project import FunctionFile

Definition = ast.FunctionDef | ast.ClassDef

# The permissions of each function of a door. Those of `WRITE` depend on the writes passed to it.
WRITE = "change"
DOORS: dict[str, tuple[str, ...]] = {
    "laurels.table.get": ("dynamodb:GetItem",),
    "laurels.table.get_many": ("dynamodb:BatchGetItem",),
    "laurels.table.query": ("dynamodb:Query",),
    "laurels.table.query_all": ("dynamodb:Query",),
    "laurels.table.query_merged": ("dynamodb:Query",),
    "laurels.table.select": ("dynamodb:Query",),
    "laurels.table.write": (WRITE,),
    "laurels.table.update": (WRITE,),
    "laurels.storage.get": ("s3:GetObject", "s3:ListBucket"),  # without ListBucket a missing object is "access denied"
    "laurels.storage.put": ("s3:PutObject",),
    "laurels.storage.join": ("s3:GetObject", "s3:PutObject"),
    "laurels.storage.names": ("s3:ListBucket",),
    "laurels.storage.delete": ("s3:DeleteObject",),
    "laurels.storage.upload_form": ("s3:PutObject",),  # the form has the permissions of its signer
    "laurels.storage.download_url": ("s3:GetObject",),  # the URL has the permissions of its signer
    "laurels.queues.send": ("sqs:SendMessage",),
    "laurels.queues.send_later": ("sqs:SendMessage",),
    "laurels.queues.park": ("sqs:SendMessage",),
    "laurels.queues.delay": ("sqs:ChangeMessageVisibility",),
    "laurels.queues.consumer": (),
    "laurels.streams.consumer": (),
    "laurels.bus.publish": ("events:PutEvents",),
    "laurels.executions.start": ("states:StartExecution",),
    "laurels.bedrock.ask": ("bedrock:InvokeModel",),
    "laurels.secrets.current": ("secretsmanager:GetSecretValue",),
    "laurels.secrets.accepted": ("secretsmanager:GetSecretValue",),
}
WRITES = {
    "laurels.writes.Put": "dynamodb:PutItem",
    "laurels.writes.Update": "dynamodb:UpdateItem",
    "laurels.writes.Delete": "dynamodb:DeleteItem",
    "laurels.writes.Check": "dynamodb:ConditionCheckItem",
}

READERS = {"settings.text", "settings.number", "settings.seconds"}


@dataclass
class Walk:
    """`reached` are dotted names (`laurels.goals.service.create`), `settings` the names of environment variables."""

    reached: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)  # the kinds of writes that reached functions create
    settings: set[str] = field(default_factory=set)

    @property
    def actions(self) -> set[str]:
        needed = set(chain.from_iterable(DOORS[name] for name in self.reached if name in DOORS))
        if WRITE in needed:
            needed = needed - {WRITE} | {WRITES[name] for name in self.made}
        return needed

    @property
    def folders(self) -> set[str]:
        """The folders of the requested S3 objects, up to the variable part of their names."""
        named = {name.rpartition(".")[2] for name in self.reached if name.startswith("laurels.keys.")}
        return {
            text.rpartition("/")[0]
            for name, definition in definitions("laurels.keys").items()
            if name in named
            for text in _texts(definition)
            if "/" in text.lstrip("/")
        }


@cache
def of(file: FunctionFile) -> Walk:
    """The walk from a function's handler."""
    module = f"functions.{file.room}.{file.name}"
    walk = Walk()
    waiting = [module, *(f"{module}.{name}" for name in definitions(module)), *_for_the_route(file)]
    while waiting:
        name = waiting.pop()
        if name in walk.reached:
            continue
        walk.reached.add(name)
        home, node = _find(name)
        if node is None:
            continue
        waiting.append(home)  # its module's own statements run on import
        for found, is_call in named(home, node):
            waiting.append(found)
            if is_call and found in WRITES and home not in ("laurels.table", "laurels.writes"):
                walk.made.add(found)
        walk.settings |= set(_settings(home, node))
    return walk


def _for_the_route(file: FunctionFile) -> Iterator[str]:
    """Functions that http calls for an endpoint, by its route and parameters."""
    text = file.path.read_text(encoding="utf-8")
    if file not in project.endpoint_files():
        return
    (function,) = (node for node in project.tree(file.path).body if isinstance(node, ast.FunctionDef))
    if any(ast.unparse(argument.annotation or ast.Name("")) == "PageQuery" for argument in function.args.args):
        yield from ("laurels.cursors.seal", "laurels.cursors.unseal")
    if "idempotent=True" in text:
        yield "laurels.idempotency.once"


@cache
def definitions(module: str) -> dict[str, Definition]:
    body = project.tree(project.modules()[module]).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def _meanings(module: str) -> dict[str, str]:
    """The dotted names to which the names of a module refer."""
    own = {name: f"{module}.{name}" for name in definitions(module)}
    for node in ast.walk(project.tree(project.modules()[module])):  # also imports inside functions
        if isinstance(node, ast.ImportFrom) and node.module:
            own |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            own |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names}
    return own


def _find(name: str) -> tuple[str, ast.AST | None]:
    """The module and the syntax tree of a dotted name: a definition, or a module's other statements."""
    known = project.modules()
    if name in known:
        body = project.tree(known[name]).body
        imports = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
        return name, ast.Module([node for node in body if not isinstance(node, imports)], [])
    home, _, short = name.rpartition(".")
    if home not in known or home == "laurels.http":
        return home, None
    if short in definitions(home):
        return home, definitions(home)[short]
    elsewhere = _meanings(home).get(short)  # imported there from another module
    return _find(elsewhere) if elsewhere and elsewhere != name else (home, None)


def named(module: str, node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Our dotted names in a syntax tree, outside of annotations, and whether each is called."""
    if isinstance(node, ast.ClassDef):  # names bound by a class are not variables of its methods
        for child in ast.iter_child_nodes(node):
            yield from named(module, child)
        return
    calls = {id(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
    own = set(_bound(node))
    for each in _without_annotations(node):
        dotted = ast.unparse(each) if isinstance(each, ast.Name | ast.Attribute) else ""
        first, _, rest = dotted.partition(".")
        meaning = "" if first in own else _meanings(module).get(first, "")
        if meaning.startswith(("laurels.", "functions.")):
            yield (f"{meaning}.{rest}" if rest else meaning), id(each) in calls


def _bound(node: ast.AST) -> Iterator[str]:
    """The local names of a definition: parameters, variables and inner functions."""
    for each in ast.walk(node):
        if isinstance(each, ast.arg):
            yield each.arg
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, ast.FunctionDef) and each is not node:
            yield each.name


def _without_annotations(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _without_annotations(child)


def _settings(module: str, node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and ast.unparse(each.func) in READERS:
            names = each.args[0]
            choices = [names.body, names.orelse] if isinstance(names, ast.IfExp) else [names]
            for choice in choices:
                assert isinstance(choice, ast.Constant), (
                    f"{module}: write the setting's name as a constant in {ast.unparse(each)}"
                )
                yield str(choice.value)


def _texts(node: ast.AST) -> Iterator[str]:
    docstring = ast.get_docstring(node, clean=False) if isinstance(node, Definition) else None
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value != docstring:
            yield each.value
