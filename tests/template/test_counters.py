"""A built-in metric that services may send is known wherever metrics are; an own one is named nowhere in the code."""

import pytest

from laurels.metrics import built_in
from laurels.people.figures import MEASURED, RANKED
from laurels.profiles.models import Progress
from laurels.standings import codec
from laurels.standings import rules as standings_rules
from laurels.standings.definitions import TAKEN
from laurels.standings.models import BOARD_OF, SCORED, Board, Counter, Metric, Standing
from laurels.stats.models import Counters, Stats, Value, WindowStats
from local.contract.schemas import stat_update

BUILT_IN = (*Counter, *Value)


@pytest.mark.parametrize("metric", BUILT_IN)
def test_a_built_in_metric_is_known_wherever_metrics_are(metric: str) -> None:
    part = "increments" if metric in Counter else "values"
    shown = {
        "Metric (layers/shared/laurels/standings/models.py)": {*Metric},
        "Progress (layers/shared/laurels/profiles/models.py)": Progress.model_fields.keys(),
        "_TEXTS (layers/shared/laurels/metrics/built_in.py)": built_in.ITEMS.keys(),
        "Counters or Stats (layers/shared/laurels/stats/models.py)": {*Counters.model_fields, *Stats.model_fields},
        "MEASURED (layers/shared/laurels/people/figures.py)": MEASURED.keys(),
        "events/schemas/stat_update.json": stat_update()["properties"][part]["properties"].keys(),
        "TAKEN (layers/shared/laurels/standings/definitions.py)": TAKEN,
    }
    missing = [place for place, names in shown.items() if str(metric) not in names]
    assert not missing, f"{metric} is counted and not shown: add it to {missing}, then run `make openapi`"


@pytest.mark.parametrize("metric", BUILT_IN)
def test_the_codec_keeps_every_built_in_metric(metric: str) -> None:
    standing = Standing("42")
    if metric in Counter:
        standings_rules.count(standing, Counter(metric), 7, 1_795_198_925_000, 1_795_198_925_000)
    else:
        standings_rules.grade(standing, 7, 1_795_198_925_000)
    kept = codec.decode(codec.encode(standing))
    assert standings_rules.metric(kept, metric) == 7, f"layers/shared/laurels/standings/codec.py loses {metric}"


@pytest.mark.parametrize("counter", BOARD_OF)
def test_a_counter_with_a_board_has_its_windows_and_a_guard(counter: Counter) -> None:
    board = BOARD_OF[counter]
    assert board in SCORED, f"add {board} to SCORED, and pack it under a new VERSION of the codec"
    assert board in WindowStats.model_fields, f"add {board} to WindowStats in layers/shared/laurels/stats/models.py"
    assert board in RANKED
    assert built_in.ITEMS[counter]["board"]


def test_no_other_names_are_known() -> None:
    assert {*map(str, Metric)} - {*map(str, BUILT_IN)} == {"points", "achievements"}
    assert built_in.ITEMS.keys() == {*map(str, BUILT_IN)}
    assert Progress.model_fields.keys() - {*map(str, BUILT_IN)} == {"metrics"}
    assert {*map(str, Board)} <= TAKEN
