"""Stat updates from a file onto the queue, and what of it cannot go there."""

import json

import pytest
from botocore.exceptions import EndpointConnectionError

from local.demo import stat_updates


class Queue:
    """Takes batches as SQS would, but for the ids it is told to refuse."""

    def __init__(self, refuse=()):
        self.batches = []
        self._refuse = set(refuse)

    def send_message_batch(self, QueueUrl, Entries):  # noqa: N803 (SQS's names)
        assert QueueUrl == "the-queue"
        self.batches.append(Entries)
        return {
            "Successful": [{"Id": each["Id"]} for each in Entries if each["Id"] not in self._refuse],
            "Failed": [
                {"Id": each["Id"], "Code": "InternalError", "Message": "try again"}
                for each in Entries
                if each["Id"] in self._refuse
            ],
        }


def line(event_id, user_id="ada"):
    return json.dumps({"event_id": event_id, "user_id": user_id}) + "\n"


def test_updates_go_in_tens_grouped_by_user_and_named_by_event():
    queue = Queue()
    assert stat_updates.send([line(f"e{n}", f"u{n % 2}") for n in range(23)], "the-queue", queue) == (23, [])
    assert [len(batch) for batch in queue.batches] == [10, 10, 3]
    entry = queue.batches[0][3]
    assert (entry["MessageGroupId"], entry["MessageDeduplicationId"]) == ("u1", "e3")
    assert json.loads(entry["MessageBody"]) == {"event_id": "e3", "user_id": "u1"}


def test_a_line_that_cannot_be_sent_is_named_and_the_others_go():
    lines = [line("a"), "\n", "{nonsense\n", "[]\n", '{"event_id": "b"}\n', line("", "x"), line("c"), line(7)]
    sent, refused = stat_updates.send(lines, "the-queue", Queue())
    assert sent == 2
    assert [number for number, _ in refused] == [3, 4, 5, 6, 8]
    reasons = dict(refused)
    assert reasons[3].startswith("not JSON")
    assert reasons[4] == "not an object"
    assert "user_id" in reasons[5]
    assert "event_id" in reasons[6]


def test_what_the_queue_refuses_is_named_by_its_line():
    sent, refused = stat_updates.send([line("a"), "\n", line("b")], "the-queue", Queue(refuse=["3"]))
    assert (sent, refused) == (1, [(3, "try again")])


def test_a_batch_stays_below_the_size_sqs_takes():
    queue = Queue()
    long = json.dumps({"event_id": "e", "user_id": "u", "text": "x" * 400_000})
    assert stat_updates.send([long] * 5, "the-queue", queue) == (5, [])
    assert [len(batch) for batch in queue.batches] == [2, 2, 1]


def test_a_queue_that_is_gone_is_said_in_one_line():
    class Gone:
        def send_message_batch(self, **_):
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    with pytest.raises(stat_updates.SendError, match="after 0 sent"):
        stat_updates.send([line("a")], "the-queue", Gone())
