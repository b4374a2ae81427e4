import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from localcloud.errors import CloudError
from localcloud.postgres import Postgres
from localcloud.processes import LOOPBACK


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deeper than a Unix socket's address may be long."""
    return tmp_path_factory.mktemp("deep").joinpath(*["a-rather-long-name"] * 6)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder, durable=False)
    server.start()
    yield server
    server.stop()


def test_any_client_connects_with_the_url(server: Postgres) -> None:
    with psycopg.connect(server.url()) as connection:
        assert connection.info.host == LOOPBACK
        assert connection.info.server_version >= 180000


def test_nobody_connects_without_the_password(server: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="no password"):
        psycopg.connect(server.url(), password="")


def test_starting_again_changes_nothing(folder: Path, server: Postgres) -> None:
    before = server.url()
    Postgres(folder).start()
    assert server.url() == before


def test_a_database_is_made_empty(server: Postgres) -> None:
    with psycopg.connect(server.recreate("sample")) as connection:
        connection.execute("CREATE TABLE things ()")
    with psycopg.connect(server.recreate("sample")) as connection:
        assert connection.execute("SELECT to_regclass('things')").fetchone() == (None,)


def test_a_taken_port_is_one_sentence_with_the_variable_to_change(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CloudError, match=rf"^Port {port} .* DARKROOM_DATABASE_PORT\.$"):
            Postgres(tmp_path, port=port).start()
