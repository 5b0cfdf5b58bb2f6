"""A stub of DynamoDB and S3 for a platform of many learners: serves their standings and accepts the boards.

    python learners.py USERS OWN [PARTITIONS]     (PYTHONPATH as for the tests); prints its port

OWN is the number of own counters with a board. The users are in the first PARTITIONS partitions (default: all). The
real codec packs the standings, and pages have 1 MB, as DynamoDB's. Some thousands of standings differ, with realistic
scores (many low ones, a few high ones, many ties); further users repeat them under other ids.
What the steps of the state machine write for one another is kept, and can be read.
GET /counted returns the counted requests: {read_units, queries, puts, put_bytes, gets}.
"""

import json
import math
import random
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID
from zlib import crc32

from laurels import clock, days
from laurels.attribute_values import pack_item
from laurels.keys import STANDING_SHARDS
from laurels.standings import rules as standings_rules
from laurels.standings.codec import EVENT_BYTES, encode
from laurels.standings.models import Board, Listing, OwnNumber, Score, Standing, Window
from laurels.standings.models import Counter as Counted
from tests.bench import samples
from tests.integration.recorder import item_size

DISTINCT = 4_000
PAGE = 1024 * 1024
USERS, OWN = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (0, 0)
PARTITIONS = int(sys.argv[3]) if len(sys.argv) > 3 else STANDING_SHARDS
kept: dict[str, bytes] = {}
counted: defaultdict[str, float] = defaultdict(float)


@cache
def made() -> list[tuple[str, int]]:
    """Standings without their keys, each as JSON from the third attribute on, with its billed bytes."""
    draw, now = random.Random(1), datetime.now(UTC)
    found = []
    for _ in range(DISTINCT):
        item = encode(standing(draw, now))
        size = item_size(item)
        del item["PK"], item["SK"]
        found.append((json.dumps(pack_item(item), separators=(",", ":"))[1:], size))
    return found


def standing(draw: random.Random, now: datetime) -> Standing:
    """A random standing: one in thirty is inactive, two in three are active this month, one in three this week."""
    found = Standing("x" * 36, updated_at=clock.epoch_ms(now))
    found.listing = draw.choices([Listing.SHOWN, Listing.ANONYMOUS, Listing.HIDDEN], [90, 8, 2])[0]
    if draw.random() < 1 / 30:
        return found
    found.scores = scores(draw, now, timedelta(days=400))
    found.own = {name: own(draw, now) for name in samples.own_metrics(OWN)}
    found.gains_until = now.date().toordinal()
    if draw.random() < 2 / 3:
        found.month = Window(standings_rules.month_number(now.date()), scores(draw, now, timedelta(days=20)))
        if draw.random() < 1 / 2:
            found.week = Window(standings_rules.week_number(now.date()), scores(draw, now, timedelta(days=5)))
    for kept in (found.activity_days, found.award_days):
        day = now.date() - timedelta(days=draw.randrange(350))
        while day <= now.date():
            days.mark(kept, day)
            day += timedelta(days=1 if draw.random() < 0.8 else draw.randrange(2, 20))
    found.events = [draw.randbytes(EVENT_BYTES) for _ in range(64)]
    found.counters = dict.fromkeys(Counted, found.scores[Board.TESTS].score)
    found.average_grade, found.graded_at = 87.5, clock.epoch_ms(now)
    found.timezone = "Europe/Berlin"
    return found


def scores(draw: random.Random, now: datetime, within: timedelta) -> dict[Board, Score]:
    return {
        board: Score(min(int(draw.paretovariate(1.1)), 100_000), clock.epoch_ms(now - draw.random() * within))
        for board in Standing("").scores
    }


def own(draw: random.Random, now: datetime) -> OwnNumber:
    number = min(int(draw.paretovariate(1.1)), 100_000)
    gains = [number % 60, number % 240, 0, 0]
    reached = clock.epoch_ms(now - draw.random() * timedelta(days=5))
    return OwnNumber(number=number, reached=reached, week=sum(gains), month=sum(gains), gains=gains)


@cache
def members(shard: int) -> list[str]:
    draw = random.Random(shard)
    return sorted(str(UUID(int=draw.getrandbits(128), version=4)) for _ in range(shard, USERS, PARTITIONS))


def query(request: dict[str, Any]) -> str:
    """One page of a partition as JSON, as DynamoDB returns it: all attributes, at most 1 MB of billed bytes."""
    partition = request["ExpressionAttributeValues"][":pk"]["S"]
    after = request.get("ExclusiveStartKey", {}).get("SK", {}).get("S", "").removeprefix("USER#")
    people = members(int(partition.removeprefix("STANDING#")))
    start = people.index(after) + 1 if after else 0
    items, size = [], 0
    for user_id in people[start:]:
        text, billed = made()[crc32(user_id.encode()) % DISTINCT]
        if size + billed > PAGE:
            break
        items.append(f'{{"PK":{{"S":"{partition}"}},"SK":{{"S":"USER#{user_id}"}},{text}')
        size += billed
    counted["read_units"] += math.ceil(size / 4096) / 2
    counted["queries"] += 1
    last = ""
    if start + len(items) < len(people):
        key = {"PK": {"S": partition}, "SK": {"S": f"USER#{people[start + len(items) - 1]}"}}
        last = f',"LastEvaluatedKey":{json.dumps(key)}'
    return f'{{"Count":{len(items)},"Items":[{",".join(items)}]{last}}}'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        content = "{}"
        if self.headers["x-amz-target"].endswith(".Query"):
            content = query(request)
        elif self.headers["x-amz-target"].endswith(".BatchGetItem"):  # what is in force
            (table,), item = request["RequestItems"], samples.in_force(OWN)[0]
            content = json.dumps({"Responses": {table: [pack_item(item)]}})
        self._answer(200, content.encode())

    def do_PUT(self) -> None:
        left = int(self.headers["content-length"])
        counted["puts"] += 1
        counted["put_bytes"] += left
        if "/work/" in self.path or "/runs/" in self.path:
            kept[self.path] = self.rfile.read(left)
            left = 0
        while left:
            left -= len(self.rfile.read(min(left, PAGE)))
        self._answer(200, b"")

    def do_GET(self) -> None:
        if self.path == "/counted":
            self._answer(200, json.dumps(counted).encode())
        elif "?list-type=" in self.path:  # no version before has left files
            self._answer(200, b"<ListBucketResult/>")
        elif self.path in kept:
            counted["gets"] += 1
            first, _, last = self.headers["range"].removeprefix("bytes=").partition("-")
            self._answer(206, kept[self.path][int(first) : int(last) + 1 if last else None])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        if self.command == "POST":
            self.send_header("x-amz-crc32", str(crc32(content)))
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    made()
    for shard in range(PARTITIONS):
        members(shard)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
