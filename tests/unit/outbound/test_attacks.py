"""Each attack by name, against real sockets: a listener on loopback that must never be reached."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from outbound.addresses import parse_networks
from outbound.client import Client
from outbound.transport import tls_context
from pipeline.errors import ImageError, TransientError
from tests.origin import Origin

PICTURE = b"picture" * 1000


class Answers:
    """A resolver that says what it was told, one answer after the other, and counts the asking."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[tuple[str, int]]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(address, port) for address in answer]


@pytest.fixture
def strict() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


@pytest.fixture
def outside() -> Iterator[Origin]:
    """Stands for a public server: loopback's second address, which alone is allowed."""
    with Origin("127.0.0.2") as outside:
        yield outside


def code(client: Client, url: str, seconds: float = 5) -> str:
    try:
        client.fetch(url, seconds=seconds)
    except (ImageError, TransientError) as error:
        return error.code
    pytest.fail("the attack went through")


SPELLINGS = {
    "plain": "127.0.0.1",
    "a name": "localhost",
    "a name with its last dot": "localhost.",
    "short": "127.1",
    "hexadecimal": "0x7f000001",
    "hexadecimal part": "0x7f.1",
    "octal": "0177.0.0.1",
    "one number": "2130706433",
    "nothing": "0",
    "unspecified": "0.0.0.0",
    "full-width digits": "１２７.0.0.1",  # noqa: RUF001 (the attack)
    "circled digits": "①②⑦.0.0.1",
    "percent-encoded": "%31%32%37.0.0.1",
    "IPv6": "[::1]",
    "IPv6 unspecified": "[::]",
    "IPv6 mapped": "[::ffff:127.0.0.1]",
    "IPv6 mapped, hexadecimal": "[::ffff:7f00:1]",
    "IPv6 compatible": "[::127.0.0.1]",
    "IPv6 NAT64": "[64:ff9b::7f00:1]",
    "IPv6 6to4": "[2002:7f00:1::]",
    "IPv6 with a zone": "[fe80::1%25lo]",
}


@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_no_spelling_of_the_machine_itself_is_reached(
    strict: Client, origin: Origin, host: str
) -> None:
    origin.serve("/", PICTURE)
    assert code(strict, f"http://{host}:{origin.port}/") in {
        "blocked_address",
        "invalid_url",
        "unreachable",
    }
    assert origin.connections == set()


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "192.0.0.192"],
)
def test_metadata_services_are_blocked(strict: Client, host: str) -> None:
    assert code(strict, f"http://{host}/latest/meta-data/") == "blocked_address"


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 9200])
def test_other_ports_of_public_hosts_are_blocked(port: int) -> None:
    client = Client(resolver=Answers(["8.8.8.8"]))
    assert code(client, f"http://public.example:{port}/") == "blocked_address"


def test_a_public_name_that_resolves_inwards_is_blocked(origin: Origin) -> None:
    client = Client(resolver=Answers(["127.0.0.1"]))
    assert code(client, origin.url("/", host="inward.example")) == "blocked_address"
    assert code(client, "http://inward.example/") == "blocked_address"
    assert origin.connections == set()


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "//[::ffff:169.254.169.254]/latest/meta-data/",
        "http://10.0.0.1/",
        "http://user:secret@8.8.8.8/",
        "file:///etc/passwd",
        "ftp://8.8.8.8/",
        "http://[::1",
    ],
)
def test_a_redirect_inwards_is_blocked(outside: Origin, origin: Origin, target: str) -> None:
    origin.serve("/secret", b"secret")
    client = Client(allowed=parse_networks("127.0.0.2/32"))
    url = outside.redirect("/", target.format(port=origin.port))
    assert code(client, url) == "blocked_address"
    assert [path for path, _ in outside.seen] == ["/"]
    assert origin.connections == set()
    client.close()


def test_a_name_is_resolved_once_and_the_judged_address_dialled(outside: Origin) -> None:
    """DNS rebinding: a second lookup, were there one, would lead inwards."""
    outside.serve("/", PICTURE)
    resolver = Answers(["127.0.0.2"], ["10.0.0.1"])
    client = Client(allowed=parse_networks("127.0.0.2/32"), resolver=resolver)
    assert client.fetch(outside.url("/", host="rebind.example")).body == PICTURE
    assert resolver.asked == ["rebind.example"]
    client.close()


