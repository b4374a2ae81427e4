"""A local cloud that enforces policies and signatures, as AWS does."""

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from localcloud.cloud import LocalCloud
from localcloud.https import Certificate
from localcloud.processes import LOOPBACK, free_port
from tests.cloud import REACHABLE, ROOT, own_state
from tests.deployed import Api
from tests.local.enforced.roles import Enforced, let_send_in_batches


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return _self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def enforced(certificate: Certificate) -> Iterator[Enforced]:
    """The local stage as it is, on an emulator that refuses what no policy allows."""
    with own_state("enforced") as state:
        cloud = LocalCloud(
            ROOT,
            state=state,
            port=free_port(),
            allowed_networks=REACHABLE,
            certificate=certificate,
        )
        try:
            with pytest.MonkeyPatch.context() as patch:
                for name, value in certificate.environment.items():
                    patch.setenv(name, value)
                stack = cloud.up()
            found = Enforced(stack, certificate)
            let_send_in_batches(found)
            yield found
        finally:
            cloud.down()


@pytest.fixture
def api(enforced: Enforced, certificate: Certificate) -> Api:
    return Api(enforced.stack, verify=str(certificate.certificate))


def _self_signed(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Darkroom's tests")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "server.crt", folder / "server.key")
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made
