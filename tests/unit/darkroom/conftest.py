from collections.abc import Callable, Iterator

import pytest

from darkroom.app import application
from darkroom.client import Client
from darkroom.target import Target
from darkroom.transport import Transport
from tests.origin import Origin
from tests.unit.darkroom.service import KEY, Ran, Sleeps


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def client(origin: Origin, sleeps: Sleeps) -> Client:
    return Client(Target(origin.url(""), KEY), Transport(sleep=sleeps))


@pytest.fixture
def darkroom(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Ran]:
    """The command line in this process, with the origin as its API; neither stream a terminal."""
    monkeypatch.setenv("DARKROOM_API_URL", origin.url("/"))
    monkeypatch.setenv("DARKROOM_API_KEY", KEY)

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as end:
            application()(list(arguments), prog_name="darkroom")
        out, err = capsysbinary.readouterr()
        return Ran(int(end.value.code or 0), out.decode(), err.decode())

    return run
