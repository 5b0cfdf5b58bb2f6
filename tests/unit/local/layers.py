"""A template with a layer of each kind, and for each a function and a route that need it."""

import json
import sys
import zipfile
from itertools import product
from pathlib import Path
from typing import Any

TYPES = ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")
# The resource's metadata, and where the module is.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "sources for `sam build`": ({"Metadata": {"BuildMethod": "python3.13"}}, "kind.py"),
    "sources for a Makefile": ({"Metadata": {"BuildMethod": "makefile"}}, "kind.py"),
    "Lambda's layout": ({}, "python/kind.py"),
    "a virtual environment's layout": ({}, "python/lib/python3.13/site-packages/kind.py"),
    "an archive": ({}, "layer.zip"),
    "an archive of a virtual environment": ({}, "environment.zip"),
}
CODE = "import kind\ndef handler(event, context):\n    return kind.NAME\n"


def write(folder: Path) -> tuple[Path, dict[str, str]]:
    """Write the template with its layers. Return its path, and what the module of each function's layer is called, by
    the name of the function. GET /<function> calls it."""
    resources: dict[str, Any] = {"Api": {"Type": "AWS::Serverless::HttpApi"}}
    found = {}
    for number, (type_, kind) in enumerate(product(TYPES, KINDS)):
        function, layer = f"Function{number}", f"Layer{number}"
        found[function] = f"{kind} as {type_}"
        metadata, module = KINDS[kind]
        address = _write_layer(folder / layer, module, found[function])
        content = "ContentUri" if "Serverless" in type_ else "Content"
        resources[layer] = {"Type": type_, "Properties": {content: str(address.relative_to(folder))}} | metadata
        route = {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "Api"}, "Method": "GET", "Path": f"/{function}"}}
        about = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": CODE, "Layers": [{"Ref": layer}]}
        resources[function] = {"Type": "AWS::Serverless::Function", "Properties": about | {"Events": {"Get": route}}}
    path = folder / "template.json"
    path.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}))
    return path, found


def _write_layer(folder: Path, module: str, name: str) -> Path:
    """Write a layer whose module `kind` has that name. Return the content that the template names."""
    file, code = folder / module, f"NAME = {name!r}"
    file.parent.mkdir(parents=True)
    (folder / "requirements.txt").write_text("# none\n")
    if file.suffix == ".zip":
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        below = "" if module == "layer.zip" else f"lib/{version}/site-packages/"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(f"python/{below}kind.py", code)
        return file
    file.write_text(code)
    return folder
