"""The bucket and the table in memory, so that thousands of reads and hundreds of runs take seconds.

They replace the calls behind `storage` and `table`, and keep their promises: an object is replaced whole.
"""

from typing import Any

import pytest

from laurels import keys, storage, table
from laurels.attribute_values import pack_item, unpack_item


class Shelf:
    """`standings` are the items of all standings (as `standings.codec` makes them), `boards` those of the partition
    BOARDS by sort key; there are no profiles."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.standings: list[dict[str, Any]] = []
        self.in_force: dict[str, Any] = {}  # the item with the definitions of own metrics
        self.boards: dict[str, dict[str, Any]] = {}

    def put(self, name: str, body: bytes, _content_type: str = "") -> None:
        self.objects[name] = body

    def get(self, name: str, start: int = 0, length: int | None = None) -> bytes | None:
        body = self.objects.get(name)
        return None if body is None else body[start:] if length is None else body[start : start + length]

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.objects if name.startswith(prefix))

    def join(self, name: str, parts: list[str], end: bytearray) -> None:
        self.objects[name] = b"".join([*(self.objects[part] for part in parts), end])

    def delete(self, names: list[str]) -> None:
        for name in names:
            self.objects.pop(name, None)

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        match operation:
            case "query":
                partition = request["ExpressionAttributeValues"][":pk"]["S"]
                if partition == keys.boards_lock().PK:
                    return {"Items": [item for key, item in self.boards.items() if key != keys.boards_lock().SK]}
                return {"Items": [pack_item(item) for item in self.standings if item["PK"] == partition]}
            case "batch_get_item":
                (table_name, asked), *_ = request["RequestItems"].items()
                wanted = pack_item(keys.criteria()._asdict()) in asked["Keys"]
                return {"Responses": {table_name: [pack_item(self.in_force)] if wanted and self.in_force else []}}
            case "get_item":
                lock = self.boards.get(request["Key"]["SK"]["S"])
                return {"Item": lock} if lock else {}
            case "put_item":
                self._put_item(request["Item"])
                return {}
            case "delete_item":
                self.boards.pop(request["Key"]["SK"]["S"], None)
                return {}
        raise AssertionError(f"Shelf.call does not support {operation}: add it to {__file__}")

    def _put_item(self, item: dict[str, Any]) -> None:
        assert item["PK"]["S"] == keys.boards_lock().PK
        stored = self.boards.get(item["SK"]["S"])
        is_mark = item["SK"]["S"] != keys.boards_lock().SK
        if is_mark and stored and int(stored["until"]["N"]) >= int(item["until"]["N"]):
            raise table.ConditionFailed(unpack_item(stored))
        self.boards[item["SK"]["S"]] = item


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()
    for name in ("put", "get", "names", "join", "delete"):
        monkeypatch.setattr(storage, name, getattr(shelf, name))
    monkeypatch.setattr(table, "_call", shelf.call)  # private: the one place where all functions of `table` meet
    monkeypatch.setenv("TABLE_NAME", "laurels")
    monkeypatch.setenv("TOMBSTONE_SECRET", "a secret of the tests")
    return shelf
