"""All that belongs to one campaign, to look at when it is over."""

import re
from dataclasses import dataclass, field

from chaos.client import Client
from chaos.cloudinary import Cloudinary
from chaos.database import DatabaseServer
from chaos.origin import Origin
from chaos.plan import JobPlan, Plan
from chaos.receiver import Receiver
from chaos.sources import ImagePlan
from chaos.tally import Tally
from chaos.wiring import Deployment
from localcloud.stack import Stack

ENDED = {"completed", "rejected", "cancelled", "expired"}
"""Statuses in which a job stays."""


VERSION = re.compile(r"/v\d*/darkroom/[^/]+(?=/)")
ANY_VERSION = "/v/darkroom/TENANT"


def plain(text: str) -> str:
    """The text without what nobody can know beforehand: which of several uploads of an image was
    the one that counted, and the tenant's id. Both are in Cloudinary's addresses."""
    return VERSION.sub(ANY_VERSION, text)


@dataclass(frozen=True)
class Reference:
    """What a picture becomes without faults: the end of its URL, and its bytes' SHA-256."""

    extension: str
    sha256: str


@dataclass
class Campaign:
    """What there is to look at when it is over."""

    plan: Plan
    stack: Stack
    client: Client
    database: DatabaseServer
    deployment: Deployment
    origin: Origin
    receiver: Receiver
    cloudinary: Cloudinary
    tally: Tally
    references: list[Reference] = field(default_factory=list)
    job_ids: dict[int, str] = field(default_factory=dict)
    notices_left: dict[int, int] = field(default_factory=dict)
    moved: float = 0.0
    """Seconds by which time was moved in all."""
    findings: list[str] = field(default_factory=list)
    """What was wrong on the way."""

    def outputs(self, job: JobPlan) -> dict[ImagePlan, str]:
        """The new URL of each image that must succeed, as ``plain`` makes it."""
        if job.store == "cloudinary":
            account = f"{self.cloudinary.prefix}/{self.cloudinary.cloud_name}"
            base = f"{account}/image/upload{ANY_VERSION}"
        else:
            base = f"{self.stack.aws_endpoint_url}/{self.stack.buckets['images']}/images"
        return {
            image: f"{base}/{self.job_ids[job.number]}/{position}"
            f".{self.references[image.picture].extension}"
            for position, image in enumerate(job.images)
            if image.code is None
        }
