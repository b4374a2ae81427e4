"""Finished jobs that were kept long enough. Their objects in S3 end by the buckets' lifecycle."""

import time
from dataclasses import dataclass
from datetime import timedelta

from database import retention
from database.connection import Connection, Database

ROWS = 5_000
"""Deleted in one transaction, of each table."""

SECONDS = 15
"""No new transaction after this long; the next round goes on."""


@dataclass(frozen=True)
class Retention:
    """``days`` counts from a job's end."""

    database: Database
    days: int

    def delete(self) -> int:
        """Returns how many jobs are gone; a large one takes several rounds."""
        started = time.monotonic()
        gone = 0
        while time.monotonic() - started < SECONDS:
            deleted = self.database.run(self._delete_some)
            if deleted is None:
                break
            gone += deleted.jobs
        return gone

    def _delete_some(self, connection: Connection) -> retention.Deleted | None:
        return retention.delete_some(connection, older_than=timedelta(days=self.days), limit=ROWS)
