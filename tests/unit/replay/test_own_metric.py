"""The own metric of OULAD's updates: each student's stats equal those of an oracle that reads the files itself."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from laurels import clock
from laurels.standings import definitions
from laurels.standings.models import Standing
from laurels.stats import rules as stats_rules
from laurels.stats.models import StatUpdate
from local.demo import oulad
from tests.e2e import cohort
from tests.e2e.oracle import Oracle

LAST = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("metric", ["clicks", "minutes_studied"])
def test_a_generated_cohort_counts_as_the_oracle_says(tmp_path: Path, metric: str) -> None:
    cohort.write(tmp_path, seed=14, students=80)
    if metric != "clicks":
        (tmp_path / "studentVle.csv").unlink()
    assert oulad.own_metric(tmp_path)["metric"] == metric
    check(tmp_path)


@pytest.mark.skipif("OULAD_DIR" not in os.environ, reason="set OULAD_DIR to the folder of the data set")
def test_the_open_university_data_set_counts_as_the_oracle_says() -> None:
    check(Path(os.environ["OULAD_DIR"]))


def check(folder: Path) -> None:
    """Apply the folder's updates to standings, and compare all stats with the oracle."""
    own = oulad.own_metric(folder)
    metric, defined = own["metric"], {own["metric"]: definitions.of(own)}
    oracle, now = Oracle(folder, LAST, (metric, own["daily_cap"])), clock.epoch_ms(LAST)
    standings: dict[str, Standing] = {}
    sent = oulad.updates(folder, LAST, own=True)
    for body in sent:
        update = StatUpdate.model_validate_json(json.dumps(body))
        assert stats_rules.faults(update, defined) == []
        stats_rules.apply(standings.setdefault(update.user_id, Standing(update.user_id)), update, now, defined)
    found = {user: stats_rules.describe(each, now).model_dump(mode="json") for user, each in standings.items()}
    for stats in found.values():
        del stats["updated_at"]
    assert found == {student: oracle.stats(student, LAST.date()) for student in oracle.students}
    assert len(sent) == oracle.updates
    counted = sum(place.score for place in oracle.board(metric, "all_time", LAST.date()))
    assert counted < sum(update.get("increments", {}).get(metric, 0) for update in sent), "no day exceeds the cap"
