"""The demo's learners from many places, and their classes, goals, badges and applications."""

from typing import NamedTuple


class Learner(NamedTuple):
    """What a learner has done in the last `since` days (at most 30), and their awards: one of `awards` every so many
    days, the last one `idle` days ago."""

    user_id: str
    name: str
    language: str
    location: str
    courses: int
    completed: int
    homeworks: int
    tests: int
    grade: float
    since: int
    awards: tuple[str, ...] = ()
    every: int = 1
    idle: int = 0


class SchoolClass(NamedTuple):
    """A class: its name and description, its teacher (id, name, language), and the ids of its learners."""

    name: str
    description: str
    teacher: tuple[str, str, str]
    learners: tuple[str, ...]
    board: str = "shown"


class Aim(NamedTuple):
    """A goal, and how many days ago its owner checked in: today (0) to six days ago."""

    title: str
    target: tuple[str, float] | None = None
    checked: tuple[int, ...] = ()
    status: str = "in-progress"
    due_in: int | None = None  # days


_BEGINNER = ("first-homework", "first-test")
_DILIGENT = ("first-homework", "ahead-of-time", "first-test", "helping-hand")
# One award a day for more than a week makes a streak of awards.
_WEEK = ("first-homework", "first-test", "early-bird", "night-owl", "ahead-of-time", "helping-hand", "curious-mind")

LEARNERS = (
    # The README's examples act as Ada. They award her first homework, so she does not have it yet.
    Learner("ada", "Ada Lovelace", "en", "London", 3, 1, 0, 8, 91.5, 20,
            ("first-test", "early-bird", "full-marks", "second-wind", "helping-hand", "curious-mind", "polymath",
             "first-course", "night-owl", "hidden-door")),
    Learner("sofia", "Софья Ковалевская", "ru", "Москва", 3, 2, 12, 6, 97.25, 27,
            (*_WEEK, "ten-homeworks", "polymath")),
    Learner("mikhail", "Михаил Ломоносов", "ru", "Архангельск", 4, 2, 15, 9, 88.0, 28, (*_WEEK, "first-course"), 1, 3),
    Learner("emmy", "Emmy Noether", "de", "Göttingen", 2, 0, 10, 5, 99.0, 25, _WEEK, 1, 2),
    Learner("srinivasa", "ஸ்ரீனிவாச ராமானுஜன்", "ta", "கும்பகோணம்", 2, 1, 14, 7, 100.0, 26,
            (*_WEEK, "full-marks", "hidden-door"), 2),
    Learner("hypatia", "Ὑπατία", "el", "Αλεξάνδρεια", 2, 1, 9, 4, 93.4, 22, _DILIGENT, 3),
    Learner("omar", "عمر الخيام", "ar", "نیشابور", 2, 1, 9, 4, 93.4, 22, _DILIGENT, 3),  # like Hypatia in everything
    Learner("chongzhi", "祖冲之", "zh", "南京", 1, 0, 7, 3, 86.0, 18, _DILIGENT, 4, 2),
    Learner("takakazu", "関孝和", "ja", "江戸", 1, 0, 7, 3, 84.5, 18, _BEGINNER, 5),
    Learner("maryam", "مریم میرزاخانی", "fa", "تهران", 2, 1, 11, 6, 98.0, 24, (*_DILIGENT, "full-marks"), 2),
    Learner("brahmagupta", "ब्रह्मगुप्त", "hi", "भीनमाल", 1, 0, 6, 2, 79.0, 15, _BEGINNER, 7, 1),
    Learner("marie", "Maria Skłodowska-Curie", "pl", "Warszawa", 2, 1, 10, 5, 95.0, 25,
            (*_DILIGENT, "ten-homeworks"), 2),
    Learner("jisu", "김지수", "ko", "서울", 1, 0, 5, 2, 81.25, 14, _BEGINNER, 2),
    Learner("shota", "შოთა რუსთაველი", "ka", "თბილისი", 1, 0, 4, 1, 72.0, 12, ("first-homework",)),
    Learner("mesrop", "Մեսրոպ Մաշտոց", "hy", "Երևան", 1, 0, 4, 1, 74.5, 12, ("first-homework",), 1, 6),
    Learner("miriam", "מרים כהן", "he", "חיפה", 1, 0, 3, 2, 77.0, 10, ("first-test",), 1, 2),
    Learner("hanh", "Nguyễn Thị Hạnh", "vi", "Huế", 1, 0, 5, 2, 83.0, 14, _BEGINNER, 2, 4),
    Learner("lesya", "Леся Українка", "uk", "Київ", 2, 0, 8, 3, 90.0, 21, _DILIGENT, 2, 1),
    Learner("somchai", "สมชาย ใจดี", "th", "เชียงใหม่", 1, 0, 2, 1, 65.0, 7),
    Learner("zainab", "Zaynab Ọlájídé", "yo", "Ìbàdàn", 1, 0, 3, 0, 70.0, 9, ("first-homework",), 1, 1),
    Learner("tenzin", "བསྟན་འཛིན", "bo", "ལྷ་ས", 1, 0, 1, 0, 58.0, 5, ("first-homework",)),
    Learner("alan", "Alan Turing", "en", "Manchester", 2, 0, 6, 5, 94.0, 19,
            ("first-test", "night-owl", "full-marks"), 6),
    Learner("grace", "Grace Hopper", "en", "New York", 2, 1, 8, 5, 92.0, 20,
            ("first-homework", "first-test", "helping-hand", "first-course"), 4),
    Learner("newcomer", "Ирина", "ru", "Казань", 1, 0, 0, 0, 0.0, 2),
)  # fmt: skip

