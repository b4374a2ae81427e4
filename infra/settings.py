"""One frozen settings value per stage, and the limits that all stages share.

What an operator may choose without a change of this file is read by ``infra/context.py``.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


class SettingsError(Exception):
    """The settings cannot be deployed; the message is for the person who typed them."""


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

    What touches the database is bounded by its connections, the others by the account's limit,
    to which ``infra/concurrency.py`` fits them.
    """

    ingest: int | None = None
    processor: int | None = None
    recorder: int | None = None
    finisher: int | None = None
    notifier: int | None = None
    api: int | None = None
    """Reserved: nothing else can take these from the api. Accounts with few have none reserved."""


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
    platform: str = ""
    """What runs the functions, as uv names it; this machine if empty."""
    api_url: str = ""
    """Address of an HTTP API there, with ``{id}`` in place of the API's id; the usual if empty."""
    storage_url: str = ""
    """Where clients find S3, if not where functions do."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage's settings."""

    name: str
    local: Local | None = None
    keep_data: bool
    """Data outlives the stack, and nothing with data in it can be deleted by mistake."""
    first_deploy: bool = False
    """The stack does not exist yet, or never came up. It is deployed without what protects it from
    deletion, because a protected stack that fails can be neither rolled back nor repeated. The
    deploy after it switches the protection on."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """What the operator chose, by its name in the context; an output of the stack repeats it, so
    that the next deploy can choose the same."""
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
    images_domain: str = ""
    """Host name of the images' URLs, ``images.example.com``. Without one they have CloudFront's."""
    images_certificate: str = ""
    """ARN of the certificate for ``images_domain``, in us-east-1, where CloudFront looks."""
    availability_zones: tuple[str, ...] = ()
    """Two names, for accounts whose first two zones lack something; otherwise AWS's first two."""

    @property
    def has_cloudinary(self) -> bool:
        return CLOUDINARY in self.stores

    @property
    def is_protected(self) -> bool:
        """Neither the stack nor its database can be deleted before somebody lifts that."""
        return self.keep_data and not self.first_deploy


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
