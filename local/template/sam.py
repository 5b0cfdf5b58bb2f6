"""Translating SAM into CloudFormation, as a deployment would: aws-sam-translator, offline."""

import copy
import os
from pathlib import Path
from typing import Any

import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.open_api import open_api
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import intrinsics_multi_constructor

from local.template.intrinsics import TemplateError

_CODE_BUCKET = "local-files"  # stands for the bucket `sam package` would upload to; the key is the path on this disk
# libyaml, where PyYAML has it, is six times as fast as the translator's own function.
_Yaml: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Yaml.add_multi_constructor("!", intrinsics_multi_constructor)  # CloudFormation's tags, such as !Ref
# The translator copies the whole API four times for each route, which takes most of its time. Nothing here uses the
# older copies, and a test compares the results.
open_api._deepcopy = lambda document: document


def parse(text: str) -> Any:
    """Return the content of a YAML file with CloudFormation's tags, as plain data."""
    return yaml.load(text, _Yaml)  # noqa: S506 - a safe loader


class _NoManagedPolicies:
    """The translator asks for AWS's managed policies by name; offline it keeps the names."""

    def load(self) -> dict[str, str]:
        return {}


def translate(source: dict[str, Any], path: Path, values: dict[str, Any], region: str) -> dict[str, Any]:
    """Return the CloudFormation template of a SAM template that was read from `path`, with these parameters.

    Raises TemplateError for a template that does not make sense.
    """
    document = copy.deepcopy(source)
    _localise_code(document, path.parent)
    before = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = region  # the translator reads its region there, and only there
    try:
        translated: dict[str, Any] = transform(document, dict(values), _NoManagedPolicies())
    except InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes)
        raise TemplateError(f"{path.name} is not a valid SAM template: {reasons}") from None
    finally:
        if before is None:
            del os.environ["AWS_DEFAULT_REGION"]
        else:
            os.environ["AWS_DEFAULT_REGION"] = before
    return translated


def _localise_code(document: dict[str, Any], folder: Path) -> None:
    """Turn paths on this disk into S3 addresses, because the translator accepts nothing else."""

    def address(properties: dict[str, Any], key: str) -> None:
        if isinstance(properties.get(key), str) and not properties[key].startswith("s3://"):
            properties[key] = f"s3://{_CODE_BUCKET}/{(folder / properties[key]).resolve()}"

    address((document.get("Globals") or {}).get("Function") or {}, "CodeUri")
    for resource in document["Resources"].values():
        if not isinstance(resource, dict):
            raise TemplateError("a resource must be a mapping")
        properties = resource.get("Properties") or {}
        if resource.get("Type") == "AWS::Serverless::Function":
            address(properties, "CodeUri")
        elif resource.get("Type") == "AWS::Serverless::LayerVersion":
            address(properties, "ContentUri")
        elif resource.get("Type") == "AWS::Lambda::LayerVersion" and isinstance(properties.get("Content"), str):
            properties["Content"] = {"S3Bucket": _CODE_BUCKET, "S3Key": str((folder / properties["Content"]).resolve())}
        elif resource.get("Type") == "AWS::Serverless::HttpApi" and isinstance(properties.get("DefinitionUri"), str):
            properties["DefinitionBody"] = _read_definition(folder / properties.pop("DefinitionUri"))


def _read_definition(path: Path) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"cannot read the definition {path}: {error.strerror}") from None
