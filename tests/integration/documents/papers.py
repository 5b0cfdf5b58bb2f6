"""Resumes and requirements to test with."""

from typing import Any

from documents import (
    batch_delete_requirements,
    batch_delete_resumes,
    create_requirements,
    create_resume,
    delete_requirements,
    delete_resume,
    get_requirements,
    get_resume,
    list_requirements,
    list_resumes,
)
from tests.events import Answer, Handler, call, user

ANNA, BORIS = user("anna"), user("boris")
TEXT = "Анна Петрова\nPython, DynamoDB"
RESUMES: dict[str, Handler] = {
    "create": create_resume.handler,
    "list": list_resumes.handler,
    "get": get_resume.handler,
    "delete": delete_resume.handler,
    "batch": batch_delete_resumes.handler,
}
REQUIREMENTS: dict[str, Handler] = {
    "create": create_requirements.handler,
    "list": list_requirements.handler,
    "get": get_requirements.handler,
    "delete": delete_requirements.handler,
    "batch": batch_delete_requirements.handler,
}
KINDS = {"resume_id": RESUMES, "requirements_id": REQUIREMENTS}


def make(kind: str = "resume_id", caller: dict[str, str] = ANNA, headers: Any = None, **fields: Any) -> Answer:
    """Create a document; `kind` is the name of its id."""
    body = {"text": TEXT} | fields
    return call(KINDS[kind]["create"], caller=caller, body=body, headers=headers)


def made(kind: str = "resume_id", caller: dict[str, str] = ANNA, **fields: Any) -> str:
    """Create a document; return its id."""
    answer = make(kind, caller, **fields)
    assert answer.status == 201, answer.text
    return str(answer.body[kind])


def get(kind: str, document_id: str, caller: dict[str, str] = ANNA) -> Answer:
    return call(KINDS[kind]["get"], path={kind: document_id}, caller=caller)


def listed(kind: str = "resume_id", *, caller: dict[str, str] = ANNA, **query: str) -> Answer:
    return call(KINDS[kind]["list"], caller=caller, query=query)


def ids(kind: str = "resume_id", caller: dict[str, str] = ANNA, **query: str) -> list[str]:
    return [item[kind] for item in listed(kind, caller=caller, **query).body["items"]]


def remove(kind: str, document_id: str, caller: dict[str, str] = ANNA) -> Answer:
    return call(KINDS[kind]["delete"], path={kind: document_id}, caller=caller)


def remove_many(kind: str, chosen: list[str], caller: dict[str, str] = ANNA) -> Answer:
    return call(KINDS[kind]["batch"], caller=caller, body={"ids": chosen})
