"""Runs the emulator, in its own environment; nothing of this project can be imported here.

When a function is updated, the emulator ends the processes that run it, also those in the midst of
an invocation. AWS lets these finish, on the code that they began with, and so it is done here: else
each deploy would look as if machines had failed, and messages would wait until they are handed out
again.
"""

import threading
import time

from ministack import app
from ministack.core import lambda_runtime

LONGEST = 900.0
"""Seconds that an invocation may take at AWS. Of one that broke, nobody says that it is over."""

end_at_once = lambda_runtime.kill_workers


def end_when_idle(workers: list[lambda_runtime.Worker]) -> None:
    """In place of ``kill_workers``: those that are idle end at once, the others when they are done.
    They have left the pool by then, so that no new invocation comes to them."""
    there = [worker for worker in workers if worker is not None]
    busy = [worker for worker in there if worker.in_use]
    end_at_once([worker for worker in there if worker not in busy])
    for worker in busy:
        threading.Thread(target=_end_when_done, args=(worker,), daemon=True).start()


def _end_when_done(worker: lambda_runtime.Worker) -> None:
    deadline = time.monotonic() + LONGEST
    while worker.in_use and _is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    end_at_once([worker])


def _is_alive(worker: lambda_runtime.Worker) -> bool:
    process = worker._proc  # noqa: SLF001 (the emulator has no name for it)
    return process is None or process.poll() is None  # None: it is only being started


if __name__ == "__main__":
    lambda_runtime.kill_workers = end_when_idle
    app.main()
