import socket
from pathlib import Path

import pytest

from localcloud.emulator import Emulator
from localcloud.errors import CloudError
from localcloud.https import Certificate
from localcloud.processes import LOOPBACK


@pytest.fixture
def root(tmp_path: Path) -> Path:
    programs = tmp_path / ".local" / "emulator" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").touch()
    return tmp_path


def test_a_taken_port_is_one_sentence_with_the_variable_to_change(root: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CloudError, match=rf"^Port {port} .* DARKROOM_PORT\.$"):
            Emulator(root, root, port=port).start()


def test_without_its_environment_it_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="make setup"):
        Emulator(tmp_path, tmp_path).start()


@pytest.mark.parametrize("line", ["version_info = 3.13.0", "version = 3.13.5.final.0"])
def test_its_python_is_what_its_environment_was_made_with(root: Path, line: str) -> None:
    (root / ".local" / "emulator" / "pyvenv.cfg").write_text(f"home = /usr/bin\n{line}\n")
    assert Emulator(root, root).python_version == "3.13"


def test_functions_see_nothing_of_this_shell(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = Emulator(root, root)._clean(4566, root / "aws")
    assert not {"AWS_PROFILE", "PYTHONPATH"} & set(environment)
    assert environment["BIND_HOST"] == LOOPBACK
    assert environment["HOME"] == environment["TMPDIR"] == str(root / "aws")


def test_with_a_certificate_it_enforces_what_aws_enforces(root: Path) -> None:
    certificate = Certificate(root / "server.crt", root / "server.key")
    enforcing = Emulator(root, root, certificate=certificate)
    environment = enforcing._clean(4566, root / "aws")
    assert (environment["AUTH"], environment["USE_SSL"]) == ("true", "1")
    assert environment["MINISTACK_SSL_CERT"] == str(certificate.certificate)
    assert enforcing.endpoint_url.startswith("https://")
    assert not {"AUTH", "USE_SSL"} & set(Emulator(root, root)._clean(4566, root / "aws"))
