"""A table restored beside the one in use: as it was at a moment (point-in-time recovery), or from a backup.

A restored table has the items and nothing else, so what the template sets on a table is set here again.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from laurels import keys, tombstones
from local.repair import sources
from local.repair.sources import Clients

_EVERY, _LONGEST = 20, 3 * 24 * 3600  # seconds


class OtherTable(Exception):
    """A table of the wanted name is not the one that is to be restored."""


def restore(
    source: str,
    target: str,
    properties: Mapping[str, Any],
    clients: Clients,
    *,
    at: datetime | None,
    backup: str | None,
) -> str:
    """Restore the table `source` as `target` and wait for it; return the ARN of its stream.

    `backup` is an ARN; without one, `at` is the moment, or None for the latest that can be restored. `properties` are
    those of the table in the template. Repeating it after a failure goes on with the table that it has begun. Raises
    OtherTable for any other one of that name.
    """
    dynamodb = clients("dynamodb")
    try:
        if backup:
            dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=backup)
        else:
            when = {"RestoreDateTime": at} if at else {"UseLatestRestorableTime": True}
            dynamodb.restore_table_to_point_in_time(SourceTableName=source, TargetTableName=target, **when)
    except dynamodb.exceptions.TableAlreadyExistsException:
        found = dynamodb.describe_table(TableName=target)["Table"].get("RestoreSummary", {})
        moment = found.get("RestoreDateTime")
        from_source = found.get("SourceTableArn", "").endswith(f":table/{source}") and at in (None, moment)
        if not (found.get("SourceBackupArn") == backup if backup else from_source):
            origin = f"It was restored as of {moment}." if found else "It was not restored."
            raise OtherTable(f"there is another table named {target} already. {origin}") from None
    wait = {"Delay": _EVERY, "MaxAttempts": _LONGEST // _EVERY}
    dynamodb.get_waiter("table_exists").wait(TableName=target, WaiterConfig=wait)
    return _configure(target, properties, dynamodb, wait)


def _configure(name: str, properties: Mapping[str, Any], dynamodb: Any, wait: Mapping[str, int]) -> str:
    """Set on the table what the template sets; return the ARN of its stream."""
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    table = dynamodb.describe_table(TableName=name)["Table"]
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        dynamodb.update_table(TableName=name, StreamSpecification=stream)
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=wait)
    ttl = properties["TimeToLiveSpecification"]
    now = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("TimeToLiveStatus")
    if now not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    recovery = properties["PointInTimeRecoverySpecification"]
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=bool(properties["DeletionProtectionEnabled"]))
    return str(dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"])


def erased_since(source: str, target: str, clients: Clients) -> Iterator[str]:
    """Yield the users whom the restored table has, and of whom the table in use says that they were erased: their data
    has come back, and must be erased again. TOMBSTONE_SECRET is in the environment."""
    pages = (
        clients("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=source,
            ProjectionExpression="PK",
            FilterExpression="begins_with(PK, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": keys.tombstone("").PK}},
        )
    )
    erased = {item["PK"]["S"] for page in pages for item in page["Items"]}
    for user_id in sorted(sources.users(target, clients)):
        if tombstones.key(user_id).PK in erased:
            yield user_id