# Their classes. Two learners are in both; one of the first has not been here yet.
CLASSES = (
    SchoolClass(
        "Analysis, autumn",
        "Series, limits, and a proof a day.",
        ("hilbert", "David Hilbert", "de"),
        ("ada", "emmy", "sofia", "mikhail", "srinivasa", "alan", "grace", "marie", "mesrop", "newcomer", "not-yet"),
    ),
    SchoolClass(
        "Геометрия, 7Б",
        "По вторникам и четвергам.",
        ("lobachevsky", "Николай Лобачевский", "ru"),
        ("sofia", "mikhail", "lesya", "omar", "hypatia", "maryam", "shota", "miriam", "hanh", "somchai"),
        "anonymous",
    ),
)

# What some of them want to reach. Sofia's and Emmy's complete by themselves while the demo is loaded.
GOALS = {
    "ada": (
        Aim("Pass ten tests", ("tests_passed", 10), due_in=30),
        Aim("Write a program every day", None, (0, 1, 2, 3, 4)),
        Aim("An average of 95", ("average_grade", 95)),
    ),
    "sofia": (
        Aim("Сдать двенадцать домашних заданий", ("homeworks_completed", 12)),
        Aim("Час математики в день", None, (0, 1, 2, 4, 5, 6), due_in=14),
    ),
    "emmy": (Aim("Hundert Punkte", ("points", 100), (1, 2)), Aim("Jeden Tag ein Beweis", None, (0, 1, 2, 3, 4, 5, 6))),
    "mikhail": (
        Aim("Выучить латынь", None, (5, 6), "abandoned"),
        Aim("Завершить четыре курса", ("completed_courses", 4)),
    ),
    "alan": (Aim("Run a marathon", None, (2, 3, 4), "completed"),),
    "newcomer": (Aim("Сдать первое задание", ("homeworks_completed", 1), due_in=7),),
}

# What some are proud of: name, description, and the day, if it was not today.
BADGES: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "ada": (("First program ever", "Bernoulli numbers, on a machine that was never built.", "1843-09-01"),),
    "sofia": (
        ("Премия Бордена", "За задачу о вращении твёрдого тела.", "1888-12-24"),
        ("Первая пятёрка по физике", "", None),
    ),
    "srinivasa": (("1729", "The smallest number that is a sum of two cubes in two ways.", "1919-02-01"),),
    "marie": (("Two prizes", "In two sciences.", "1911-12-10"),),
}

# Requirements and a resume that some have matched against one another.
APPLICATIONS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "ada": (
        {
            "title": "Programmer of analytical engines",
            "text": "Python or another language, also for machines that do not exist yet\n"
            "Mathematics: series, numbers\nClear documentation\nC++ is a plus",
        },
        {
            "title": "Ada Lovelace",
            "text": "Mathematics with Augustus De Morgan\nProgram for Bernoulli numbers, with documentation that is "
            "longer than the work it explains\nPython, since lately",
        },
    ),
}

# What keeps some of their streaks over days on which they do nothing.
FREEZES = {"ada": 2, "lesya": 1, "grace": 2}
