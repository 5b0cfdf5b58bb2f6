"""The demo's own metrics and achievements, in two languages."""

from typing import Any


def _achievement(
    code: str, points: int, category: str, en: tuple[str, str], ru: tuple[str, str], /, **criteria: float
) -> dict[str, Any]:
    """Return a definition. `criteria` are metrics and the values that award it automatically."""
    texts = {language: {"title": title, "description": what} for language, (title, what) in (("en", en), ("ru", ru))}
    made: dict[str, Any] = {"code": code, "translations": texts, "points": points, "category": category}
    conditions = [{"metric": metric, "op": "gte", "value": value} for metric, value in criteria.items()]
    return made | ({"criteria": {"all": conditions}} if conditions else {})


MINUTES_STUDIED: dict[str, Any] = {
    "metric": "minutes_studied",
    "kind": "counter",
    "translations": {
        "en": {"title": "Minutes studied", "unit": "min"},
        "ru": {"title": "Минуты занятий", "unit": "мин"},
    },
    "minimum": 0,
    "maximum": 1440,
    "daily_cap": 240,
    "board": True,
}
BEST_SCORE: dict[str, Any] = {
    "metric": "best_score",
    "kind": "best",
    "translations": {
        "en": {"title": "Best score", "unit": "%"},
        "ru": {"title": "Лучший результат", "unit": "%"},
    },
    "maximum": 100,
}
METRICS = (MINUTES_STUDIED, BEST_SCORE)

ACHIEVEMENTS = (
    _achievement(
        "first-homework",
        10,
        "homework",
        ("First homework", "Hand in your first homework."),
        ("Первое домашнее задание", "Сдайте первое домашнее задание."),
    ),
    _achievement(
        "ten-homeworks",
        50,
        "homework",
        ("A tidy desk", "Hand in ten homeworks."),
        ("Порядок на столе", "Сдайте десять домашних заданий."),
        homeworks_completed=10,
    ),
    _achievement(
        "ahead-of-time",
        20,
        "homework",
        ("Ahead of time", "Hand in a homework two days before it is due."),
        ("Раньше срока", "Сдайте задание за два дня до срока."),
    ),
    _achievement(
        "first-test", 10, "tests", ("First test", "Pass your first test."), ("Первый тест", "Сдайте первый тест.")
    ),
    _achievement(
        "full-marks",
        40,
        "tests",
        ("Full marks", "Answer every question of a test correctly."),
        ("Без единой ошибки", "Ответьте верно на все вопросы теста."),
    ),
    _achievement(
        "second-wind",
        40,
        "tests",
        ("Second wind", "Pass a test that you failed before."),
        ("Второе дыхание", "Сдайте тест, который раньше не удался."),
    ),
    _achievement(
        "first-course",
        60,
        "courses",
        ("To the very end", "Complete a course."),
        ("До самого конца", "Завершите курс."),
        completed_courses=1,
    ),
    _achievement(
        "polymath",
        80,
        "courses",
        ("Polymath", "Take three courses."),
        ("Разносторонний ум", "Учитесь на трёх курсах."),
        total_courses=3,
    ),
    _achievement(
        "all-rounder",
        30,
        "courses",
        ("All-rounder", "Eight homeworks, four tests, and a grade of ninety."),
        ("На все руки", "Восемь заданий, четыре теста и средний балл не ниже девяноста."),
        homeworks_completed=8,
        tests_passed=4,
        average_grade=90,
    ),
    _achievement(
        "bright-star",
        25,
        "habits",
        ("A bright star", "Three hundred points."),
        ("Яркая звезда", "Наберите триста баллов."),
        points=300,
    ),
    _achievement(
        "early-bird",
        15,
        "habits",
        ("Early bird", "Study before seven in the morning."),
        ("Ранняя пташка", "Позанимайтесь до семи утра."),
    ),
    _achievement(
        "night-owl",
        15,
        "habits",
        ("Night owl", "Study after midnight."),
        ("Полуночник", "Позанимайтесь после полуночи."),
    ),
    _achievement(
        "helping-hand",
        30,
        "community",
        ("A helping hand", "Have an answer of yours marked as helpful."),
        ("Рука помощи", "Дайте ответ, который признают полезным."),
    )
    | {"by_teachers": True},
    _achievement(
        "curious-mind",
        30,
        "community",
        ("A curious mind", "Ask a question that ten others want answered too."),
        ("Пытливый ум", "Задайте вопрос, ответ на который ждут ещё десять человек."),
    )
    | {"by_teachers": True},
    _achievement(
        "hidden-door",
        100,
        "secret",
        ("The hidden door", "You found a page that no link leads to."),
        ("Потайная дверь", "Вы нашли страницу, на которую не ведёт ни одна ссылка."),
    )
    | {"is_secret": True},
    _achievement(
        "perfectionist",
        10,
        "secret",
        ("Perfectionist", "Five tests, and a grade of ninety-nine."),
        ("Перфекционист", "Пять тестов и средний балл не ниже девяноста девяти."),
        tests_passed=5,
        average_grade=99,
    )
    | {"is_secret": True},
)
