"""The service as a plain model in memory: what callers are to see after any sequence of changes.

It shares no code with the service. All that happens in it happens on one UTC date.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

COUNTERS = ("homeworks_completed", "tests_passed", "completed_courses")
BOARD_OF = {"homeworks_completed": "homeworks", "tests_passed": "tests", "completed_courses": "courses"}
OWN, CAP = "minutes_studied", 100  # an own counter, and what counts of it on one date
MAX_SESSIONS = 3

# Points, and the values that award them.
CATALOGUE: dict[str, tuple[int, dict[str, int]]] = {
    "first": (10, {"homeworks_completed": 1}),
    "five": (20, {"homeworks_completed": 5}),
    "both": (15, {"homeworks_completed": 2, "tests_passed": 2}),
    "studious": (7, {OWN: 60}),
    "rich": (40, {"points": 30}),
    "collector": (5, {"achievements": 4}),
    "by-hand": (8, {}),
}


@dataclass
class Update:
    """A stat update. `at` is its time in epoch milliseconds."""

    event_id: str
    user_id: str
    at: int
    increments: dict[str, int]
    grade: float | None


@dataclass
class Goal:
    metric: str
    value: int
    status: str = "in-progress"
    checked_in: bool = False


@dataclass
class User:
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys([*COUNTERS, OWN], 0))
    studied: int = 0  # in the own metric, without its cap
    graded: tuple[int, float] | None = None
    reached: dict[str, int] = field(default_factory=dict)  # by board: the time of the latest change
    events: set[str] = field(default_factory=set)
    awards: dict[str, tuple[int, int]] = field(default_factory=dict)  # points and time, by code
    goals: dict[str, Goal] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)  # the time of each active one
    ended: set[str] = field(default_factory=set)
    requirements: set[str] = field(default_factory=set)
    resumes: dict[str, str | None] = field(default_factory=dict)  # with what each is meant for
    badges: set[str] = field(default_factory=set)
    active_today: bool = False

    @property
    def points(self) -> int:
        return sum(points for points, _ in self.awards.values())

    def number(self, metric: str) -> int:
        known = {"points": self.points, "achievements": len(self.awards)}
        return known[metric] if metric in known else self.numbers[metric]

    def apply(self, update: Update) -> None:
        """Count an update once, with all that follows from it."""
        if update.event_id in self.events:
            return
        self.events.add(update.event_id)
        before = self._met()
        for metric, by in update.increments.items():
            self._count(metric, by, update.at)
        if update.grade is not None and (self.graded is None or update.at >= self.graded[0]):
            self.graded = update.at, update.grade
        self._earn_met(before, update.at)

    def award(self, code: str, points: int, at: int) -> bool:
        """Give an award; False if it was given before."""
        if code in self.awards:
            return False
        before = self._met()
        self._give(code, points, at)
        self._earn_met(before, at)
        return True

    def revoke(self, code: str) -> bool:
        if code not in self.awards:
            return False
        points, _ = self.awards.pop(code)
        if points:
            self.reached["points"] = max(self.reached["points"], _)
        return True

    def add_goal(self, goal_id: str, goal: Goal) -> None:
        self.goals[goal_id] = goal
        self._complete_goals()

    def sign_in(self, session_id: str, at: int) -> str:
        """Return `new`, `same` or `ended`."""
        if session_id in self.ended:
            return "ended"
        if session_id in self.sessions:
            return "same"
        self.sessions[session_id] = at
        while len(self.sessions) > MAX_SESSIONS:
            self.sign_out(min(self.sessions, key=lambda each: self.sessions[each]))
        return "new"

    def sign_out(self, session_id: str) -> bool:
        """False if there was never such a session."""
        known = session_id in self.sessions or session_id in self.ended
        if self.sessions.pop(session_id, None) is not None:
            self.ended.add(session_id)
        return known

    def _count(self, metric: str, by: int, at: int) -> None:
        before = self.numbers[metric]
        if metric == OWN:
            counted = min(self.studied + by, CAP) - min(self.studied, CAP)
            self.studied += by
            self.numbers[metric] += counted
            self.reached[metric] = max(self.reached.get(metric, 0), at)
            self.active_today |= by > 0
            return
        self.numbers[metric] = max(before + by, 0)
        if self.numbers[metric] != before:
            self.reached[BOARD_OF[metric]] = max(self.reached.get(BOARD_OF[metric], 0), at)
        self.active_today |= self.numbers[metric] > before

    def _give(self, code: str, points: int, at: int) -> None:
        self.awards[code] = points, at
        self.active_today = True
        for board, by in (("points", points), ("achievements", 1)):
            if by:
                self.reached[board] = max(self.reached.get(board, 0), at)

    def _met(self) -> set[str]:
        return {
            code
            for code, (_, least) in CATALOGUE.items()
            if least and all(self.number(metric) >= value for metric, value in least.items())
        }

    def _earn_met(self, before: set[str], at: int) -> None:
        """Give what is met now and was not before, and what follows from that."""
        while new := sorted(code for code in self._met() - before if code not in self.awards):
            for code in new:
                self._give(code, CATALOGUE[code][0], at)
        self._complete_goals()

    def _complete_goals(self) -> None:
        for goal in self.goals.values():
            if goal.status == "in-progress" and self.number(goal.metric) >= goal.value:
                goal.status = "completed"


class Model:
    """All users and groups. An erased user is None."""

    def __init__(self, user_ids: Iterable[str]) -> None:
        self.users: dict[str, User | None] = {user_id: User() for user_id in user_ids}
        self.groups: dict[str, dict[str, str]] = {}  # roles by user

    @property
    def present(self) -> Mapping[str, User]:
        return {user_id: user for user_id, user in self.users.items() if user}

    def erase(self, user_id: str) -> None:
        self.users[user_id] = None
        for members in self.groups.values():
            members.pop(user_id, None)

    def board(self, name: str, among: Iterable[str] | None = None) -> list[tuple[int, int, str, int]]:
        """Return the rank, position, user and score of each place."""
        metric = next((metric for metric, board in BOARD_OF.items() if board == name), name)
        users = self.present if among is None else {each: self.present[each] for each in among}
        places = sorted((-user.number(metric), user.reached.get(name, 0), each) for each, user in users.items())
        places = [place for place in places if place[0]]
        return [
            (1 + sum(other[0] < place[0] for other in places), position, place[2], -place[0])
            for position, place in enumerate(places, start=1)
        ]
