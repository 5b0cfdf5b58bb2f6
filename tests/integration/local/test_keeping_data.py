"""Data kept in a folder between two runs of the stack."""

import contextlib
import json
from pathlib import Path

import pytest

from local.data.emulator import EmulatorError
from local.stack import Stack
from tests.integration.local.conftest import TOY


def test_a_stack_finds_the_data_of_the_previous_one(tmp_path: Path) -> None:
    item = {"PK": {"S": "a"}, "SK": {"S": "b"}, "bytes": {"B": b"\x00\xff"}, "number": {"N": "1.5"}}
    keep = tmp_path / "not" / "yet" / "there"
    with contextlib.closing(Stack(TOY, 0, log_path=tmp_path / "1.log", keep=keep)) as stack:
        bucket = stack.application.buckets["Bucket"].id
        stack.clients("dynamodb").put_item(TableName="laurels-Table", Item=item)
        stack.clients("s3").put_object(Bucket=bucket, Key="shown/a b", Body=b"123", ContentType="image/webp")
        stack.clients("sqs").send_message(
            QueueUrl=stack.application.queues["WorkDeadLetters"].url,
            MessageBody="дз",
            MessageGroupId="g",
            MessageDeduplicationId="d",
        )
        secret = stack.clients("secretsmanager").get_secret_value(SecretId="toy/other")["SecretString"]
        with pytest.raises(EmulatorError, match="does another stack have the data"):
            Stack(TOY, 0, log_path=tmp_path / "other.log", keep=keep)
    with contextlib.closing(Stack(TOY, 0, log_path=tmp_path / "2.log", keep=keep)) as stack:
        assert stack.clients("dynamodb").scan(TableName="laurels-Table")["Items"] == [item]
        found = stack.clients("s3").get_object(Bucket=bucket, Key="shown/a b")
        assert (found["Body"].read(), found["ContentType"]) == (b"123", "image/webp")
        assert {queue["name"]: queue["waiting"] for queue in stack.queues()}["WorkDeadLetters"] == 1
        assert stack.clients("secretsmanager").get_secret_value(SecretId="toy/other")["SecretString"] == secret


def test_a_stack_that_keeps_its_data_ends_when_its_streams_are_processed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")  # the table is in the stack's own data plane
    journal = tmp_path / "journal"
    journal_at = {"Journal": str(journal)}
    with contextlib.closing(
        Stack(TOY, 0, parameters=journal_at, log_path=tmp_path / "log", keep=tmp_path / "kept")
    ) as stack:
        for number in range(100):
            item = {"PK": {"S": "seen-x"}, "SK": {"S": str(number)}}
            stack.clients("dynamodb").put_item(TableName="laurels-Table", Item=item)
    batches = [json.loads(line)["Records"] for line in journal.read_text().splitlines()]
    seen = [record["dynamodb"]["Keys"]["SK"]["S"] for records in batches for record in records]
    assert seen == [str(number) for number in range(100)]
