"""CloudFormation's intrinsic functions, evaluated without CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
NO_VALUE = object()  # what `AWS::NoValue` evaluates to: the key it stands under disappears


class TemplateError(ValueError):
    """The template is invalid; the message says why."""


@dataclass(frozen=True)
class Scope:
    """The names of a template and their values.

    `attribute(logical_id, name)` returns `Fn::GetAtt`, and `Ref` of a resource when `name` is "Ref".
    """

    parameters: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    attribute: Callable[[str, str], Any]
    _known: dict[str, bool] = field(default_factory=dict)

    def condition(self, name: str) -> bool:
        if name not in self._known:
            if name not in self.conditions:
                raise TemplateError(f"the condition {name} is not defined")
            self._known[name] = _truth(self.conditions[name], self)
        return self._known[name]


def evaluate(value: Any, scope: Scope) -> Any:
    """The value with every intrinsic function in it replaced by its result."""
    if isinstance(value, list):
        return [item for item in (evaluate(item, scope) for item in value) if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](argument, scope)
        if name == "Condition" and isinstance(argument, str) and argument in scope.conditions:
            return scope.condition(argument)
    pairs = ((key, evaluate(item, scope)) for key, item in value.items())
    return {key: item for key, item in pairs if item is not NO_VALUE}


def _truth(value: Any, scope: Scope) -> bool:
    result = evaluate(value, scope)
    return result if isinstance(result, bool) else str(result).lower() == "true"


def _ref(name: Any, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    return scope.parameters[name] if name in scope.parameters else scope.attribute(name, "Ref")


def _get_att(argument: Any, scope: Scope) -> Any:
    name, _, attribute = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
    return scope.attribute(name, evaluate(attribute, scope))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)


def _sub(argument: Any, scope: Scope) -> str:
    text, own = argument if isinstance(argument, list) else (argument, {})

    def replace(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return "${" + name + "}"
        if name in own:
            return _text(evaluate(own[name], scope))
        if name in scope.parameters or "." not in name:
            return _text(_ref(name, scope))
        return _text(_get_att(name, scope))

    return _PLACEHOLDER.sub(replace, text)


def _join(argument: Any, scope: Scope) -> str:
    separator, items = argument
    return _text(evaluate(separator, scope)).join(map(_text, evaluate(items, scope)))


def _if(argument: Any, scope: Scope) -> Any:
    name, when_true, when_false = argument
    return evaluate(when_true if scope.condition(name) else when_false, scope)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second, *default = (evaluate(item, scope) for item in argument)
    try:
        return evaluate(scope.mappings[name][str(first)][str(second)], scope)
    except KeyError:
        if default:
            return default[0]["DefaultValue"]
        raise TemplateError(f"no entry {first}, {second} in the mapping {name}") from None


def _select(argument: Any, scope: Scope) -> Any:
    index, items = evaluate(argument, scope)
    return items[int(index)]


def _split(argument: Any, scope: Scope) -> list[str]:
    separator, text = evaluate(argument, scope)
    return str(text).split(separator)


def _equals(argument: Any, scope: Scope) -> bool:
    left, right = evaluate(argument, scope)
    return _text(left) == _text(right)


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Equals": _equals,
    "Fn::And": lambda argument, scope: all(_truth(item, scope) for item in argument),
    "Fn::Or": lambda argument, scope: any(_truth(item, scope) for item in argument),
    "Fn::Not": lambda argument, scope: not _truth(argument[0], scope),
    "Fn::Base64": lambda argument, scope: base64.b64encode(_text(evaluate(argument, scope)).encode()).decode(),
    "Fn::GetAZs": lambda argument, scope: [f"{scope.parameters['AWS::Region']}{zone}" for zone in "abc"],  # noqa: ARG005
    "Fn::ImportValue": lambda argument, scope: _text(evaluate(argument, scope)),
    "Fn::Length": lambda argument, scope: len(evaluate(argument, scope)),
    "Fn::ToJsonString": lambda argument, scope: json.dumps(evaluate(argument, scope)),
}
