"""A world of its own for each example, over one database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import psycopg
import pytest

pytest.register_assert_rewrite("tests.model.promises", "tests.model.world")

from tests.model.clock import moved  # noqa: E402 (after the line above)
from tests.model.functions import prepare  # noqa: E402
from tests.model.world import LOG, World  # noqa: E402


@pytest.fixture
def new_world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], World]]:
    make = prepare(monkeypatch, database_url)
    with moved(database_url) as clock, psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(LOG)
        with ExitStack() as worlds:
            yield lambda: worlds.enter_context(closing(World(connection, clock, make)))
