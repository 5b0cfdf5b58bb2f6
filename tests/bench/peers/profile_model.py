"""The profile of the peers with a framework: the fields of ours, with pydantic's own checks."""

from datetime import datetime

from pydantic import BaseModel


class SocialLink(BaseModel):
    network: str
    url: str


class Progress(BaseModel):
    total_courses: int = 0
    completed_courses: int = 0
    active_courses: int = 0
    average_grade: float | None = None
    homeworks_completed: int = 0
    tests_passed: int = 0


class Profile(BaseModel):
    user_id: str
    display_name: str
    about: str | None = None
    avatar_url: str | None = None
    social_links: list[SocialLink] = []
    location: str | None = None
    website: str | None = None
    language: str | None = None
    is_verified: bool = False
    is_active: bool = True
    created_at: datetime
    updated_at: datetime
    progress: Progress
    points: int
    achievements_count: int
    phone_number: str | None = None
    last_login_at: datetime | None = None
    last_seen_at: datetime | None = None
