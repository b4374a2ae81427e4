"""One frozen settings value per stage, and the limits that all stages share."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


class SettingsError(Exception):
    """The context names no stage that exists; the message is for the person who typed it."""


S3, CLOUDINARY = STORES = ("s3", "cloudinary")


@dataclass(frozen=True)
class Size:
    """What one function may use: MB of ``memory``, which buys processor time too, and seconds."""

    memory: int
    timeout: int


SIZES = {
    "api": Size(memory=1024, timeout=20),  # API Gateway gives up after 30 s
    "ingest": Size(memory=1769, timeout=900),  # a million rows in one run, on one whole vCPU
    "processor": Size(memory=1769, timeout=180),  # one vCPU for the codecs; a batch of 100 AVIFs
    "recorder": Size(memory=512, timeout=60),  # waits for PostgreSQL, computes next to nothing
    "finisher": Size(memory=1024, timeout=900),  # merges and uploads a million rows
    "notifier": Size(memory=256, timeout=30),  # a batch side by side, 15 s each at most
    "janitor": Size(memory=512, timeout=55),  # done before the next minute's run
    "migrator": Size(memory=512, timeout=300),  # an index on a large table takes minutes
}


@dataclass(frozen=True)
class Concurrency:
    """Invocations at once that each queue may cause; ``None`` leaves it to Lambda.

    What touches the database is bounded by its connections, the others by the account's limit.
    """

    ingest: int | None = None
    processor: int | None = None
    recorder: int | None = None
    finisher: int | None = None
    notifier: int | None = None
    api: int | None = None
    """Reserved, so it needs an account with more than the 10 that a new one starts with."""


@dataclass(frozen=True)
class Instance:
    """The RDS instance: class, storage in GiB at first and at most, days of backups."""

    type: str
    storage: int
    storage_limit: int
    backup_days: int
    multi_az: bool


@dataclass(frozen=True)
class Local:
    """What the local cloud hands over in place of a network and a database of its own."""

    endpoint_url: str
    """Base address of the emulator, no trailing slash."""
    database_url: str
    allowed_networks: str
    """CIDRs, comma-separated, that functions may reach although they are not public."""
    python_version: str
    """Of the emulator's interpreter, which runs the functions: ``3.13``."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage's settings."""

    name: str
    local: Local | None = None
    keep_data: bool
    """Data outlives the stack, and nothing with data in it can be deleted by mistake."""
    instance: Instance
    concurrency: Concurrency
    images_batch: int
    images_window: int
    """Seconds to wait for a fuller batch, whose images hide each other's waiting."""
    outcomes_batch: int
    outcomes_window: int
    """Likewise: larger transactions for a little more delay."""
    requests_per_second: int
    requests_burst: int
    log_days: int
    retention_days: int = 90
    """For a job's rows, upload and result. Its images stay, because catalogues link to them."""
    stores: tuple[str, ...] = ("s3",)
    """Where images are kept, ``s3`` or ``cloudinary`` or both: jobs choose, the first is usual."""
    cloudinary_uploads: int = 10
    """Uploads at once that the Cloudinary account allows, over all processors."""
    alarm_email: str = ""
    contact: str = ""
    """Address in the User-Agent of requests to image sources and webhooks."""

    @property
    def has_cloudinary(self) -> bool:
        return CLOUDINARY in self.stores


_DEV = Stage(
    name="dev",
    keep_data=False,
    instance=Instance("t4g.small", storage=20, storage_limit=50, backup_days=1, multi_az=False),
    concurrency=Concurrency(ingest=2, processor=20, recorder=2, finisher=2, notifier=5),
    images_batch=100,  # docs/benchmarks.md weighs it against what a repeated batch costs
    images_window=1,
    outcomes_batch=100,
    outcomes_window=1,
    requests_per_second=20,
    requests_burst=40,
    log_days=14,
)

STAGES = {
    "local": replace(
        _DEV,
        name="local",
        # Each invocation at once is a process of its own, and starting one takes a second of CPU.
        concurrency=Concurrency(
            ingest=2, processor=max(2, os.cpu_count() or 2), recorder=2, finisher=2, notifier=2
        ),
        images_batch=10,  # the emulator holds neither larger batches nor batching windows
        images_window=0,
        outcomes_batch=10,
        outcomes_window=0,
    ),
    "dev": _DEV,
    "prod": replace(
        _DEV,
        name="prod",
        keep_data=True,
        instance=Instance(
            "m7g.large", storage=100, storage_limit=1000, backup_days=14, multi_az=True
        ),
        # 100 processors turn out some 500 images a second; 5 recorders write ten times as many.
        concurrency=Concurrency(
            ingest=5, processor=100, recorder=5, finisher=5, notifier=20, api=50
        ),
        requests_per_second=200,
        requests_burst=400,
        log_days=90,
    ),
}


def from_context(context: Callable[[str], Any]) -> Stage:
    """The stage that ``-c stage=…`` names, ``dev`` by default, with what else the context gives.

    Args:
        context: looks up one context key; ``None`` where it is not set.

    Raises:
        SettingsError: an unknown stage, or the local one without its emulator and database.
    """
    name = context("stage") or "dev"
    if name not in STAGES:
        raise SettingsError(f"There is no stage {name!r}; choose one of {', '.join(STAGES)}.")
    stage = STAGES[name]
    stage = replace(
        stage,
        alarm_email=context("alarm_email") or stage.alarm_email,
        contact=context("contact") or stage.contact,
    )
    if context("stores"):
        stage = replace(stage, stores=_stores(context("stores")))
    return replace(stage, local=_local(context)) if name == "local" else stage


def _stores(listed: str) -> tuple[str, ...]:
    stores = tuple(listed.split(","))
    if set(stores) - set(STORES) or len(set(stores)) < len(stores):
        raise SettingsError(
            f"There are no stores {listed!r}; list {' and '.join(STORES)}, the usual one first, "
            "with a comma between them."
        )
    return stores


def _local(context: Callable[[str], Any]) -> Local:
    needed = ("endpoint_url", "database_url", "python_version")
    missing = [key for key in needed if not context(key)]
    if missing:
        raise SettingsError(
            f"The stage 'local' needs -c {'=… -c '.join(missing)}=…; `make up` passes them."
        )
    networks = context("allowed_networks")
    return Local(
        endpoint_url=context("endpoint_url").rstrip("/"),
        database_url=context("database_url"),
        allowed_networks="127.0.0.0/8,::1/128" if networks is None else networks,
        python_version=context("python_version"),
    )
