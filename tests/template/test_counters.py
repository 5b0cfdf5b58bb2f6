"""A counter that services may send is shown wherever counters are."""

import pytest

from laurels.profiles.models import Progress
from laurels.standings.models import Counter, Metric
from laurels.stats.models import Counters


@pytest.mark.parametrize("counter", Counter)
def test_a_counter_is_shown_wherever_counters_are(counter: Counter) -> None:
    shown = {
        "Metric (layers/shared/laurels/standings/models.py)": {metric.value for metric in Metric},
        "Counters (layers/shared/laurels/stats/models.py)": Counters.model_fields.keys(),
        "Progress (layers/shared/laurels/profiles/models.py)": Progress.model_fields.keys(),
    }
    missing = [place for place, names in shown.items() if counter.value not in names]
    assert not missing, f"{counter} is counted and not shown: add it to {missing}, then run `make openapi`"
