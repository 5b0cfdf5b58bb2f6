"""Peer "seed": FastAPI, Mangum, SQLAlchemy and asyncpg on PostgreSQL, the stack that Laurels replaces."""

import os
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Path
from mangum import Mangum
from profile_model import Profile
from pydantic import BaseModel
from sqlalchemy import JSON, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()
engine = create_async_engine(os.environ["DATABASE_URL"])
sessions = async_sessionmaker(engine, expire_on_commit=False)

UserId = Annotated[str, Path(min_length=1, max_length=128)]


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    homeworks_completed: Mapped[int] = mapped_column(default=0)


class StatUpdate(BaseModel):
    event_id: str
    source: str
    occurred_at: datetime
    increments: dict[str, int]


@app.get("/v1/users/{user_id}")
async def get_profile(user_id: UserId) -> Profile:
    async with sessions() as session:
        user = await session.get(User, user_id)
    if user is None:
        raise HTTPException(404)
    return Profile.model_validate(user.profile)


@app.post("/v1/users/{user_id}/stats/updates", status_code=204)
async def count(user_id: UserId, change: StatUpdate) -> None:
    """Count the update. A repeated event is counted again."""
    by = change.increments["homeworks_completed"]
    counted = update(User).where(User.user_id == user_id).values(homeworks_completed=User.homeworks_completed + by)
    async with sessions.begin() as session:
        await session.execute(counted)


handler = Mangum(app, lifespan="off")
