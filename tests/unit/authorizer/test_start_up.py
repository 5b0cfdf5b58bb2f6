"""Cold start: the function imports only what the configured algorithm needs."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = ["aws_lambda_powertools", "boto3", "botocore", "cryptography", "pydantic"]


def run(code: str, algorithm: str) -> str:
    """Run code in a new process that can import the function; return what it prints."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("layers/shared", "functions"))
    environment = {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "JWT_ALGORITHM": algorithm,
        "JWT_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tokens",
        "TOMBSTONE_SECRET": "t" * 32,
        "JWKS_URL": "https://auth.example/jwks.json",
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# HS256 is deployed without the layer that holds cryptography: None makes its import fail as if it were not installed.
WITHOUT_CRYPTOGRAPHY = "import sys; sys.modules['cryptography'] = None"

LOADED = f"""
import sys
from authorizer import authorize
assert authorize.handler({{"headers": {{"authorization": "Bearer a.b.c"}}}}, None) == {{"isAuthorized": False}}
print(*sorted({{name.split(".")[0] for name in sys.modules if sys.modules[name]}} & set({HEAVY})))
"""


def test_a_cold_start_loads_no_aws_library() -> None:
    assert run(WITHOUT_CRYPTOGRAPHY + LOADED, "HS256").splitlines()[-1] == ""
    assert run(LOADED, "RS256").splitlines()[-1] == "cryptography"


def test_an_hs256_token_is_verified_without_cryptography() -> None:
    code = """
import time
from authorizer import authorize
from laurels import table
from laurels.aws import client
import jwt
client.call = lambda service, target, request: {"SecretString": "s" * 32}
table.get_many = lambda keys: [None for _ in keys]  # the table holds no user
token = jwt.encode({"sub": "42", "exp": time.time() + 3600}, "s" * 32, algorithm="HS256")
print(authorize.handler({"headers": {"authorization": "Bearer " + token}}, None))
"""
    assert run(WITHOUT_CRYPTOGRAPHY + code, "HS256") == "{'isAuthorized': True, 'context': {'sub': '42'}}\n"
