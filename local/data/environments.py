"""The environment of each function."""

import functools
from collections.abc import Callable

from local.data import stores
from local.template.application import Application


def environments(
    application: Application, clients: stores.Clients, unresolved: Callable[[str], None] | None = None
) -> dict[str, dict[str, str]]:
    """Return each function's environment with its secrets resolved, and the address of AWS.

    Unresolved references raise DataPlaneError, or are passed to `unresolved` and left as they are.
    """

    @functools.cache
    def resolved(text: str) -> str:
        try:
            return stores.resolve(text, application, clients)
        except stores.DataPlaneError as reason:
            if unresolved is None:
                raise
            unresolved(str(reason))
            return text

    here = {"AWS_ENDPOINT_URL": clients.endpoint_url} if clients.endpoint_url else {}
    return {
        name: here
        | {key: resolved(value) if "{{resolve:" in value else value for key, value in function.environment.items()}
        for name, function in application.functions.items()
    }
