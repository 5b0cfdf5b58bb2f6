"""Peer "fastapi": FastAPI behind Mangum, one GetItem by boto3."""

import os
from typing import Annotated

import boto3
from boto3.dynamodb.types import TypeDeserializer
from fastapi import FastAPI, HTTPException, Path
from mangum import Mangum
from profile_model import Profile

app = FastAPI()
client = boto3.client("dynamodb")
deserializer = TypeDeserializer()


# `async`, because FastAPI runs a plain `def` in a thread, which costs more.
@app.get("/v1/users/{user_id}")
async def get_profile(user_id: Annotated[str, Path(min_length=1, max_length=128)]) -> Profile:
    key = {"PK": {"S": f"USER#{user_id}"}, "SK": {"S": "PROFILE"}}
    item = client.get_item(TableName=os.environ["TABLE_NAME"], Key=key).get("Item")
    if item is None:
        raise HTTPException(404)
    return Profile.model_validate({name: deserializer.deserialize(value) for name, value in item.items()})


handler = Mangum(app, lifespan="off")
