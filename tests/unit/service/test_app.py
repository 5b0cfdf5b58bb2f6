"""The page: its weight, its policy, its scripts and its texts."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from laurels.service import scripts, service
from service import get_app
from tests.events import call

FOLDER = Path(str(files("laurels.service").joinpath("app")))
MAX_BYTES = 40 * 1024
OURS = sorted(FOLDER.glob("*.js"))


def page() -> str:
    return gzip.decompress(service.app().content).decode()


def test_the_page_is_light() -> None:
    assert len(service.app().content) <= MAX_BYTES


def test_the_policy_permits_the_page_s_own_script_and_style_and_nothing_else() -> None:
    (script,), (style,) = (re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", page()) for tag in ("script", "style"))
    policy = dict(part.split(" ", 1) for part in service.app().policy.split("; "))
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in (script, style)]
    assert policy == {
        "default-src": "'none'",
        "script-src": hashes[0],
        "style-src": hashes[1],
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_the_page_is_gzipped_html_with_an_etag() -> None:
    answer = call(get_app.handler)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-security-policy"] == service.app().policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = call(get_app.handler, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.text) == (304, "")


def test_the_page_refers_to_no_other_host() -> None:
    tags = re.sub(r"(?s)<(script|style)>.*?</\1>", "", page())
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', tags) == []
    addresses = {found for file in OURS for found in re.findall(r"https?://[^\s\"'`]*", file.read_text())}
    assert addresses == set()


def test_nothing_enters_the_page_as_html() -> None:
    for file in OURS:
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|localStorage", file.read_text()
        )
        assert not found, f"{file.name}: {found}"


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_a_module_is_short_and_in_the_page(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    assert text.startswith("// ")
    assert text.splitlines()[0] in page(), f"main.js does not lead to {file.name}"


def test_modules_export_different_names() -> None:
    names = [name for file in OURS for name in re.findall(r"^export (?:async )?\w+ (\w+)", file.read_text(), re.M)]
    assert sorted(set(names)) == sorted(names)


def test_a_name_that_is_imported_is_exported_there() -> None:
    for file in OURS:
        for names, source in re.findall(r'^import \{ (.*) \} from "\./(.*)";$', file.read_text(), re.M):
            text = (FOLDER / source).read_text()
            for name in names.split(", "):
                assert re.search(rf"^export (async )?\w+ {name}\b|export{{.*\bas {name}\b", text, re.M), (
                    f"{file.name} imports {name}, which {source} does not export"
                )


def test_modules_are_joined_in_the_order_in_which_they_are_needed(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nimport { x } from "./c.js";\nconst own = b + x;\n')
    (tmp_path / "b.js").write_text('import { x } from "./c.js";\nconst own = 1;\nexport const b = own + x;\n')
    (tmp_path / "c.js").write_text("var e=2;export{e as x};")
    joined = scripts.joined(tmp_path, "a.js")
    assert "import" not in joined
    assert "export" not in joined
    assert joined.index("var e=2") < joined.index("const b =") < joined.index("const own = b + x")
    assert joined.count("var e=2") == 1


def texts_of(language: str) -> dict[str, str]:
    found = re.findall(r"^  (\w+): (.*),$", (FOLDER / f"{language}.js").read_text(encoding="utf-8"), re.M)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    english, russian = texts_of("english"), texts_of("russian")
    assert english.keys() == russian.keys()
    for name, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", russian[name])), name
        is_plural = text.startswith("{ one:")
        assert russian[name].startswith("{ one:") == is_plural, name
        assert not is_plural or "few:" in russian[name], name


def test_every_text_that_a_view_names_is_there() -> None:
    used = {name for file in OURS for name in re.findall(r'\bt\(\s*"(\w+)"', file.read_text(encoding="utf-8"))}
    assert len(used) > 100
    assert used <= texts_of("english").keys()


def test_the_library_is_the_published_one_with_its_licence() -> None:
    """htm@3.1.1 on npm, preact/standalone.module.js."""
    library = (FOLDER / "vendor/htm-preact-3.1.1.js").read_bytes()
    assert sha256(library).hexdigest() == "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"
    licence = (FOLDER / "vendor/LICENSE").read_text()
    assert "Apache License" in licence
    assert "The MIT License" in licence
