"""Images that nobody works on: their messages, or the reports of them, were lost."""

import time
from dataclasses import dataclass
from functools import partial

from database import repairs
from database.connection import Connection, Database
from janitor.patience import HOPELESS_AFTER, MESSAGES_KEPT, REPAIRS, STUCK
from pipeline.messages import ProcessImage
from pipeline.queues import Queue

PAGE = 2_000
"""Images claimed and sent at a time."""

SECONDS = 15
"""No new page after this long; the next round goes on."""

GIVEN_UP = 20_000
"""Images failed in one round, a second of work for PostgreSQL."""

JOBS = 100


@dataclass(frozen=True)
class Images:
    """Sends them to the processor again, and fails them in the end."""

    database: Database
    queue: Queue

    def repeat(self) -> int:
        backlog = self.queue.depth()
        claim = partial(repairs.claim_pending_images, patience=STUCK, backlog=backlog, limit=PAGE)
        started = time.monotonic()
        sent = 0
        while time.monotonic() - started < SECONDS:
            claimed = self.database.run(claim)
            if claimed is None:
                break
            job, page = claimed
            sent += self.queue.send(
                ProcessImage(
                    tenant_id=job.tenant_id,
                    job_id=job.job_id,
                    position=each.position,
                    url=each.url,
                    options=job.options,
                    retry=job.retries,
                    product=each.product,
                )
                for each in page
            )
        return sent

    def give_up(self) -> int:
        """A job all of whose images have failed or succeeded is closed by the duty after this."""
        return self.database.run(partial(_give_up, backlog=self.queue.depth()))


def _give_up(connection: Connection, *, backlog: int) -> int:
    hopeless = repairs.hopeless_images(
        connection,
        idle=HOPELESS_AFTER,
        repairs=REPAIRS,
        backlog=backlog,
        longest=MESSAGES_KEPT,
        limit=JOBS,
    )
    failed = 0
    for job_id in hopeless:
        if failed < GIVEN_UP:
            failed += repairs.fail_pending(connection, job_id, limit=GIVEN_UP - failed)
    return failed
