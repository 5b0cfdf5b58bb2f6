"""The packages of local/ import one another in one direction only."""

from collections import defaultdict

from tests.template import project
from tests.template.project import ROOT

LOCAL = ROOT / "local"
LINES = 300
# The packages of local/ that each package or module may import, ordered from the template's model to the commands.
MAY_IMPORT: dict[str, set[str]] = {
    "template": set(),
    "tokens": set(),
    "progress": set(),
    "packages": {"progress"},
    "contract": set(),
    "runtime": {"template"},
    "data": {"packages", "template", "tokens"},
    "demo": {"progress", "tokens"},
    "event_sources": {"runtime", "template"},
    "ai": {"event_sources", "runtime", "template"},
    "gateway": {"runtime", "template"},
    "repair": set(),
    "migration": set(),
    "stack": {"ai", "data", "event_sources", "gateway", "runtime", "template"},
    "cli": {
        "ai",
        "data",
        "demo",
        "event_sources",
        "gateway",
        "migration",
        "progress",
        "repair",
        "runtime",
        "stack",
        "template",
        "tokens",
    },
    "__main__": {"cli"},
}
# Packages that import the code that runs in Lambda. The others work with any SAM template.
KNOW_LAURELS = {"contract", "demo", "migration", "repair"}


def imports() -> dict[str, set[str]]:
    """Each package of local/, with the modules that it imports from outside itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(LOCAL.rglob("*.py")):
        package = file.relative_to(LOCAL).parts[0].removesuffix(".py")
        named = {f"{module}.{name}" for module, name in project.imports(file)}  # `from local import stack`, too
        found[package] |= {each for each in named if each.split(".")[:2] != ["local", package]}
    return found


def _packages(modules: set[str]) -> set[str]:
    return {each.split(".")[1] for each in modules if each.startswith("local.")}


def test_packages_of_local_import_only_what_the_table_allows() -> None:
    found = {package: _packages(modules) for package, modules in imports().items()}
    extra = {package: each for package in found if (each := found[package] - MAY_IMPORT.get(package, set()))}
    assert not extra, f"move the code, or extend MAY_IMPORT in {__file__}: these imports are not in it: {extra}"
    unused = {package: each for package in MAY_IMPORT if (each := MAY_IMPORT[package] - found.get(package, set()))}
    assert not unused, f"take these out of MAY_IMPORT in {__file__}, nothing imports them: {unused}"


def test_packages_of_local_do_not_import_each_other_in_circles() -> None:
    left = dict(MAY_IMPORT)
    while free := [package for package, needed in left.items() if not needed & left.keys()]:
        for package in free:
            del left[package]
    assert not left, f"break the circle between these packages of local/: {sorted(left)}"


def test_few_packages_of_local_know_laurels() -> None:
    found = {package for package, modules in imports().items() if any(_of_laurels(each) for each in modules)}
    assert found == KNOW_LAURELS, (
        f"move the imports of laurels, or change KNOW_LAURELS in {__file__}: {sorted(found ^ KNOW_LAURELS)} differ"
    )


def _of_laurels(module: str) -> bool:
    return module.partition(".")[0] == "laurels"


def test_files_of_local_are_short() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in LOCAL.rglob("*.py")}
    long = {name: length for name, length in lengths.items() if length > LINES}
    assert not long, f"split these files: a file of local/ has at most {LINES} lines: {long}"
