"""The door to EventBridge: batches of ten, and events that it refuses."""

import pytest

from laurels import bus
from laurels.aws import client
from tests.bridge import Bridge


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Bridge:
    made = Bridge(client.call)
    monkeypatch.setattr(client, "call", made.call)
    monkeypatch.setattr(bus, "_FIRST_WAIT", 0.0)
    monkeypatch.setenv("EVENT_BUS_NAME", "laurels")
    return made


def events(count: int) -> list[dict[str, str]]:
    return [{"id": str(number), "source": "/laurels/dev", "type": "laurels.x.v1"} for number in range(count)]


def test_a_request_takes_ten_events(bridge: Bridge) -> None:
    assert bus.publish(events(23)) == []
    assert [len(names) for names in bridge.requests] == [10, 10, 3]
    assert bridge.taken == [str(number) for number in range(23)]


def test_nothing_is_sent_for_no_events(bridge: Bridge) -> None:
    assert bus.publish([]) == []
    assert bridge.requests == []


def test_only_refused_events_are_sent_again(bridge: Bridge) -> None:
    bridge.refusals = {"1": 1, "3": 2}
    assert bus.publish(events(5)) == []
    assert bridge.requests == [["0", "1", "2", "3", "4"], ["1", "3"], ["3"]]


def test_events_that_stay_refused_are_returned_and_no_later_request_is_made(bridge: Bridge) -> None:
    bridge.refusals = {"12": 99}
    assert bus.publish(events(23)) == [12, 20, 21, 22]
    assert bridge.taken == [str(number) for number in range(20) if number != 12]


def test_events_without_a_response_are_returned(bridge: Bridge) -> None:
    bridge.errors = [client.NoResponse("events: TimeoutError")]
    assert bus.publish(events(12)) == list(range(12))
    assert bridge.taken == []


def test_a_mistake_of_ours_is_an_error(bridge: Bridge) -> None:
    bridge.errors = [client.ServiceError(400, "AccessDeniedException", {})]
    with pytest.raises(client.ServiceError):
        bus.publish(events(1))
