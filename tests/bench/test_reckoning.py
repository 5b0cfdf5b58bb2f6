"""The bench's own arithmetic. What it measures is not tested: no timing is asserted anywhere."""

from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import cost, prices, report
from tests.bench.meter import units
from tests.bench.report import Table
from tests.bench.rounds import compared


def test_a_part_is_a_module_with_a_run() -> None:
    assert {"cold", "ingest", "requests", "size", "warm"} <= set(bench.parts())
    assert "report" not in bench.parts()


def test_a_transaction_costs_twice_what_dynamodb_local_says() -> None:
    consumed = [{"CapacityUnits": 1.0}, {"CapacityUnits": 2.0}]
    assert units("BatchGetItem", {"ConsumedCapacity": consumed}) == 3.0
    assert units("TransactWriteItems", {"ConsumedCapacity": consumed}) == 6.0
    assert units("TransactWriteItems", {"ConsumedCapacity": consumed}, parts=6) == 12.0
    assert units("TransactWriteItems", {"__type": "TransactionCanceledException"}, parts=6) == 0.0
    assert units("PutItem", {"ConsumedCapacity": {"CapacityUnits": 1.0}}) == 1.0
    assert units("PutItem", {"__type": "ConditionalCheckFailedException"}) == 0.0


def test_the_cost_in_its_document_follows_from_the_measurements_beside_it() -> None:
    (table,) = cost.run()
    text = (report.DOCUMENTS[0].parent / "cost.md").read_text(encoding="utf-8")
    assert table.markdown() in text, "run `python -m tests.bench cost --write`"


def test_what_learners_do_costs_in_proportion_and_the_rest_does_not_depend_on_them() -> None:
    one, ten = cost.monthly(100_000), cost.monthly(1_000_000)
    fixed = {"metrics of routes", "other metrics, alarms", "secrets, polling of queues"}
    for what in one.keys() - {"leaderboards"}:
        assert ten[what] == pytest.approx(one[what] * (1 if what in fixed else 10))
    assert cost.boards(100_000) < cost.boards(550_000) < cost.boards(1_000_000) < cost.boards(2_000_000)


def test_a_small_function_is_billed_for_its_share_of_a_core_and_its_waiting() -> None:
    half = prices.CORE_MB // 2
    billed_seconds = (2 * prices.CORE_MB / half + 3 * prices.WAIT_MS) / 1000
    gigabyte_seconds = billed_seconds * half / 1024
    expected = prices.LAMBDA_REQUESTS + 1_000_000 * gigabyte_seconds * prices.LAMBDA_GB_SECOND
    assert abs(prices.lambda_million(2.0, 3, half) - expected) < 1e-9


def test_ratios_are_taken_round_by_round() -> None:
    taken = {"floor": [1.0, 10.0, 100.0], "fastapi": [2.0, 20.0, 200.0], "ours": [0.5, 5.0, 70.0]}
    rows = {str(row[0]): row for row in compared(taken, {"ours": (0.6, 0.2)}, unit=1)}
    assert rows["ours"] == ("ours", 5.0, 0.5, 0.25, "≤ 0.6 and 0.2: missed")
    assert rows["floor"] == ("floor", 10.0, 1.0, 0.5, "")


def test_a_table_is_the_same_in_text_and_in_markdown() -> None:
    table = Table("Title", ("name", "ms"), [("one", 1.234), ("many", 12345), ("none", None)], ["A note."])
    assert table.text().split("\n") == [
        "",
        "Title",
        "name      ms",
        "one     1.23",
        "many  12,345",
        "none        ",
        "  A note.",
    ]
    assert "| many | 12,345 |\n| none |  |" in table.markdown()


@pytest.mark.parametrize("part", bench.parts())
def test_one_document_has_a_place_for_the_tables_of_each_part(part: str) -> None:
    lines = [line for document in report.DOCUMENTS for line in document.read_text(encoding="utf-8").splitlines()]
    for marker in report.markers(part):
        assert lines.count(marker) == 1, f"put the line {marker} into a document of tests/bench, once"


def test_written_tables_replace_those_of_their_part_and_keep_the_prose(tmp_path: Path) -> None:
    copies = [tmp_path / document.name for document in report.DOCUMENTS]
    for document, copy in zip(report.DOCUMENTS, copies, strict=True):
        copy.write_text(document.read_text(encoding="utf-8"), encoding="utf-8")
    before = _texts(copies)
    table = Table("Title", ("name", "ms"), [("only \\1 row", 1.5)])
    report.write("warm", [table], "2026-01-02 · a machine", copies)
    once = _texts(copies)
    (changed,) = (name for name in before if once[name] != before[name])
    begin, end = report.markers("warm")
    written = once[changed].partition(begin)[2].partition(end)[0]
    assert written.split("\n")[1:] == ["", "2026-01-02 · a machine", *table.markdown().split("\n"), "", ""]
    assert once[changed].partition(begin)[0] == before[changed].partition(begin)[0]
    assert once[changed].partition(end)[2] == before[changed].partition(end)[2]
    report.write("warm", [table], "2026-01-02 · a machine", copies)
    assert _texts(copies) == once


def _texts(documents: list[Path]) -> dict[str, str]:
    return {document.name: document.read_text(encoding="utf-8") for document in documents}


def test_tables_without_a_place_are_refused(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text("# Measurements\n", encoding="utf-8")
    with pytest.raises(ValueError, match="need the lines"):
        report.write("warm", [], "2026-01-02", [document])
