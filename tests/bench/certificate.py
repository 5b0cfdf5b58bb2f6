"""A certificate for 127.0.0.1, and CA bundles that contain it besides the authorities trusted on Lambda.

On Lambda every request uses TLS, and reading the bundle is part of a cold start: 20 ms of CPU for the more than one
hundred authorities that boto3 and this machine trust.
"""

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def make(folder: Path) -> tuple[Path, Path]:
    """Write two PEM files into the folder: the server's certificate with its key, and the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    server, own = folder / "server.pem", folder / "own.pem"
    own.write_bytes(certificate)
    server.write_bytes(certificate + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return server, own


def bundle(own: Path, trusted: Path) -> Path:
    """Write the certificates of both files into one file, next to the first, and return its path."""
    made = own.with_name(f"with-{trusted.name}")
    made.write_bytes(own.read_bytes() + trusted.read_bytes())
    return made


def authorities() -> Path:
    """The CA bundle of this machine, or an empty file."""
    return Path(ssl.get_default_verify_paths().cafile or os.devnull)
