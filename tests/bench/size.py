"""Size of each function after unpacking, code and layers together (Lambda's limit is 250 MB)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench import built, peer_layers
from tests.bench.report import Table

GOAL = 25.0  # MB, for functions without one of the large libraries
LARGE = {"PillowLayer", "NumpyLayer", "ExtractionLayer"}
MB = 1024 * 1024


def run() -> Iterator[Table]:
    functions = sorted(built.application().functions.values(), key=lambda function: function.name)
    functions.append(replace(built.authorizer_with_published_keys(), name="Authorize (RS256, ES256)"))
    rows: list[tuple[object, ...]] = []
    for function in functions:
        sizes = [folder_size(path) / MB for path in (function.code, *function.layers)]
        layers = " + ".join(
            f"{_name(layer)} {size:.1f}" for layer, size in zip(function.layers, sizes[1:], strict=True)
        )
        exempt = any(_name(layer) in LARGE for layer in function.layers)
        verdict = "" if exempt else "met" if sum(sizes) <= GOAL else "missed"
        rows.append((function.name, sum(sizes), layers, verdict))
    columns = ("function", "MB", "layers", f"≤ {GOAL:.0f}")
    yield Table("Size: unzipped code and layers", columns, _alike(rows))
    peers = [(peer, folder_size(peer_layers.layer(peer)) / MB) for peer in ("floor", "powertools", "fastapi", "seed")]
    yield Table("Size of the peers' packages", ("peer", "MB"), peers)


def _alike(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Merge the rows of functions with the same layers, since all functions share one code folder."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for name, *rest in rows:
        groups.setdefault(tuple(rest), []).append(str(name))
    most = max(groups.values(), key=len)
    return [
        (f"the other {len(names)}" if names is most and len(names) > 3 else ", ".join(names), *rest)
        for rest, names in sorted(groups.items(), key=lambda group: len(group[1]))
    ]


def _name(layer: Path) -> str:
    return layer.parent.name if layer.name == "python" else layer.name


def folder_size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
