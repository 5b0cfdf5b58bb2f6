"""All that the service stores, as plain text that can be compared: the table, the bucket, the queues and the bus."""

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from moto.backends import get_backend

from laurels import attribute_values, clock, idempotency, keys, secrets
from laurels.achievements import earning, held_definitions
from laurels.aws import signing
from laurels.leaderboards import versions
from laurels.privacy import service as privacy
from laurels.standings import codec, in_force
from tests.integration.faults.front import Front

BEGINNING = "2026-11-20T18:22:05.000Z"  # of the samples
ACCOUNT, REGION = "123456789012", "eu-central-1"
Item = dict[str, Any]
Items = dict[tuple[str, str], Item]

_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|\b1[789]\d{8}(\d{3})?\b")
_RANDOM = re.compile(r"facade[0-9a-f]{26}|facade[0-9a-f]{2}")
# What differs with the time: the hash of an ETag, and signatures of forms and URLs.
_DERIVED = re.compile(
    r'(?<="\d-)[0-9a-f]{16}(?=\\?")|(?<="policy":")[^"]+|(?<="x-amz-signature":")[^"]+|(?<="x-amz-date":")[^"]+'
    r"|X-Amz-(Signature|Date)=\w+"
)
_SOON = timedelta(minutes=30)
BEST_EFFORT = {"last_seen_at", "last_activity_at"}  # the authorizer answers without them if they cannot be written


class Stored(NamedTuple):
    """What is stored at one moment. Messages are (queue, body); published are CloudEvents."""

    items: Items
    objects: dict[str, bytes]
    messages: list[tuple[str, str]]
    published: list[str]


class World:
    """The state behind the front, the clock, and the ids that the functions make."""

    def __init__(
        self, front: Front, table: str, bucket: str, urls: Mapping[str, str], patch: pytest.MonkeyPatch
    ) -> None:
        self.front, self._table, self._bucket = front, table, bucket
        self._queues = {url.rpartition("/")[2]: name for name, url in urls.items()}
        self.moment = self._began = clock.moment(BEGINNING)
        self._ids = 0
        patch.setattr(clock, "now", lambda: self.moment)
        for module in (earning, idempotency, privacy):
            patch.setattr(module, "uuid", SimpleNamespace(uuid4=self._id))
        for other in (in_force, versions):
            patch.setattr(other, "uuid4", self._id)

    def _id(self) -> uuid.UUID:
        """Return an id that `text` recognises as random."""
        self._ids += 1
        return uuid.UUID(f"facade{self._ids % 256:02x}{self._ids:024x}")

    def begin(self, moment: datetime) -> None:
        """Begin as a new process: no cache, the first id, and this time."""
        self.moment = self._began = moment
        self._ids = 0
        in_force._held.clear()
        in_force._looked.clear()
        held_definitions._held.clear()
        secrets._held.clear()

    def stored(self) -> Stored:
        return Stored(self._items(), self._objects(), self._messages(), list(self.front.published))

    def restore(self, wanted: Stored) -> None:
        """Make the table and the bucket hold this again, and empty the queues and the bus."""
        now = self._items()
        puts = [item for key, item in wanted.items.items() if now.get(key) != item]
        gone = [{"PK": {"S": key[0]}, "SK": {"S": key[1]}} for key in now if key not in wanted.items]
        changes = [{"PutRequest": {"Item": item}} for item in puts] + [{"DeleteRequest": {"Key": key}} for key in gone]
        for start in range(0, len(changes), 25):
            self._ask("BatchWriteItem", {"RequestItems": {self._table: changes[start : start + 25]}})
        objects = self._objects()
        backend = get_backend("s3")[ACCOUNT]["aws"]
        for name in objects.keys() - wanted.objects.keys():
            backend.delete_object(self._bucket, name)
        for name, body in wanted.objects.items():
            if objects.get(name) != body:
                backend.put_object(self._bucket, name, body)
        for queue in self._backend_queues():
            queue._messages = []
        self.front.published.clear()

    def upload(self, name: str, body: bytes) -> None:
        get_backend("s3")[ACCOUNT]["aws"].put_object(self._bucket, name, body)

    def text(self, stored: Stored) -> list[str]:
        """Return what is stored by its address, without random ids and with all moments of these minutes alike.

        A standard queue and the bus may have a message twice, so their messages are counted once.
        """
        found: Counter[str] = Counter()
        for key, item in stored.items.items():
            if key[1].startswith("IDEMPOTENCY"):  # what it is for, the repetition shows
                continue
            found[self.plain(f"{key[0]} {key[1]}: {_readable(item)}")] += 1
        for name, body in stored.objects.items():
            found[self.plain(f"object {name}: {_readable_object(name, body)}")] += 1
        found.update({self.plain(f"message of {queue}: {body}") for queue, body in set(stored.messages)})
        found.update({self.plain(f"event {event}") for event in stored.published})
        return sorted(f"{line} #{number}" for line, count in found.items() for number in range(count))

    def plain(self, text: str) -> str:
        """Return the text without random ids and signatures, and with all moments of these minutes alike."""
        return _RANDOM.sub("<id>", _TIME.sub(self._time, _DERIVED.sub("<derived>", text)))

    def _time(self, match: re.Match[str]) -> str:
        """Name a time by its distance from now in hours, if it is not of the past."""
        found = match[0]
        if "T" in found:
            moment = datetime.fromisoformat(found)
        else:
            moment = datetime.fromtimestamp(int(found) / (1000 if len(found) == 13 else 1), UTC)
        away = moment - self._began + _SOON
        return f"<{away // timedelta(hours=1)} h>" if timedelta() <= away else found

    def _items(self) -> Items:
        """Read the table past the faults, and without boto3, which takes long to parse it."""
        found: Items = {}
        request: dict[str, Any] = {"TableName": self._table, "ConsistentRead": True}
        while True:
            page = self._ask("Scan", request)
            found |= {(item["PK"]["S"], item["SK"]["S"]): item for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _ask(self, operation: str, request: Mapping[str, Any]) -> Any:
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "content-type": "application/x-amz-json-1.0"}
        at = self.moment.strftime("%Y%m%dT%H%M%SZ")
        url, body = self.front.upstreams["dynamodb"], json.dumps(request).encode()
        signed = signing.sign("dynamodb", "POST", url, headers, body, signing.credentials(), at)
        status, answer, _ = self.front.forward("POST", "/", body, signed)
        assert status == 200, answer
        return json.loads(answer)

    def _objects(self) -> dict[str, bytes]:
        keys = get_backend("s3")[ACCOUNT]["aws"].buckets[self._bucket].keys
        return {name: keys[name].value for name in list(keys)}

    def _backend_queues(self) -> Iterable[Any]:
        found = get_backend("sqs")[ACCOUNT][REGION].queues
        return [found[name] for name in self._queues]

    def _messages(self) -> list[tuple[str, str]]:
        return [
            (self._queues[queue.name], message.body) for queue in self._backend_queues() for message in queue._messages
        ]


def _readable(item: Item) -> str:
    plain = attribute_values.unpack_item(item)
    if plain["PK"].startswith(keys.standings().PK):
        return repr(codec.decode(plain))
    plain = {name: value for name, value in plain.items() if name not in BEST_EFFORT}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, default=bytes.hex)


def _readable_object(name: str, body: bytes) -> str:
    """Return the content of an object; of a file of a board, which is indexed by hashes with its version, the size."""
    is_board = name.startswith(keys.boards_current().partition("/")[0]) and not body.startswith(b"{")
    return f"{len(body)} bytes" if is_board else body.decode("latin-1")
