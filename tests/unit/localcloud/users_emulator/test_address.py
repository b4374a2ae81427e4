import socket

import pytest

from localcloud.errors import CloudError
from localcloud.processes import LOOPBACK, free_port
from localcloud.servers import LoopbackServer, Visit
from localcloud.users_emulator import address


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("http://localhost:4566", "http://127.0.0.1:4566"),
        (" http://localhost:4566/ ", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:4570", "http://127.0.0.1:4570"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
    ],
    ids=["unset", "empty", "spaces", "a name", "spaces around", "an address", "without a port"],
)
def test_the_emulator_is_the_one_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, value: str | None, found: str | None
) -> None:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(address.VARIABLE, value)
    assert address.from_environment() == found


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.us-east-1.amazonaws.com",
        "http://s3.amazonaws.com:80",
        "https://s3.cn-north-1.amazonaws.com.cn",
        "https://lambda.eu-west-1.api.aws",
        "https://S3.EU-CENTRAL-1.AMAZONAWS.COM",
    ],
)
def test_aws_itself_is_refused(url: str) -> None:
    with pytest.raises(CloudError, match="which is AWS itself"):
        address.normalised(url)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:4566",
        "4566",
        "ftp://localhost:4566",
        "https://localhost:4566",
        "http://:4566",
        "http://localhost:port",
        "http://localhost:70000",
        "http://localhost:4566/path",
    ],
)
def test_what_is_no_address_is_refused_with_how_one_reads(url: str) -> None:
    with pytest.raises(CloudError, match=r"it must read http://HOST:PORT"):
        address.normalised(url)


def test_a_host_that_there_is_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CloudError, match=r"there is no host emulator\.example"):
        address.normalised("http://emulator.example:4566")


def test_any_answer_is_an_answer() -> None:
    class Refuse(Visit):
        def do_GET(self) -> None:  # noqa: N802 (http.server's name)
            self.answer(404)

    with LoopbackServer(Refuse) as server:
        assert address.answer_failure(server.url) is None
    assert "refused" in str(address.answer_failure(f"http://{LOOPBACK}:{free_port()}"))
