"""Looks at the jobs all the time, and sends small ones in between."""

import threading
import time
from types import TracebackType
from typing import Self

from darkroom.errors import CommandError, Unreachable
from localcloud import calls
from localcloud.upgrade.catalogue import Catalogue
from localcloud.upgrade.trial import ENDED, Trial

POLL = 0.5
"""Seconds between two looks at each job."""

SMALL_EVERY = 3.0
"""Seconds between two small jobs: each deploy meets all functions at work."""

SMALL = 6
"""Images of a small job."""

COUNTED = """
    SELECT jobs.job_id::text, jobs.status, images_total, images_succeeded, images_failed,
           counted.*
    FROM jobs LEFT JOIN LATERAL (
        SELECT count(*) AS total,
               count(*) FILTER (WHERE images.status = 'succeeded') AS succeeded,
               count(*) FILTER (WHERE images.status = 'failed') AS failed
        FROM images WHERE images.job_id = jobs.job_id) AS counted ON true
"""


class Watcher(threading.Thread):
    """Works while it is entered."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(daemon=True)
        self._trial = trial
        self._end = threading.Event()
        self._quiet = threading.Event()
        self._done: dict[str, int] = {}

    def rest(self) -> None:
        """Sends no more jobs."""
        self._quiet.set()

    def submit(self, catalogue: Catalogue) -> str:
        """Sends a catalogue as a user does; the job's id."""
        trial = self._trial
        job_id = calls.submit(
            trial.client,
            catalogue.sent(),
            filename=f"{catalogue.name}.csv",
            webhook_url=trial.receiver.url,
        )
        trial.jobs[job_id] = catalogue
        trial.open.add(job_id)
        return job_id

    def run(self) -> None:
        last = time.monotonic()
        number = 0
        while not self._end.wait(POLL):
            try:
                if not self._quiet.is_set() and time.monotonic() - last > SMALL_EVERY:
                    last = time.monotonic()
                    number += 1
                    self.submit(self._small(number))
                self._look()
            except Unreachable as error:
                self._trial.unanswered.append(error.message)
            except CommandError as error:
                self._trial.findings.append(f"the API failed: {error.message}")

    def _small(self, number: int) -> Catalogue:
        """Every other one is rejected, and so needs not wait behind the images of the large job."""
        return Catalogue(
            f"small{number}", SMALL, self._trial.sources.url, is_usable=number % 2 == 0
        )

    def _look(self) -> None:
        trial = self._trial
        began = time.monotonic()
        for job_id in list(trial.open):
            job = trial.client.look(job_id, None).job or {}
            counts = job["images"]
            done = counts["succeeded"] + counts["failed"]
            if counts["total"] != counts["pending"] + done:
                trial.findings.append(f"{job_id} does not add up on its way: {counts}")
            if done < self._done.get(job_id, 0):
                trial.findings.append(f"{job_id} went back to {done} images")
            self._done[job_id] = done
            if job["status"] in ENDED:
                trial.open.discard(job_id)
        for row in trial.rows(COUNTED):
            counters = (row["images_total"], row["images_succeeded"], row["images_failed"])
            counted = (row["total"], row["succeeded"], row["failed"])
            if counters != counted:
                trial.findings.append(f"{row['job_id']} has counted {counters}, of {counted}")
        trial.looks.append(time.monotonic() - began)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end.set()
        self.join()
