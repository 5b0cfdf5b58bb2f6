"""The whole service, driven at random, shows its callers what the plain model says."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from achievements import award_achievement, import_achievements, revoke_award
from badges import create_badge, delete_badge
from documents import create_requirements, create_resume, delete_requirements, delete_resume
from goals import check_in, create_goal
from groups import create_group, delete_group, put_member, remove_member
from laurels import clock
from laurels.standings import in_force
from leaderboards import compute_leaderboards, get_board
from metrics import create_metric
from privacy import erase_user, start_erasure
from profiles import get_me
from sessions import create_session, delete_session
from stats import get_stats
from tests import sizes
from tests.contents import clear
from tests.events import ADMIN, AWARDER, call, user
from tests.integration.conftest import Queues
from tests.integration.model import seen
from tests.integration.model.plain import CAP, CATALOGUE, COUNTERS, MAX_SESSIONS, OWN, Goal, Model, Update, User
from tests.integration.stats.deliveries import deliver, record, records

USERS = ["anna", "boris", "clara"]
BEGINNING = datetime(2026, 11, 18, 9, tzinfo=UTC)
BOARDS = ["points", "achievements", "homeworks", "tests", "courses", OWN]
users = st.sampled_from(USERS)
updates = st.tuples(
    users,
    st.dictionaries(st.sampled_from(COUNTERS), st.integers(-4, 4), min_size=1, max_size=2),
    st.none() | st.integers(1, 70),  # of the own metric
    st.none() | st.integers(0, 100),
    st.integers(0, 50),  # minutes ago
)


class Service(RuleBasedStateMachine):
    """Every rule makes one call (or one delivery), and the model the same change."""

    dynamodb: Any
    table: str

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGINNING
        self.clock = patch.object(clock, "now", lambda: self.now)
        self.clock.start()
        self.start_over()
        self.model, self.touched, self.numbers = Model(USERS), set(USERS), count(1)
        self.sent: list[Update] = []
        self.computed = 0
        self.begin()

    def teardown(self) -> None:
        self.touched = set(USERS)
        self.callers_see_what_the_model_says()
        self.clock.stop()

    def start_over(self) -> None:
        clear(self.dynamodb, self.table)
        in_force._held.clear()
        in_force._looked.clear()

    def begin(self) -> None:
        texts = {"en": {"title": "A title"}}
        metric = {"metric": OWN, "kind": "counter", "translations": texts, "daily_cap": CAP, "board": True}
        assert call(create_metric.handler, caller=ADMIN, body=metric).status == 201
        rows = []
        for code, (points, least) in CATALOGUE.items():
            criteria = {"all": [{"metric": name, "op": "gte", "value": value} for name, value in least.items()]}
            rows.append(
                {"code": code, "translations": texts, "points": points} | ({"criteria": criteria} if least else {})
            )
        assert call(import_achievements.handler, caller=ADMIN, body={"items": rows}).body["failed"] == 0
        for user_id in USERS:
            assert call(get_me.handler, caller=user(user_id, name=user_id)).status == 200

    def pass_time(self, user_id: str) -> tuple[User | None, int]:
        """Let a second pass. Return the user in the model, and the time."""
        self.now += timedelta(seconds=1)
        self.touched.add(user_id)
        return self.model.users[user_id], clock.epoch_ms(self.now)

    @rule(
        new=st.lists(updates, min_size=3, max_size=6), old=st.lists(st.integers(0, 40), max_size=4), order=st.randoms()
    )
    def deliver_updates(self, new: list[Any], old: list[int], order: Any) -> None:
        self.now += timedelta(seconds=1)
        batch = [self.sent[index] for index in old if index < len(self.sent)]
        for user_id, increments, minutes, grade, ago in new:
            at = clock.epoch_ms(self.now - timedelta(minutes=ago))
            more = {} if minutes is None else {OWN: minutes}
            one = Update(f"event-{next(self.numbers)}", user_id, at, increments | more, grade)
            self.sent.append(one)
            batch.append(one)
        order.shuffle(batch)
        assert deliver(records([seen.message(each) for each in batch])) == []
        for each in batch:
            self.touched.add(each.user_id)
            if found := self.model.users[each.user_id]:
                found.apply(each)

    @rule(new=st.lists(updates, min_size=3, max_size=6), old=st.just([]), order=st.randoms())
    def deliver_new_updates(self, new: list[Any], old: list[int], order: Any) -> None:
        """Updates come more often than other changes."""
        self.deliver_updates(new, old, order)

    @rule(user_id=users, code=st.sampled_from([*CATALOGUE, "ad-hoc"]))
    def award(self, user_id: str, code: str) -> None:
        found, at = self.pass_time(user_id)
        body = {"code": code} if code in CATALOGUE else {"code": code, "title": "Once", "points": 3}
        answer = call(award_achievement.handler, path={"user_id": user_id}, caller=AWARDER, body=body)
        is_new = found and found.award(code, CATALOGUE.get(code, (3,))[0], at)
        assert answer.status == ((201 if is_new else 200) if found else 410)

    @rule(user_id=users, code=st.sampled_from([*CATALOGUE, "ad-hoc"]))
    def revoke(self, user_id: str, code: str) -> None:
        found, _ = self.pass_time(user_id)
        answer = call(revoke_award.handler, path={"user_id": user_id, "code": code}, caller=AWARDER)
        assert answer.status == ((204 if found.revoke(code) else 404) if found else 410)

    @rule(user_id=users, metric=st.sampled_from([*COUNTERS, OWN, "points"]), value=st.integers(1, 60))
    def set_goal(self, user_id: str, metric: str, value: int) -> None:
        found, _ = self.pass_time(user_id)
        answer = seen.own(
            create_goal.handler, user_id, {"title": "A goal", "target": {"metric": metric, "value": value}}
        )
        assert answer.status == (201 if found else 410)
        if found:
            found.add_goal(answer.body["goal_id"], Goal(metric, value))

    @rule(user_id=users, which=st.integers(0, 3))
    def check_in(self, user_id: str, which: int) -> None:
        found, _ = self.pass_time(user_id)
        goals = list(found.goals) if found else []
        if not found or which >= len(goals):
            return
        goal = found.goals[goals[which]]
        answer = seen.own(check_in.handler, user_id, {}, goal_id=goals[which])
        if goal.checked_in or goal.status != "in-progress":
            assert answer.status == (200 if goal.checked_in else 409)
        else:
            assert answer.status == 201
            goal.checked_in = found.active_today = True

    @rule(user_id=users, sid=st.integers(1, 6))
    def sign_in(self, user_id: str, sid: int) -> None:
        found, at = self.pass_time(user_id)
        answer = seen.own(create_session.handler, user_id, {}, sid=f"s{sid}")
        wanted = {"new": 201, "same": 200, "ended": 409}
        assert answer.status == (wanted[found.sign_in(f"s{sid}", at)] if found else 410)

    @rule(user_id=users, sid=st.integers(1, 6))
    def sign_out(self, user_id: str, sid: int) -> None:
        found, _ = self.pass_time(user_id)
        answer = seen.own(delete_session.handler, user_id, session_id=f"s{sid}")
        assert answer.status == ((204 if found.sign_out(f"s{sid}") else 404) if found else 410)

    @rule(user_id=users, which=st.none() | st.integers(0, 2))
    def write_resume(self, user_id: str, which: int | None) -> None:
        found, _ = self.pass_time(user_id)
        meant_for = None
        if found and which is not None and which < len(found.requirements):
            meant_for = sorted(found.requirements)[which]
        body = {"text": "Python"} | ({"requirements_id": meant_for} if meant_for else {})
        answer = seen.own(create_resume.handler, user_id, body)
        assert answer.status == (201 if found else 410)
        if found:
            found.resumes[answer.body["resume_id"]] = meant_for

    @rule(user_id=users, title=st.sampled_from(["requirements", "badge"]))
    def make_one(self, user_id: str, title: str) -> None:
        found, _ = self.pass_time(user_id)
        if title == "badge":
            answer = seen.own(create_badge.handler, user_id, {"name": "Mine", "description": "My own."})
        else:
            answer = seen.own(create_requirements.handler, user_id, {"text": "Rust"})
        assert answer.status == (201 if found else 410)
        if found and title == "badge":
            found.badges.add(answer.body["badge_id"])
        elif found:
            found.requirements.add(answer.body["requirements_id"])

    @rule(user_id=users, which=st.integers(0, 2), kind=st.sampled_from(["resumes", "requirements", "badges"]))
    def delete_one(self, user_id: str, which: int, kind: str) -> None:
        found, _ = self.pass_time(user_id)
        ids = sorted(getattr(found, kind)) if found else []
        if not found or which >= len(ids):
            return
        own = ids[which]
        if kind == "badges":
            answer = seen.own(delete_badge.handler, user_id, badge_id=own)
            found.badges.remove(own)
        elif kind == "resumes":
            answer = seen.own(delete_resume.handler, user_id, resume_id=own)
            found.resumes.pop(own)
        else:
            answer = seen.own(delete_requirements.handler, user_id, requirements_id=own)
            found.requirements.remove(own)
            found.resumes = {each: meant_for for each, meant_for in found.resumes.items() if meant_for != own}
        assert answer.status == 204

    @precondition(lambda self: len(self.model.groups) < 2)
    @rule()
    def make_group(self) -> None:
        answer = call(create_group.handler, caller=seen.SERVICE, body={"kind": "class", "name": "7B"})
        self.model.groups[answer.body["group_id"]] = {}

    @precondition(lambda self: self.model.groups)
    @rule(user_id=users, last=st.booleans(), role=st.sampled_from(["learner", "teacher", ""]))
    def change_membership(self, user_id: str, last: bool, role: str) -> None:
        found, _ = self.pass_time(user_id)
        group_id = list(self.model.groups)[-1 if last else 0]
        path, members = {"group_id": group_id, "user_id": user_id}, self.model.groups[group_id]
        if role:
            answer = call(put_member.handler, path=path, caller=seen.SERVICE, body={"role": role})
            assert answer.status == (200 if found else 410)
            if found:
                members[user_id] = role
        else:
            answer = call(remove_member.handler, path=path, caller=seen.SERVICE)
            assert answer.status == 204 if found else answer.status in (204, 410)
            members.pop(user_id, None)

    @precondition(lambda self: len(self.model.groups) == 2)
    @rule()
    def delete_group(self) -> None:
        group_id = next(iter(self.model.groups))
        assert call(delete_group.handler, path={"group_id": group_id}, caller=seen.SERVICE).status == 204
        del self.model.groups[group_id]

    @precondition(lambda self: len(self.sent) > 5 and len(self.model.present) > 1)
    @rule(user_id=users)
    def erase(self, user_id: str) -> None:
        found, _ = self.pass_time(user_id)
        if not found:
            return
        erasure_id = seen.own(start_erasure.handler, user_id).body["erasure_id"]
        body = json.dumps({"erasure_id": erasure_id, "last": True})
        assert erase_user.handler({"Records": [record(body)]}, None) == {"batchItemFailures": []}
        self.model.erase(user_id)

    @precondition(lambda self: len(self.sent) > 3 and self.computed < 2)
    @rule(board=st.sampled_from(BOARDS))
    def compute_boards(self, board: str) -> None:
        self.now += timedelta(minutes=15)
        self.computed += 1
        compute_leaderboards.handler({"id": "1", "source": "aws.events"}, None)
        for name in {board, "points"}:
            for window in ("all_time", "month"):
                page = call(get_board.handler, path={"board": name}, query={"window": window}, caller=ADMIN).body
                assert seen.places(page) == self.model.board(name), (name, window)

    @invariant()
    def callers_see_what_the_model_says(self) -> None:
        for user_id in sorted(self.touched):
            found = self.model.users[user_id]
            if found is None:
                assert call(get_stats.handler, path={"user_id": user_id}, caller=ADMIN).status == 404
            else:
                seen.check_user(user_id, found)
        self.touched.clear()
        for group_id, members in self.model.groups.items():
            seen.check_group(group_id, members, self.model)


def test_random_histories(
    table: str, dynamodb_client: Any, queues: Queues, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_ACTIVE_SESSIONS", str(MAX_SESSIONS))
    monkeypatch.setenv("SETTLE_SECONDS", "0")

    class Here(Service):
        dynamodb = dynamodb_client

    Here.table = table
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=sizes.sized(2, 80),
            stateful_step_count=sizes.sized(30, 60),
        ),
    )
