"""A check for Schemathesis: what was created can be found.

Its own check of this kind passes over every request that has a parameter which no link sets, such as `If-None-Match`.
"""

from typing import Any

import schemathesis


@schemathesis.check
def created_resources_are_available(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Fail for a 404 to a request for what the request before it created."""
    creation = ctx.internals.find_parent(case_id=case.id)
    if response.status_code != 404 or creation is None or _may_be_gone(creation):
        return
    created = ctx.internals.find_response(case_id=creation.id)
    if created is None or created.status_code not in (201, 202) or not _uses(case, creation, created.json()):
        return
    others = ctx.internals.find_related(case_id=case.id)
    if not any(other.method == "DELETE" or other.path.endswith("/batch-delete") for other in others):
        raise AssertionError(f"{case.operation.label} does not find what {creation.operation.label} has created.")


def _may_be_gone(creation: schemathesis.Case[Any]) -> bool:
    """True for a create under an `Idempotency-Key`, which may repeat the response of one whose resource was deleted
    since, and for a session: a service may register it, and its user alone may see and revoke it."""
    return "Idempotency-Key" in creation.headers or creation.operation.definition.raw["operationId"] == "create_session"


def _uses(case: schemathesis.Case[Any], creation: schemathesis.Case[Any], created: dict[str, object]) -> bool:
    """True if the path of a request is below that of a create, with the same parameters and those that it returned."""
    known = created | creation.path_parameters
    return case.operation.path.startswith(f"{creation.operation.path}/") and all(
        known.get(name) == value for name, value in case.path_parameters.items()
    )
