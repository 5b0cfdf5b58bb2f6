"""The documentation is short at the top, leads somewhere, and leaves nothing out that a reader looks up in it."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from laurels import errors, keys
from laurels.callers import Grant
from tests.template.project import ROOT

SHARED = ROOT / "layers/shared/laurels"
CLI = ROOT / "local/cli/arguments.py"
MAX_LINES = 300
MAX_README = (200, 2_200)  # lines, words


def documents() -> list[Path]:
    """All Markdown files of the project."""
    if (ROOT / ".git").exists():
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
        return sorted(path for name in names if (path := ROOT / name).exists())
    hidden = {".venv", ".aws-sam", "node_modules"}  # an unpacked archive
    return sorted(path for path in ROOT.rglob("*.md") if hidden.isdisjoint(path.parts))


def anchors(document: Path) -> set[str]:
    """What a link can name behind its `#`: the headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


every_document = pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))


def test_the_readme_is_short() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    size = len(text.splitlines()), len(text.split())
    assert size[0] <= MAX_README[0], f"README.md has {size[0]} lines: move what is long beside what it is about"
    assert size[1] <= MAX_README[1], f"README.md has {size[1]} words: move what is long beside what it is about"


def test_the_readme_links_to_every_other_document() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    others = {str(path.relative_to(ROOT)) for path in documents()} - {"README.md"}
    lost = {name for name in others if f"]({name})" not in text}
    assert not lost, f"README.md, More: add a row for each of {sorted(lost)}"


@every_document
def test_a_document_is_not_too_long(document: Path) -> None:
    length = len(document.read_text(encoding="utf-8").splitlines())
    assert length <= MAX_LINES, f"split {document.relative_to(ROOT)} by what it is about: it has {length} lines"


@every_document
def test_links_resolve(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{document.relative_to(ROOT)} links to {target}: there is no such file"
        if anchor:
            assert anchor in anchors(path), f"{document.relative_to(ROOT)} links to {target}: there is no such heading"


def test_every_key_of_the_table_is_documented() -> None:
    text = (ROOT / "layers/README.md").read_text(encoding="utf-8")
    tree = ast.parse(Path(str(keys.__file__)).read_text(encoding="utf-8"))
    made = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and ast.unparse(each.func) == "Key"]
    prefixes = {prefix for each in made for part in each.args if (prefix := _prefix(part))}
    assert prefixes >= {"USER#", "PROFILE", "STANDING#"}
    lost = {prefix for prefix in prefixes if f"`{prefix}" not in text}
    assert not lost, f"layers/README.md, The table: add the items with the keys {sorted(lost)}"


def _prefix(part: ast.expr) -> str:
    """The constant beginning of a part of a key, up to its `#`."""
    constants = [each.value for each in ast.walk(part) if isinstance(each, ast.Constant) and each.value]
    first = str(constants[0]) if constants else ""
    return first if re.match(r"[A-Z]", first) else ""


def test_every_problem_and_every_grant_is_documented() -> None:
    text = (ROOT / "events/README.md").read_text(encoding="utf-8")
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Problem)]
    lost = {kind.code for kind in kinds if not re.search(rf"\| {kind.status} \| `{kind.code}` \|", text)}
    assert not lost, f"events/README.md, Errors: add a row for each of {sorted(lost)}"
    unknown = {grant.value.partition(":")[2] for grant in Grant if f"`{grant.value.partition(':')[2]}`" not in text}
    assert not unknown, f"events/README.md, Roles and scopes: say what {sorted(unknown)} is for"


def field_codes() -> set[str]:
    """The codes of fields that our code gives: those of pydantic come on top."""
    found: set[str] = set()
    for file in sorted(SHARED.rglob("*.py")):
        for each in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(each, ast.Call) and ast.unparse(each.func) == "Invalid.field":
                assert len(each.args) == 3, f"{file.name}:{each.lineno}: give this error a code of its own"
                found.add(ast.literal_eval(each.args[2]))
            elif isinstance(each, ast.Call) and ast.unparse(each.func) == "FieldError":
                found |= {ast.literal_eval(part.value) for part in each.keywords if part.arg == "code"}
            elif isinstance(each, ast.Dict) and {"field", "detail", "code"} == {_text(name) for name in each.keys}:
                codes = [code for name, code in zip(each.keys, each.values, strict=True) if _text(name) == "code"]
                found |= {code for code in map(_text, codes) if code}
    return found


def _text(name: ast.expr | None) -> str:
    return str(name.value) if isinstance(name, ast.Constant) else ""


def test_the_codes_of_fields_are_documented_and_no_others() -> None:
    text = (ROOT / "events/README.md").read_text(encoding="utf-8")
    _, _, rows = text.partition("| `code` of a field | meaning |\n|---|---|\n")
    table = rows.partition("\n\n")[0].splitlines()
    listed = {code for row in table for code in re.findall(r"`(\w+)`", row.split("|")[1])}
    found = field_codes()
    assert found >= {"too_old", "duplicate_field", "taken"}
    assert listed == found, (
        f"events/README.md, Errors: add {sorted(found - listed)} to the table of the fields' codes, and delete "
        f"{sorted(listed - found)}"
    )


def test_every_command_of_the_local_stack_is_documented() -> None:
    commands = set(re.findall(r'= (?:command|of_running_stack)\(\s*"(\w+)"', CLI.read_text(encoding="utf-8")))
    commands |= set(re.findall(r'^    of_running_stack\(\s*"(\w+)"', CLI.read_text(encoding="utf-8"), re.MULTILINE))
    assert commands >= {"serve", "drain"}
    text = (ROOT / "local/README.md").read_text(encoding="utf-8")
    lost = {name for name in commands if not re.search(rf"^\| .*`{name}\b", text, re.MULTILINE)}
    assert not lost, f"local/README.md, Commands: add a row for each of {sorted(lost)}"
