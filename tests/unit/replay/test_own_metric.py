"""The own metric of OULAD's updates: each student's stats equal those of an oracle that reads the files itself."""

import json
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
    own = oulad.own_metric(tmp_path)
    assert own["metric"] == metric
    oracle, now = Oracle(tmp_path, LAST, (metric, own["daily_cap"])), clock.epoch_ms(LAST)
    defined = {metric: definitions.of(own)}
    standings: dict[str, Standing] = {}
    sent = oulad.updates(tmp_path, LAST, own=True)
    for body in sent:
        update = StatUpdate.model_validate_json(json.dumps(body))
        assert stats_rules.faults(update, defined) == []
        stats_rules.apply(standings.setdefault(update.user_id, Standing(update.user_id)), update, now, defined)
    found = {user: stats_rules.describe(each, now).model_dump(mode="json") for user, each in standings.items()}
    for stats in found.values():
        del stats["updated_at"]
    assert found == {student: oracle.stats(student, LAST.date()) for student in oracle.students}
    assert len(sent) == oracle.updates
    totals = [place.score for place in oracle.board(metric, "all_time", LAST.date())]
    assert sum(totals) < sum(update.get("increments", {}).get(metric, 0) for update in sent), "no day exceeds the cap"
