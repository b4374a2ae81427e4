"""All that belongs to one trial, to look at when it is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from darkroom.client import Client
from localcloud.demo.receiver import Receiver
from localcloud.stack import Stack
from localcloud.upgrade.catalogue import Catalogue
from localcloud.upgrade.sources import Sources

Row = dict[str, Any]

ENDED = {"completed", "rejected", "cancelled", "expired"}


@dataclass(frozen=True)
class Deploy:
    """One deploy: of what, its seconds, and for how many messages were held back around it."""

    version: str
    seconds: float
    held: float


@dataclass
class Trial:
    """Jobs and deploys of one trial."""

    stack: Stack
    client: Client
    sources: Sources
    receiver: Receiver
    log: Path
    """Of the emulator, which has those of all functions."""
    jobs: dict[str, Catalogue] = field(default_factory=dict)
    """By id."""
    open: set[str] = field(default_factory=set)
    """Those of them that have not ended yet."""
    deploys: list[Deploy] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    """Seconds that each look at all open jobs took."""
    unanswered: list[str] = field(default_factory=list)
    """Requests to the API that got no answer in time."""
    findings: list[str] = field(default_factory=list)
    """What was wrong on the way."""

    def rows(self, query: str, *arguments: object) -> list[Row]:
        """What the database answers."""
        with self._connected() as connection:
            return connection.execute(query, arguments).fetchall()

    @property
    def mean_look(self) -> float:
        return sum(self.looks) / max(1, len(self.looks))

    def outcomes(self) -> int:
        """Images that have their outcome, of all jobs."""
        query = "SELECT coalesce(sum(images_succeeded + images_failed), 0) AS ended FROM jobs"
        return int(self.rows(query)[0]["ended"])

    @contextmanager
    def _connected(self) -> Iterator["psycopg.Connection[Row]"]:
        url = self.stack.database_url
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            yield connection
