"""CloudFormation's intrinsic functions, one by one."""

from typing import Any

import pytest

from local.template.intrinsics import Scope, TemplateError, evaluate


def scope(**conditions: Any) -> Any:
    return Scope(
        parameters={"Name": "ada", "List": ["a", "b"], "AWS::Region": "eu-west-1"},
        mappings={"Map": {"one": {"two": 3}}},
        conditions=conditions,
        attribute=lambda name, attribute: f"{name}/{attribute}",
    )


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"Ref": "Name"}, "ada"),
        ({"Ref": "Thing"}, "Thing/Ref"),
        ({"Fn::GetAtt": ["Thing", "Arn"]}, "Thing/Arn"),
        ({"Fn::GetAtt": "Thing.Arn"}, "Thing/Arn"),
        ({"Fn::Sub": "${Name} ${Thing} ${Thing.Arn} ${!Name}"}, "ada Thing/Ref Thing/Arn ${Name}"),
        ({"Fn::Sub": ["${Name}-${Own}", {"Own": {"Ref": "Name"}}]}, "ada-ada"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-ada"),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "b"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Map", "one", "two"]}, 3),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, {"Ref": "Name"}]}, "ada"),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([{"Ref": "AWS::NoValue"}, {"Ref": "Name"}], ["ada"]),
        ({"Fn::Equals": [{"Ref": "Name"}, "ada"]}, True),
        ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, False),
        ({"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]}, True),
        ({"Fn::Not": [{"Condition": "No"}]}, True),
        # In an IAM statement, `Condition` is a key of the statement, not a condition of the template.
        ({"Condition": {"Bool": {"x": True}}}, {"Condition": {"Bool": {"x": True}}}),
        ("${Name}", "${Name}"),
    ],
)
def test_each_function_evaluates_as_in_cloudformation(value: Any, result: Any) -> None:
    assert evaluate(value, scope(Yes={"Fn::Equals": ["1", 1]}, No={"Fn::Equals": ["1", "2"]})) == result


@pytest.mark.parametrize("value", [{"Fn::If": ["Nowhere", 1, 2]}, {"Fn::FindInMap": ["Map", "one", "three"]}])
def test_an_undefined_name_is_an_error(value: dict[str, Any]) -> None:
    with pytest.raises(TemplateError):
        evaluate(value, scope())
