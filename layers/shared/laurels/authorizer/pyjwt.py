"""PyJWT, loaded without the cryptography package where nothing but HS256 is verified.

PyJWT imports cryptography whenever it is installed, about half of the authorizer's start-up; HMAC needs none of it.
"""

import importlib
import sys
from functools import cache
from types import ModuleType


@cache
def library(algorithm: str) -> ModuleType:
    """The `jwt` package, able to verify `algorithm`."""
    if algorithm != "HS256" or "jwt" in sys.modules or "cryptography" in sys.modules:
        return importlib.import_module("jwt")
    sys.modules["cryptography"] = None  # type: ignore[assignment]  # None makes an import fail as if not installed
    try:
        return importlib.import_module("jwt")
    finally:
        # This copy stays ours alone: whoever imports `jwt` later in the same process gets it whole.
        for name in [name for name in sys.modules if name == "cryptography" or name.split(".")[0] == "jwt"]:
            del sys.modules[name]
