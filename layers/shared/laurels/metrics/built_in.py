"""The metrics that are always there: five counters and a value, with their texts. No I/O."""

from typing import Any

from laurels.standings.definitions import MAX_INCREMENT, MetricKind
from laurels.standings.models import BOARD_OF, Counter, Metric

_TEXTS: dict[str, tuple[str, str]] = {
    Counter.TOTAL_COURSES: ("Courses", "Курсы"),
    Counter.COMPLETED_COURSES: ("Completed courses", "Завершённые курсы"),
    Counter.ACTIVE_COURSES: ("Courses in progress", "Курсы в процессе"),
    Counter.HOMEWORKS_COMPLETED: ("Completed homeworks", "Сданные домашние задания"),
    Counter.TESTS_PASSED: ("Passed tests", "Сданные тесты"),
    Metric.AVERAGE_GRADE: ("Average grade", "Средний балл"),
}


def _item(name: str, en: str, ru: str) -> dict[str, Any]:
    is_counter = name in Counter
    return {
        "metric": str(name),
        "kind": MetricKind.COUNTER if is_counter else MetricKind.VALUE,
        "translations": {"en": {"title": en}, "ru": {"title": ru}},
        "minimum": -MAX_INCREMENT if is_counter else 0,
        "maximum": MAX_INCREMENT if is_counter else 100,
        "board": name in BOARD_OF,
        "is_built_in": True,
        "is_active": True,
    }


ITEMS = {str(name): _item(name, *texts) for name, texts in _TEXTS.items()}
