"""Outcomes a second from the queue into PostgreSQL, by one consumer and by several."""

import threading
import time
from collections.abc import Sequence
from uuid import UUID

import psycopg

from bench.data_subject import sqs_event
from bench.house import House, check
from bench.tables import Figures, table
from pipeline.messages import ImageFinished, ImagesFinished, OutputImage, SourceImage
from pipeline.states import ImageStatus, JobStatus

CONSUMERS = (1, 4, 10)
MESSAGE = 20
"""Outcomes in a message, as the processor sends them."""
EVENT = 100
"""Messages in an event, as the stage ``prod`` has them."""


def measure(home: House, size: int) -> Figures:
    """The largest job's outcomes, a third of them by each number of consumers."""
    rows, figures = [], Figures()
    share = size // len(CONSUMERS)
    for turn, consumers in enumerate(CONSUMERS):
        end = size if consumers == CONSUMERS[-1] else (turn + 1) * share
        positions = range(turn * share, end)
        rate, waiting = _record(home, home.jobs[size], positions, consumers)
        rows.append((str(consumers), f"{rate:,.0f}", f"{waiting:.0%}"))
        figures[f"recorder_outcomes_per_s_{consumers}"] = rate
    table("Recorder", ("consumers", "outcomes/s", "waiting for locks"), rows)
    check(home, size, JobStatus.FINALIZING)
    return figures | {"recorder_outcomes_per_s": max(figures.values())}


def _record(home: House, job_id: UUID, positions: range, consumers: int) -> tuple[float, float]:
    """Outcomes per second, and the share of their sessions' time spent waiting for locks."""
    bodies = [
        outcomes(job_id, positions[at : at + MESSAGE]) for at in range(0, len(positions), MESSAGE)
    ]
    events = [sqs_event(*bodies[at : at + EVENT]) for at in range(0, len(bodies), EVENT)]
    subjects = [home.function("recorder") for _ in range(consumers)]
    with Sampler(home.database_url) as sampler:
        began = time.perf_counter()
        for number, subject in enumerate(subjects):
            subject.say(events=events[number::consumers])
        for subject in subjects:
            subject.answer()
        wall = time.perf_counter() - began
    for subject in subjects:
        with subject:
            pass
    return len(positions) / wall, sampler.share


def outcomes(job_id: UUID, positions: Sequence[int]) -> str:
    """One message of images that all succeeded."""
    return ImagesFinished(
        outcomes=[
            ImageFinished(
                job_id=job_id,
                position=position,
                status=ImageStatus.SUCCEEDED,
                output_url=f"https://images.example/images/{job_id}/{position}.jpg",
                input=SourceImage(bytes=300_000, width=1600, height=1200, format="jpeg"),
                output=OutputImage(
                    bytes=90_000, width=1600, height=1200, format="jpeg", sha256="ab" * 32
                ),
            )
            for position in positions
        ]
    ).model_dump_json()


class Sampler:
    """Looks every few milliseconds what the recorder's sessions wait for."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._active = self._locked = 0

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def share(self) -> float:
        return self._locked / self._active if self._active else 0.0

    def _look(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._done.wait(0.02):
                active, locked = connection.execute(
                    """
                    SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock')
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'active'
                      AND pid <> pg_backend_pid()
                    """
                ).fetchall()[0]
                self._active += active
                self._locked += locked
