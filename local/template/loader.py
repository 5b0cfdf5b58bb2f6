"""A SAM template as plain data: what the local stack runs and what the tests compare with.

`load()` translates the template as a deployment would (aws-sam-translator, offline), evaluates its parameters,
conditions and references, and returns an `Application`.
"""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.template import event_sources, http_api, sam
from local.template.application import Application, Function, Resource
from local.template.intrinsics import Scope, TemplateError, evaluate
from local.template.references import Names, region_from_environment

_DEFAULT_TIMEOUT, _DEFAULT_MEMORY = 3, 128


def load(
    path: str | Path,
    parameters: Mapping[str, str] | None = None,
    *,
    defaults: Mapping[str, str] | None = None,
    endpoint_url: str | None = None,
    stack_name: str = "laurels",
    region: str | None = None,
    account: str = "000000000000",
) -> Application:
    """The application of one SAM template.

    `parameters` override the template's defaults, and so do `defaults` of such parameters as it has; `endpoint_url` is
    where its queues live, for their URLs.
    Raises TemplateError for a template, or a parameter, that does not make sense.
    """
    path = Path(path).resolve()
    source = _read(path)
    region = region or region_from_environment()
    # What sam translates and what CloudFormation would see must agree, so both get the same values.
    declared = source.get("Parameters") or {}
    here = {name: value for name, value in (defaults or {}).items() if name in declared}
    values = _parameter_values(declared, here | dict(parameters or {}))
    values |= {
        "AWS::Region": region,
        "AWS::AccountId": account,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": stack_name,
        "AWS::StackId": f"arn:aws:cloudformation:{region}:{account}:stack/{stack_name}/local",
        "AWS::NotificationARNs": [],
    }
    translated = sam.translate(source, path, values, region)
    resources: dict[str, Any] = translated.get("Resources", {})
    names = Names(resources, stack_name=stack_name, region=region, account=account, endpoint_url=endpoint_url)
    scope = Scope(values, translated.get("Mappings", {}), translated.get("Conditions", {}), names.attribute)
    names.scope = scope
    wanted = {
        name: resource
        for name, resource in resources.items()
        if "Condition" not in resource or scope.condition(resource["Condition"])
    }
    names.resources = wanted
    evaluated = {
        name: resource | {"Properties": evaluate(resource.get("Properties", {}), scope)}
        for name, resource in wanted.items()
    }
    return _application(path, source, values, evaluated, names)


def translate(path: str | Path, *, region: str | None = None) -> dict[str, Any]:
    """The CloudFormation template that a deployment makes of a SAM template, with its references left as they are.

    Raises TemplateError for a template that does not make sense.
    """
    path = Path(path).resolve()
    source = _read(path)
    values = _parameter_values(source.get("Parameters") or {}, {})
    return sam.translate(source, path, values, region or region_from_environment())


def _read(path: Path) -> dict[str, Any]:
    try:
        source = sam.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"cannot read the template {path}: {error.strerror}") from None
    except Exception as error:  # the YAML parser has no common base for all it raises
        raise TemplateError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
        raise TemplateError(f"{path} is not a SAM template: it has no Resources")
    return source


def _parameter_values(declared: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    if unknown := sorted(given.keys() - declared.keys()):
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}")
    values: dict[str, Any] = {}
    for name, about in declared.items():
        if name not in given and "Default" not in about:
            raise TemplateError(f"the parameter {name} has no default: give it a value")
        value = str(given.get(name, about.get("Default")))
        allowed = [str(each) for each in about.get("AllowedValues", [])]
        if allowed and value not in allowed:
            raise TemplateError(f"the parameter {name} must be one of {', '.join(allowed)}, not {value}")
        kind = about.get("Type", "String")
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            values[name] = [item.strip() for item in value.split(",")]
        elif kind.startswith("AWS::SSM::Parameter::Value"):
            values[name] = "{{resolve:ssm:" + value + "}}"
        else:
            values[name] = value
    return values


