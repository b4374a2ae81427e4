"""Hostile input against the deployed local cloud: tables of named cases, each with its code.

A module ``test_hostile_*.py`` runs one family; its table stands in a module beside it:

- ``tables.py``: whole CSV files
- ``addresses.py``: URLs of images, and where redirects lead
- ``names.py``: hosts whose DNS answers lead inwards, or change between check and dial
- ``transports.py``: servers that lie about a picture; the pictures themselves are those of
  ``tests/unit/imaging/hostile.py``
- ``calls.py``: requests to the API
- ``receivers.py``: webhooks, by their address and by what answers there

To add a case, add an entry to its table: a name that says what is odd, the input, and the code that
it must end in. The name becomes a test. A family sends all its cases at once, in as few jobs as it
can; each test then looks at its own. Whatever the case, the API answers without a 5xx, the job
ends, no row is missing, and an error has a code and a sentence.

Of the machine's own addresses the tests' cloud may reach 127.0.0.1 alone. There stand the servers
that the cases are to reach, ``outside``. On 127.0.0.2, in all its spellings, stands ``inside``, at
the same port, which nothing may reach.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from localcloud.processes import free_port
from localcloud.stack import Stack
from tests.local.hostile import names
from tests.local.hostile.client import Client
from tests.local.hostile.transports import LASTING, PASSING, PICTURE, SILENT
from tests.local.hostile.verdicts import submitted
from tests.origin import Behaviour, Origin, Visit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes two minutes is looked at last, after all other tests of the session."""
    items.sort(key=lambda item: item.path.name == "test_hostile_waiting.py")


@pytest.fixture(scope="session")
def client(stack: Stack) -> Client:
    names.answered(stack)
    return Client(stack)


@pytest.fixture(scope="session")
def outside() -> Iterator[Origin]:
    """Stands for the public web."""
    with Origin() as origin:
        yield origin


@pytest.fixture(scope="session")
def inside(outside: Origin) -> Iterator[Origin]:
    """Stands for what is not public; it must never be visited."""
    with Origin(names.IN, outside.port) as origin:
        yield origin


@dataclass(frozen=True)
class UnderWay:
    """A job whose images are tried again and again. ``names`` are those of its rows."""

    job_id: str
    names: list[str]


@pytest.fixture(scope="session", autouse=True)
def lasting(client: Client, outside: Origin) -> UnderWay:
    """Begins with the first of these tests, whichever it is: it takes two minutes."""
    cells = {
        "nobody listens": f"http://127.0.0.1:{free_port()}/a.jpg",
        "TLS to a plain port": outside.url("/a.jpg").replace("http:", "https:"),
    }
    for n, (name, (behaviour, _)) in enumerate(LASTING.items()):
        cells[f"lasting: {name}"] = outside.on(f"/lasting/{n}", behaviour)
    for n, (name, behaviour) in enumerate(PASSING.items()):
        cells[f"passing: {name}"] = outside.on(f"/passing/{n}", once(behaviour))
    return UnderWay(submitted(client, cells), list(cells))


@pytest.fixture(scope="session")
def silent(client: Client, outside: Origin) -> UnderWay:
    """Begins after the families that process images: those in its batches wait for it."""
    cells = {
        name: outside.on(f"/silent/{n}", once(behaviour))
        for n, (name, behaviour) in enumerate(SILENT.items())
    }
    return UnderWay(submitted(client, cells), list(cells))


def once(behaviour: Behaviour) -> Behaviour:
    """It, and a picture from then on."""
    visits = iter([behaviour])

    def behave(visit: Visit) -> None:
        following = next(visits, None)
        if following is None:
            visit.answer(200, PICTURE)
        else:
            following(visit)

    return behave
