"""Deploys the last release, this one over it, and back, while jobs run."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from localcloud import calls, releases
from localcloud.cloud import LocalCloud
from localcloud.demo.receiver import Receiver
from localcloud.errors import CloudError
from localcloud.processes import free_port
from localcloud.upgrade import handover, promises, waits
from localcloud.upgrade.catalogue import Catalogue
from localcloud.upgrade.sources import Sources
from localcloud.upgrade.trial import Deploy, Trial
from localcloud.upgrade.watching import Watcher

THIS, LAST = "this release", "the last one"
FORTH_AND_BACK = (THIS, LAST)
ORDER = (*FORTH_AND_BACK, THIS)
"""What is deployed over the last release: forth, back, and forth again."""

PATIENCE = 300.0
"""Seconds, and half a second more for each image, until the trial counts as stuck."""

IMAGES = 2_000
POLL = 0.2


def upgrade(root: Path, state: Path, images: int, say: Callable[[str], None]) -> int:
    """A trial for a person at a terminal; the exit code."""
    began = time.monotonic()
    with run(root, state, images=images, say=say) as trial:
        found = list(promises.breaches(trial))
        say(f"\n{summary(trial, time.monotonic() - began)}")
    for breach in found:
        say(f"BREACH: {breach}")
    say(f"\nPromises were broken: {len(found)}." if found else "\nEvery promise was kept.")
    return 1 if found else 0


def summary(trial: Trial, seconds: float) -> str:
    """What was done, and how long messages waited."""
    images = sum(catalogue.images for catalogue in trial.jobs.values())
    deploys = ", ".join(
        f"{each.version} in {each.seconds:.0f} s, messages held for {each.held:.0f}"
        for each in trial.deploys
    )
    longest = ", ".join(f"{queue} {wait:.1f}" for queue, wait in waits.longest(trial).items())
    return (
        f"{images:,} images in {len(trial.jobs)} jobs, {seconds:.0f} s; "
        f"{len(trial.looks)} looks at the jobs, {trial.mean_look:.1f} s each.\n"
        f"Deployed: {deploys}.\n"
        f"Longest waits in seconds: {longest}."
    )


@contextmanager
def run(
    root: Path,
    state: Path,
    *,
    images: int,
    say: Callable[[str], None],
    order: Sequence[str] = ORDER,
) -> Iterator[Trial]:
    """Plays a trial on a local cloud of its own, which is there until the block ends.

    Args:
        state: the cloud's folder.
        images: of the job that outlives the deploys; at least some hundred.
        say: told what happens, a line at a time.
        order: what is deployed over the last release, one after the other.

    Raises:
        CloudError: it did not come to its end.
    """
    last = releases.last(root)
    port = free_port()
    # One cloud: what runs is remembered in its folder, whoever deploys onto it.
    clouds = {
        THIS: LocalCloud(root, state=state, port=port),
        LAST: LocalCloud(releases.checkout(root, last), state=state, port=port),
    }
    try:
        say(f"Deploying the last release, {last.version} …")
        stack = clouds[LAST].up()
        clouds[THIS].synthesise()
        client = calls.client(stack)
        secret = client.webhook_secret()["secret"]
        with Sources() as sources, Receiver(secret, lambda _: None) as receiver:
            trial = Trial(stack, client, sources, receiver, log=state / "emulator.log")
            with Watcher(trial) as watcher:
                for which in order:
                    _run_large_job(trial, watcher, images, images // (len(order) + 1))
                    say(f"Deploying {which}; {trial.outcomes():,} images have their outcome …")
                    _deploy(trial, which, clouds[which])
                watcher.rest()
                sources.hurry(2**31)
                _settle(trial, images)
            yield trial
    finally:
        clouds[THIS].down()


def _run_large_job(trial: Trial, watcher: Watcher, images: int, share: int) -> None:
    """Sees to it that a large job is in the midst of its work, and goes on for a while."""
    running = [job_id for job_id in trial.open if trial.jobs[job_id].images == images]
    if not running:
        name = f"large{len(trial.deploys)}"
        watcher.submit(Catalogue(name, images, trial.sources.url))
    trial.sources.hurry(share)
    goal = trial.outcomes() + share
    _until(lambda: trial.outcomes() >= goal, images, "the large job is stuck")


def _deploy(trial: Trial, which: str, cloud: LocalCloud) -> None:
    """Deploys while messages wait on every queue."""
    holding = time.monotonic()
    with handover.held(trial.stack):
        began, before = time.monotonic(), trial.outcomes()
        cloud.up()
        seconds = time.monotonic() - began
    held = time.monotonic() - holding
    _until(lambda: trial.outcomes() > before, 0, "no image had its outcome after a deploy")
    trial.deploys.append(Deploy(which, seconds, held))


def _settle(trial: Trial, images: int) -> None:
    _until(lambda: not trial.open, images, "not every job ended")
    pending = "SELECT FROM deliveries WHERE status = 'pending'"
    _until(lambda: not trial.rows(pending), images, "not every webhook was delivered")


def _until(reached: Callable[[], bool], images: int, otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE + images / 2
    while not reached():
        if time.monotonic() > deadline:
            raise CloudError(f"The trial did not come to its end: {otherwise}.")
        time.sleep(POLL)
