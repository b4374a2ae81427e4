"""Every S3 key and every name at Cloudinary, built and read in this one place."""

from urllib.parse import unquote_plus
from uuid import UUID

UPLOADS = "uploads/"
RESULTS = "results/"
IMAGES = "images/"
CANCELLED = "cancelled/"
CLOUDINARY = "darkroom"


def upload(job_id: UUID) -> str:
    """The CSV as the user sent it."""
    return f"{UPLOADS}{job_id}.csv"


def result(job_id: UUID, retries: int = 0) -> str:
    """The CSV with the new URLs. A retried job has another one, so that a finisher that is late
    cannot overwrite it."""
    return f"{RESULTS}{job_id}{_retried(retries)}.csv"


def failures(job_id: UUID, retries: int = 0) -> str:
    """The CSV of the rows that failed."""
    return f"{RESULTS}{job_id}{_retried(retries)}-failures.csv"


def image(job_id: UUID, position: int, extension: str) -> str:
    """A compressed image. The same image of the same job always has the same key, so a repeated
    message overwrites instead of adding."""
    return f"{IMAGES}{job_id}/{position}.{extension}"


def folder(tenant_id: UUID, job_id: UUID) -> str:
    """Where a job's images lie at Cloudinary. Everything of a tenant is below one folder."""
    return f"{CLOUDINARY}/{tenant_id}/{job_id}"


def public_id(tenant_id: UUID, job_id: UUID, position: int) -> str:
    """What Cloudinary calls an image; it appends the extension itself. As with ``image``, always
    the same."""
    return f"{folder(tenant_id, job_id)}/{position}"


def cancelled(job_id: UUID) -> str:
    """An empty object beside the images: the processor, which knows no database, is to drop what is
    left of the job."""
    return f"{CANCELLED}{job_id}"


def _retried(retries: int) -> str:
    return f"-{retries}" if retries else ""


def job_of_upload(notified_key: str) -> UUID:
    """The job that an S3 notification speaks of.

    Args:
        notified_key: the key as the notification has it, URL-encoded.

    Raises:
        ValueError: not a key that ``upload`` makes.
    """
    key = unquote_plus(notified_key)
    if not (key.startswith(UPLOADS) and key.endswith(".csv")):
        raise ValueError(f"not an upload key: {key!r}")
    return UUID(key.removeprefix(UPLOADS).removesuffix(".csv"))
