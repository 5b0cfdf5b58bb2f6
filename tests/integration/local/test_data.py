"""`python -m local data`, which `make sam-local` starts: where the data listens, and what containers are given."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from laurels import storage
from local.data import containers

ROOT = Path(__file__).resolve().parents[3]
BRIDGE = "127.0.0.2"  # stands for Docker's bridge: an address of this machine that is not 127.0.0.1


def command(folder: Path, **environment: str) -> list[str]:
    """Put a `docker` into the folder whose bridge is BRIDGE; return the command that keeps the data."""
    docker = folder / "docker"
    docker.write_text(f"""#!/bin/sh\necho '[{{"Subnet": "127.0.0.0/30", "Gateway": "{BRIDGE}"}}]'\n""")
    docker.chmod(0o755)
    named = [f"{name}={value}" for name, value in {"PATH": f"{folder}:{os.environ['PATH']}", **environment}.items()]
    return ["env", *named, sys.executable, "-m", "local", "data", "--env-file", str(folder / "sam-env.json")]


def is_listening(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """The environment of each function, while the data is there."""
    folder = tmp_path_factory.mktemp("data")
    with subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Data at ")
        yield json.loads((folder / "sam-env.json").read_text())
        process.terminate()


def test_the_data_listens_where_containers_reach_it_and_nowhere_else(functions: dict[str, dict[str, str]]) -> None:
    (url,) = {environment["AWS_ENDPOINT_URL"] for environment in functions.values()}
    host, port = url.removeprefix("http://").split(":")
    assert (host, is_listening(BRIDGE, int(port)), is_listening("127.0.0.1", int(port))) == (BRIDGE, True, False)
    assert {each["STAT_UPDATES_QUEUE_URL"] for each in functions.values() if "STAT_UPDATES_QUEUE_URL" in each} == {
        f"{url}/000000000000/{functions['SubmitStatUpdate']['STAT_UPDATES_QUEUE_URL'].rpartition('/')[2]}"
    }


def test_upload_forms_work_from_this_machine(
    functions: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in functions["StartAvatarUpload"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    form = storage.upload_form("uploads/avatars/ada/1", "image/png", 100, 60)
    with urllib3.PoolManager() as http:
        fields: Any = {**form.fields, "file": ("a.png", b"a picture")}
        assert http.request("POST", form.url, fields=fields).status == 204


def test_a_port_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with socket.create_server((BRIDGE, 0)) as other:
        port = str(other.getsockname()[1])
        done = subprocess.run(command(tmp_path, DATA_PORT=port), cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (1, f"data: port {port} of {BRIDGE} is in use\n")
    assert not (tmp_path / "sam-env.json").exists()


@pytest.mark.parametrize(
    ("networks", "address"),
    [
        ([{"Subnet": "172.17.0.0/16"}], "172.17.0.1"),
        ([{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.9"}], "172.17.0.9"),
        ([{"Subnet": "fd00::/80", "Gateway": "fd00::1"}, {"Subnet": "10.1.0.0/24"}], "10.1.0.1"),
    ],
)
def test_the_bridge_is_the_gateway_of_the_first_ipv4_network(networks: list[dict[str, str]], address: str) -> None:
    assert containers.gateway(networks) == address


def test_without_a_bridge_of_this_machine_containers_use_the_name_of_docker_desktop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert containers.host() == containers.DESKTOP
    (tmp_path / "docker").write_text("""#!/bin/sh\necho '[{"Subnet": "192.0.2.0/24"}]'\n""")  # nobody's (RFC 5737)
    (tmp_path / "docker").chmod(0o755)
    assert containers.host() == containers.DESKTOP
