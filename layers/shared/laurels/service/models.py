"""The service's own responses."""

from laurels.fields import Shape, Time


class Root(Shape):
    name: str
    version: str
    links: dict[str, str]


class Health(Shape):
    status: str
    time: Time
