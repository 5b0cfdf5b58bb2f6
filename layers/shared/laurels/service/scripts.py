"""ES modules joined into one script, so that a page is one response whose policy permits it by its hash."""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
_EXPORT_LIST = re.compile(r"export\{([^}]*)\};?\s*$")  # as minifiers write it, at the end of the file


def joined(folder: Traversable, first: str) -> str:
    """Return the module `first` and all that it imports, each once and before those that import it, as one script.

    Each module keeps a scope of its own; what it exports becomes a constant that the following modules see. So modules
    import by name, without renaming, no two export the same name, and none import one another in a circle.
    """
    return '(() => {\n"use strict";\n' + "".join(_modules(folder, first, set())) + "})();\n"


def _modules(folder: Traversable, name: str, seen: set[str]) -> Iterator[str]:
    if name in seen:
        return
    seen.add(name)
    text = folder.joinpath(name).read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        yield from _modules(folder, imported, seen)
    exports = {exported: exported for exported in _EXPORT.findall(text)}
    if listed := _EXPORT_LIST.search(text):
        exports = {outer: inner for inner, outer in (each.split(" as ") for each in listed[1].split(","))}
        text = text[: listed.start()]
    body = _EXPORT.sub("", _IMPORT.sub("", text))
    values = ", ".join(f"{outer}: {inner}" for outer, inner in exports.items())
    yield f"const {{ {', '.join(exports)} }} = (() => {{\n{body}\nreturn {{ {values} }};\n}})();\n"
