"""Batch consumption: which messages are parked, which fail, and which are delivered again."""

import pytest

from laurels import batches, queues
from laurels.errors import Invalid, Unavailable
from laurels.fields import Input
from laurels.queues import Message


class Work(Input):
    user: str
    does: str = "well"


def message(number: int, group: str = "", **fields: str) -> Message:
    return Message(str(number), Work(user="anna", **fields).model_dump_json(), group)


class Frame:
    """Consumes batches, and records the applied and the parked messages."""

    def __init__(self) -> None:
        self.applied: list[list[str]] = []
        self.parked: list[tuple[str, str]] = []
        self.dead_letters_are_down = False

    def park(self, _url: str, message: Message, reason: str) -> None:
        if self.dead_letters_are_down:
            raise Unavailable
        self.parked.append((message.id, reason))

    def apply(self, portion: list[Work]) -> None:
        done: list[str] = []
        self.applied.append(done)
        for work in portion:
            if work.does == "raise Unavailable":
                raise Unavailable
            if work.does == "divide by zero":
                raise ZeroDivisionError
            done.append(f"{work.user} {work.does}")

    def consume(self, *messages: Message, by_user: bool = False) -> list[str]:
        """Return the ids of the messages to deliver again."""
        group_by = (lambda work: work.user) if by_user else None
        failed = batches.consume(messages, "url", Work.from_json, self.apply, group_by=group_by)
        return [each.id for each in failed]


@pytest.fixture
def frame(monkeypatch: pytest.MonkeyPatch) -> Frame:
    frame = Frame()
    monkeypatch.setattr(queues, "park", frame.park)
    return frame


def test_a_message_group_is_applied_together_and_in_order(frame: Frame) -> None:
    batch = [message(number, "ab"[number % 2], does=f"{number}") for number in range(5)]
    assert frame.consume(*batch) == []
    assert frame.applied == [["anna 0", "anna 2", "anna 4"], ["anna 1", "anna 3"]]


@pytest.mark.parametrize("failure", ["raise Unavailable", "divide by zero"])
def test_a_failure_stops_its_own_group_only(failure: str, frame: Frame) -> None:
    batch = [message(1, "a", does="1"), message(2, "a", does=failure), message(3, "b"), message(4, "a", does="4")]
    assert frame.consume(*batch) == ["1", "2", "4"]
    assert frame.applied == [["anna 1"], ["anna well"]]


@pytest.mark.parametrize("failure", ["raise Unavailable", "divide by zero"])
def test_each_message_of_a_standard_queue_fails_alone(failure: str, frame: Frame) -> None:
    assert frame.consume(message(1), message(2, does=failure), message(3)) == ["2"]
    assert frame.applied == [["anna well"], [], ["anna well"]]


def test_messages_of_several_groups_can_be_applied_together_and_fail_together(frame: Frame) -> None:
    boris = Message("2", '{"user": "boris"}', "a")
    batch = [message(1, "a", does="1"), boris, message(3, "b", does="divide by zero"), message(4, "c", does="4")]
    assert frame.consume(*batch, by_user=True) == ["1", "2", "3", "4"]
    assert frame.applied == [["anna 1"], ["boris well"]]


@pytest.mark.parametrize("group", ["", "a"], ids=["standard", "FIFO"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("hello", "body: Invalid JSON"),
        ('{"user": 1}', "user: Input should be a valid string"),
        ('{"user": "anna", "user": "boris"}', "user: appears twice in one object"),
    ],
)
def test_an_invalid_message_is_parked_with_its_reason_and_blocks_no_other(
    body: str, reason: str, group: str, frame: Frame
) -> None:
    assert frame.consume(Message("1", body, group), message(2, group)) == []
    assert frame.applied == [["anna well"]]
    ((parked, why),) = frame.parked
    assert parked == "1"
    assert why.startswith(reason)


def test_a_parked_message_is_not_delivered_again_when_its_group_fails(frame: Frame) -> None:
    assert frame.consume(Message("1", "hello", "a"), message(2, "a", does="divide by zero")) == ["2"]


def test_a_message_that_cannot_be_parked_fails_its_group(frame: Frame) -> None:
    frame.dead_letters_are_down = True
    assert frame.consume(message(1, "a"), Message("2", "hello", "a"), message(3, "b")) == ["1", "2"]
    assert frame.parked == []


def test_a_message_that_the_parser_rejects_is_parked(frame: Frame) -> None:
    def parse(_: str) -> Work:
        raise Invalid("It is too old.")

    assert batches.consume([message(1)], "url", parse, frame.apply) == []
    assert frame.parked == [("1", "It is too old.")]
