"""Peer "fastapi", served by uvicorn: the read of `fastapi_boto3`, and a write as FastAPI's tutorial would do it."""

import os
from datetime import UTC, datetime
from typing import Any

from fastapi import HTTPException
from fastapi_boto3 import app, client, deserializer
from profile_model import Profile
from pydantic import BaseModel, Field


class Change(BaseModel):
    location: str = Field(min_length=1, max_length=100)


@app.patch("/v1/users/{user_id}")
def update_profile(user_id: str, change: Change) -> Profile:
    try:
        answer: dict[str, Any] = client.update_item(
            TableName=os.environ["TABLE_NAME"],
            Key={"PK": {"S": f"USER#{user_id}"}, "SK": {"S": "PROFILE"}},
            UpdateExpression="SET #location = :location, updated_at = :now",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={"#location": "location"},
            ExpressionAttributeValues={
                ":location": {"S": change.location},
                ":now": {"S": datetime.now(UTC).isoformat()},
            },
            ReturnValues="ALL_NEW",
        )
    except client.exceptions.ConditionalCheckFailedException:
        raise HTTPException(404) from None
    item = answer["Attributes"]
    return Profile.model_validate({name: deserializer.deserialize(value) for name, value in item.items()})
