"""Where Docker's containers reach this machine."""

import ipaddress
import json
import socket
import subprocess

# Docker Desktop's containers run in a virtual machine, in which this name leads to 127.0.0.1 of this machine.
DESKTOP = "host.docker.internal"
_BRIDGE = ["docker", "network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}"]


def host() -> str:
    """Return this machine's address on the network of Docker's containers, or DESKTOP if it has none."""
    try:
        done = subprocess.run(_BRIDGE, capture_output=True, text=True, timeout=20, check=True)
        found = gateway(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return DESKTOP
    return found if is_own(found) else DESKTOP


def gateway(networks: list[dict[str, str]]) -> str:
    """Return the gateway of the first IPv4 network. Where Docker names none, it is the network's first address. Raises
    ValueError."""
    for each in networks:
        subnet = ipaddress.ip_network(each.get("Subnet", ""))
        if subnet.version == 4:
            return each.get("Gateway") or str(next(subnet.hosts()))
    raise ValueError("Docker's bridge has no IPv4 network")


def is_own(address: str) -> bool:
    """True for an address of this machine, at which servers here can listen."""
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
