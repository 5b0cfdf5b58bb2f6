"""`make sam-local` with real containers: the API as a client uses it, and each function with its sample event.

`make sam-local-test` runs this module: it takes minutes, and needs Docker with Lambda's image for Python.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from local.data.emulator import free_port
from local.template import loader
from local.tokens import mint
from tests.containers import sam_local
from tests.containers.sam_local import CALL_LIMIT, CREDENTIALS, REGION
from tests.template import project
from tests.template.project import ROOT, FunctionFile

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif("SAM_LOCAL" not in os.environ, reason="no function runs in a container (make sam-local-test)"),
]
SAM = ROOT / ".venv/sam/bin/sam"
TEMPLATE, VARIABLES = ROOT / ".aws-sam/build/local.yaml", ROOT / ".venv/sam-env.json"
DEPLOYED = loader.load(ROOT / "template.yaml").functions  # by the default parameters
FILES = [file for file in project.function_files() if file.resource in DEPLOYED]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `make sam-local`; return the API's address."""
    with sam_local.serving(tmp_path_factory.mktemp("api") / "log") as url:
        yield f"{url}/v1"


def call(url: str, method: str, path: str, token: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    answer = urllib3.request(method, f"{url}{path}", json=body, headers=headers, timeout=CALL_LIMIT, retries=False)
    assert answer.status < 300, (method, path, answer.status, answer.data)
    return json.loads(answer.data) if answer.data else None


def test_clients_use_the_api_and_upload_a_file(api: str) -> None:
    ada, admin = mint("ada"), mint("root", roles=["admin"])
    assert call(api, "PATCH", "/users/me", ada, {"location": "Batumi"})["location"] == "Batumi"
    draft = {"code": "first", "points": 5, "translations": {"en": {"title": "First"}}}
    call(api, "POST", "/achievements", admin, draft)
    assert call(api, "POST", "/users/ada/achievements", admin, {"code": "first"})["points"] == 5
    assert call(api, "GET", "/users/me", ada)["points"] == 5
    form = call(api, "POST", "/users/me/avatar", ada, {"content_type": "image/png", "size": 4})
    # By another process: the form's address is that of Docker's network, which tests may not reach.
    fields = [f"{name}={value}" for name, value in form["fields"].items()]
    upload = ["curl", "-sS", "-w", "%{http_code}", *(f"-F{field}" for field in fields), "-Ffile=1234", form["url"]]
    assert subprocess.run(upload, capture_output=True, text=True, check=True).stdout == "204"
    refused = urllib3.request("GET", f"{api}/users/me", headers={"authorization": "Bearer none"}, timeout=CALL_LIMIT)
    assert refused.status in (401, 403)


@pytest.fixture(scope="module")
def functions(api: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a client of `sam local start-lambda`, which invokes as `sam local invoke` does, but loads the template
    once."""
    assert api
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [str(SAM), "local", "start-lambda", "--template", str(TEMPLATE), "--env-vars", str(VARIABLES)]
    command += ["--port", str(port), "--skip-pull-image", "--add-host", "host.docker.internal:host-gateway"]
    patient = Config(read_timeout=CALL_LIMIT, retries={"total_max_attempts": 1})
    session = boto3.Session(*CREDENTIALS.values(), region_name=REGION)
    with sam_local.started(command, tmp_path_factory.mktemp("functions") / "log", url):
        yield session.client("lambda", endpoint_url=url, config=patient)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_function_answers_its_sample_event(file: FunctionFile, functions: Any) -> None:
    sample = json.dumps(project.sample_of(file)).encode()
    answer = functions.invoke(FunctionName=file.resource, Payload=sample)
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    assert "errorType" not in (payload or {}), payload
    if file in project.endpoint_files():
        assert payload["statusCode"] < 500, payload
