"""What is deployed: builds by `make build`, and the template of a build without one of its rooms."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from local.template import sam
from tests.deployment.engine import ROOT

SOURCE = ("Makefile", "samconfig.toml", "template.yaml", "functions", "layers")
STRAY = b"bytecode that an interpreter left beside the source"
_FUNCTION, _LAYER, _QUEUE = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::SQS::Queue"


def copy_source(folder: Path) -> None:
    """Copy what is built into `folder`, with stray bytecode of two interpreters beside each module."""
    for name in SOURCE:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for module in [*folder.rglob("*.py")]:
        (module.parent / "__pycache__").mkdir(exist_ok=True)
        for tag in ("cpython-312", "cpython-313"):
            (module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc").write_bytes(STRAY)


def make_build(source: Path, architecture: str) -> Path:
    """Run `make build` in a copy of the source. Return the folder of what it has built."""
    # Without what the make that runs the tests has set.
    here = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))}
    command = ["make", "--old-file=.venv/sam/ready", "build", f"ARCHITECTURE={architecture}"]
    done = subprocess.run(command, cwd=source, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"make build: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return (source / ".aws-sam/build").rename(source / ".aws-sam" / architecture)


def template_of(build: Path) -> dict[str, Any]:
    """Return the template of a build as plain data, with absolute paths of the code."""
    template = sam.parse((build / "template.yaml").read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if isinstance(path := resource.get("Properties", {}).get(key), str):
                resource["Properties"][key] = str((build / path).resolve())
    plain: dict[str, Any] = json.loads(json.dumps(template))  # the parser's own kinds of dict have no YAML
    return plain


def without_room(template: dict[str, Any], room: str) -> dict[str, Any]:
    """Return a template without the functions of a room, what refers to them, and the queues and layers that they alone
    use: as it was before the room was built."""
    resources = template["Resources"]
    refers = {name: set(_references(resource)) for name, resource in resources.items()}
    kinds = {name: resource["Type"] for name, resource in resources.items()}
    gone = {
        name
        for name, kind in kinds.items()
        if kind == _FUNCTION and resources[name]["Properties"]["Handler"].startswith(f"{room}.")
    }
    assert gone, f"no function is of the room {room}"
    while True:
        users = {name for name, kind in kinds.items() if kind in (_FUNCTION, _QUEUE)}
        used = set().union(*(refers[name] for name in users - gone))
        theirs = set().union(*(refers[name] for name in gone)) - used
        more = {name for name in theirs if kinds.get(name) in (_QUEUE, _LAYER)}
        more |= {name for name in kinds.keys() - users if refers[name] & gone}
        if more <= gone:
            break
        gone |= more
    return template | {
        "Resources": {name: resource for name, resource in resources.items() if name not in gone},
        "Outputs": {name: output for name, output in template["Outputs"].items() if not {*_references(output)} & gone},
    }


def write(template: dict[str, Any], path: Path) -> Path:
    path.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    return path


def _references(value: Any) -> Iterator[str]:
    """Yield the names that `Ref`, `Fn::GetAtt` and `Fn::Sub` refer to."""
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in ("Ref", "DependsOn"):
                yield from each if isinstance(each, list) else [each]
            elif key == "Fn::GetAtt":
                yield each[0] if isinstance(each, list) else each.partition(".")[0]
            elif key == "Fn::Sub":
                text = each[0] if isinstance(each, list) else each
                yield from (part.partition("}")[0].partition(".")[0] for part in text.split("${")[1:])
                yield from _references(each[1:] if isinstance(each, list) else [])
            else:
                yield from _references(each)
