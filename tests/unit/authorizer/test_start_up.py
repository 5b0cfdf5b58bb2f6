"""What a new environment loads before it can answer: as little as the configured algorithm allows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HEAVY = ["aws_lambda_powertools", "boto3", "botocore", "cryptography", "pydantic"]


def run(code: str, algorithm: str) -> str:
    """What a new process prints, with the function's code on its path and nothing loaded before."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("layers/shared", "functions"))
    environment = {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "JWT_ALGORITHM": algorithm,
        "JWT_SECRET": "s" * 32,
        "JWKS_URL": "https://auth.example/jwks.json",
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


LOADED = f"""
import sys
from authorizer import authorize
assert authorize.handler({{"headers": {{"authorization": "Bearer a.b.c"}}}}, None) == {{"isAuthorized": False}}
print(*sorted({{name.split(".")[0] for name in sys.modules}} & set({HEAVY})))
"""


@pytest.mark.parametrize(("algorithm", "loaded"), [("HS256", ""), ("RS256", "cryptography"), ("ES256", "cryptography")])
def test_starting_loads_cryptography_only_for_public_keys_and_never_the_aws_libraries(algorithm, loaded):
    assert run(LOADED, algorithm).splitlines()[-1] == loaded


def test_whoever_imports_pyjwt_after_us_gets_it_whole():
    code = """
from authorizer import authorize
import jwt
import cryptography
print(jwt.algorithms.has_crypto, "RS256" in jwt.get_algorithm_by_name.__self__.get_algorithms())
"""
    assert run(code, "HS256") == "True True\n"


def test_a_token_is_verified_without_cryptography():
    code = """
import sys, time
from authorizer import authorize
from laurels.authorizer import pyjwt
jwt = pyjwt.library("HS256")
token = jwt.encode({"sub": "42", "exp": time.time() + 60}, "s" * 32, algorithm="HS256")
print(authorize.handler({"headers": {"authorization": "Bearer " + token}}, None), "cryptography" in sys.modules)
"""
    assert run(code, "HS256") == "{'isAuthorized': True, 'context': {'sub': '42'}} False\n"