def test_a_kept_connection_is_not_resolved_again_and_a_new_one_is_judged_anew(
    outside: Origin,
) -> None:
    outside.serve("/", PICTURE)
    resolver = Answers(["127.0.0.2"], ["10.0.0.1"])
    client = Client(allowed=parse_networks("127.0.0.2/32"), resolver=resolver)
    url = outside.url("/", host="rebind.example")
    client.fetch(url)
    client.fetch(url)
    assert len(resolver.asked) == 1
    client.close()
    assert code(client, url) == "blocked_address"


def test_of_mixed_answers_only_the_permitted_are_dialled(outside: Origin) -> None:
    outside.serve("/", PICTURE)
    resolver = Answers(["10.0.0.1", "::1", "127.0.0.1", "127.0.0.2"])
    client = Client(allowed=parse_networks("127.0.0.2/32"), resolver=resolver)
    assert client.fetch(outside.url("/", host="mixed.example"), seconds=2).body == PICTURE
    client.close()


def test_the_next_permitted_address_is_tried_when_one_refuses(origin: Origin) -> None:
    origin.serve("/", PICTURE)
    resolver = Answers(["127.0.0.9", "127.0.0.1"])
    with socket.socket() as unused:
        unused.bind(("127.0.0.9", origin.port))  # taken, but nobody listens
        client = Client(allowed=parse_networks("127.0.0.0/8"), resolver=resolver)
        assert client.fetch(origin.url("/", host="two.example")).body == PICTURE
        client.close()


def test_proxies_of_the_environment_are_not_used(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", origin.url(""))
    monkeypatch.setenv("http_proxy", origin.url(""))
    monkeypatch.setenv("ALL_PROXY", origin.url(""))
    client = Client(resolver=Answers(["10.0.0.1"]))
    assert code(client, "http://inward.example/") == "blocked_address"
    assert origin.connections == set()


def test_credentials_of_a_netrc_are_not_sent(
    client: Client, origin: Origin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.fetch(origin.serve("/", PICTURE))
    assert "authorization" not in origin.seen[0][1]


@pytest.mark.parametrize("name", ["no-such-host.invalid", "no-such-host.invalid."])
def test_a_name_that_does_not_exist_is_final(strict: Client, name: str) -> None:
    with pytest.raises(ImageError) as caught:
        strict.fetch(f"http://{name}/a.jpg")
    assert caught.value.code == "unreachable"


def test_a_resolver_that_is_away_is_tried_again_later() -> None:
    def away(host: str, port: int) -> list[tuple[str, int]]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(TransientError) as caught:
        Client(resolver=away).fetch("http://shop.example/a.jpg")
    assert caught.value.code == "unreachable"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for images.example, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "images.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("images.example")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[Origin, list[str]]]:
    """An origin under TLS, and the server names that its clients asked for."""
    names: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    with Origin("127.0.0.2") as origin:
        origin._server.socket = context.wrap_socket(origin._server.socket, server_side=True)
        yield origin, names


def test_tls_is_made_for_the_name_and_dialled_to_the_address(
    secure: tuple[Origin, list[str]], certificate: Path
) -> None:
    origin, names = secure
    origin.serve("/a.jpg", PICTURE)
    client = Client(
        allowed=parse_networks("127.0.0.2/32"),
        resolver=Answers(["127.0.0.2"]),
        tls=tls_context(str(certificate)),
    )
    for _ in range(2):
        fetched = client.fetch(f"https://images.example:{origin.port}/a.jpg")
        assert fetched.body == PICTURE
    client.close()
    assert names == ["images.example"]
    assert origin.seen[0][1]["host"] == f"images.example:{origin.port}"


@pytest.mark.parametrize("name", ["images.example", "other.example"])
def test_a_certificate_nobody_vouches_for_or_for_another_name_is_final(
    secure: tuple[Origin, list[str]], certificate: Path, name: str
) -> None:
    origin, _ = secure
    trusted = tls_context(str(certificate)) if name == "other.example" else None
    client = Client(
        allowed=parse_networks("127.0.0.0/8"), resolver=Answers(["127.0.0.2"]), tls=trusted
    )
    with pytest.raises(ImageError) as caught:
        client.fetch(f"https://{name}:{origin.port}/a.jpg")
    assert caught.value.code == "unreachable"
    assert "certificate" in caught.value.message


def test_a_handshake_that_never_ends_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = Client(allowed=parse_networks("127.0.0.0/8"))
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/a.jpg"
        assert code(client, url, seconds=0.3) == "timeout"