def _application(
    path: Path, source: dict[str, Any], values: dict[str, Any], resources: dict[str, Any], names: Names
) -> Application:
    def of_type(*kinds: str) -> dict[str, Resource]:
        return {
            name: Resource(
                name=name,
                kind=resource["Type"],
                id=names.physical_id(name),
                arn=str(names.attribute(name, "Arn")),
                properties=resource["Properties"],
                url=str(names.attribute(name, "Ref")) if resource["Type"] == "AWS::SQS::Queue" else "",
            )
            for name, resource in resources.items()
            if resource["Type"] in kinds
        }

    functions = {
        name: _function(name, resource["Properties"], resources, names)
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    by_address = _addresses(functions, resources, names)
    return Application(
        path=path,
        source=source,
        resources=resources,
        parameters={name: value for name, value in values.items() if not name.startswith("AWS::")},
        stack_name=names.stack_name,
        region=names.region,
        account=names.account,
        functions=functions,
        apis={name: http_api.api(name, resources, names, by_address) for name in of_type("AWS::ApiGatewayV2::Api")},
        tables=of_type("AWS::DynamoDB::Table"),
        queues=of_type("AWS::SQS::Queue"),
        buckets=of_type("AWS::S3::Bucket"),
        secrets=of_type("AWS::SecretsManager::Secret"),
        machines=of_type("AWS::StepFunctions::StateMachine"),
        buses=of_type("AWS::Events::EventBus"),
        rules=of_type("AWS::Events::Rule"),
        ssm_parameters=of_type("AWS::SSM::Parameter"),
        consumers=event_sources.consumers(resources, by_address),
        streams=event_sources.streams(resources, names, by_address),
        schedules=event_sources.schedules(resources, names, by_address),
        subscriptions=event_sources.subscriptions(resources, by_address),
    )


def _addresses(functions: dict[str, Function], resources: dict[str, Any], names: Names) -> dict[str, str]:
    """Return the logical id for each name and ARN of a function, those of aliases included."""
    found = {address: name for name, function in functions.items() for address in (function.id, function.arn)}
    aliases = [name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::Alias"]
    return found | {
        str(names.attribute(each, "Ref")): found[resources[each]["Properties"]["FunctionName"]] for each in aliases
    }


def _function(name: str, properties: dict[str, Any], resources: dict[str, Any], names: Names) -> Function:
    code = properties.get("Code", {})
    problem = ""
    if properties.get("PackageType") == "Image":
        problem = "it is packaged as an image"
    elif not str(properties.get("Runtime", "")).startswith("python"):
        problem = f"its runtime is {properties.get('Runtime')}: only Python runs here"
    layers = {str(names.attribute(each, "Ref")): resources[each] for each in resources if _is_layer(resources[each])}
    role = resources.get(names.logical_id_of_role(properties.get("Role")) or "", {}).get("Properties", {})
    statements = [
        statement for policy in role.get("Policies", []) for statement in _listed(policy["PolicyDocument"]["Statement"])
    ]
    retries, on_failure = 2, ""
    for resource in resources.values():
        settings = resource["Properties"]
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig" and settings["FunctionName"] == names.physical_id(name):
            retries = int(settings.get("MaximumRetryAttempts", retries))
            on_failure = settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    return Function(
        name=name,
        id=names.physical_id(name),
        arn=str(names.attribute(name, "Arn")),
        handler=properties.get("Handler", ""),
        runtime=str(properties.get("Runtime", "")),
        code=_inline(code["ZipFile"]) if "ZipFile" in code else _path_of(code),
        layers=tuple(
            _path_of(layers[arn]["Properties"]["Content"]) for arn in properties.get("Layers", []) if arn in layers
        ),
        environment={key: str(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()},
        timeout=int(properties.get("Timeout", _DEFAULT_TIMEOUT)),
        memory=int(properties.get("MemorySize", _DEFAULT_MEMORY)),
        statements=tuple(statements),
        managed_policies=tuple(role.get("ManagedPolicyArns", [])),
        retries=retries,
        on_failure=on_failure,
        problem=problem,
    )


def _is_layer(resource: dict[str, Any]) -> bool:
    return bool(resource["Type"] == "AWS::Lambda::LayerVersion")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _path_of(code: dict[str, Any]) -> Path:
    return Path("/" + str(code.get("S3Key", "")).lstrip("/"))


def _inline(text: str) -> Path:
    # The Lambda service names an inline function's only file index.py.
    folder = Path(tempfile.mkdtemp(prefix="local-inline-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "index.py").write_text(text, encoding="utf-8")
    return folder


__all__ = ["TemplateError", "load", "translate"]
