"""Peer "floor": a plain handler and one GetItem by boto3. It validates nothing; no framework can cost less."""

import json
import os
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

client = boto3.client("dynamodb")
deserializer = TypeDeserializer()

FIELDS = (
    "user_id", "display_name", "about", "avatar_url", "social_links", "location", "website", "language",
    "is_verified", "is_active", "created_at", "updated_at", "progress", "points", "achievements_count",
    "phone_number", "last_login_at", "last_seen_at",
)  # fmt: skip


def handler(event: Any, _context: Any) -> Any:
    user_id = event["pathParameters"]["user_id"]
    key = {"PK": {"S": f"USER#{user_id}"}, "SK": {"S": "PROFILE"}}
    item = client.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]
    profile = {name: deserializer.deserialize(item[name]) for name in FIELDS if name in item}
    body = json.dumps(profile, default=_number, ensure_ascii=False)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
