"""A job as the database holds it, and as the API and the webhooks show it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from pipeline import options
from pipeline.options import ShownOptions, StoredOptions
from pipeline.states import ENDS, JobStatus
from pipeline.tolerant import Open

TOTALS_KNOWN = frozenset(
    {JobStatus.PROCESSING, JobStatus.FINALIZING, JobStatus.COMPLETED, JobStatus.CANCELLED}
)
"""States in which the totals grow no more."""


class Job(BaseModel):
    """One row of the ``jobs`` table. Counts are images and rows; ``*_bytes`` are sums of succeeded
    images."""

    model_config = ConfigDict(frozen=True)

    job_id: UUID
    tenant_id: UUID
    status: Open[JobStatus]
    filename: str | None
    webhook_url: str | None
    options: StoredOptions
    source_version: str | None
    rows_total: int
    rows_rejected: int
    images_total: int
    images_succeeded: int
    images_failed: int
    images_queued: int
    retries: int = 0
    milestone: int = 0
    input_bytes: int
    output_bytes: int
    error_code: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    upload_expires_at: datetime

    @property
    def images_pending(self) -> int:
        return self.images_total - self.images_succeeded - self.images_failed

    @property
    def progress(self) -> float:
        """Share of the images that have their outcome, 0.0-1.0; 0 while the total still grows."""
        if self.status == JobStatus.COMPLETED:
            return 1.0
        if self.status not in TOTALS_KNOWN or not self.images_total:
            return 0.0
        return round((self.images_succeeded + self.images_failed) / self.images_total, 4)

    @property
    def is_active(self) -> bool:
        return self.status not in ENDS


class RowCounts(BaseModel):
    total: int = Field(description="Data rows read so far, rejected ones included.")
    rejected: int


class ImageCounts(BaseModel):
    total: int = Field(description="Distinct image URLs of the accepted rows.")
    pending: int
    succeeded: int
    failed: int


class ByteCounts(BaseModel):
    input: int = Field(description="Bytes fetched, over the images that succeeded.")
    output: int = Field(description="Bytes stored, over the images that succeeded.")


class Problem(BaseModel):
    code: str
    message: str


class JobView(BaseModel):
    """A job's status as the contract has it."""

    job_id: UUID
    status: Open[JobStatus]
    filename: str | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    rows: RowCounts
    images: ImageCounts
    bytes: ByteCounts
    progress: float = Field(ge=0, le=1)
    options: ShownOptions
    webhook_url: str | None
    result_url: str | None = Field(description="Where to get the result CSV, once it exists.")
    error: Problem | None = Field(description="Why the job was rejected.")

    @classmethod
    def of(cls, job: Job, *, api_url: str) -> Self:
        """Shows ``job``, its links below ``api_url``."""
        completed = job.status == JobStatus.COMPLETED
        return cls(
            job_id=job.job_id,
            status=job.status,
            filename=job.filename,
            created_at=job.created_at,
            updated_at=job.updated_at,
            completed_at=job.completed_at,
            rows=RowCounts(total=job.rows_total, rejected=job.rows_rejected),
            images=ImageCounts(
                total=job.images_total,
                pending=job.images_pending,
                succeeded=job.images_succeeded,
                failed=job.images_failed,
            ),
            bytes=ByteCounts(input=job.input_bytes, output=job.output_bytes),
            progress=job.progress,
            options=options.shown(job.options),
            webhook_url=job.webhook_url,
            result_url=f"{api_url}/v1/jobs/{job.job_id}/result" if completed else None,
            error=Problem(code=job.error_code, message=job.error_message or "")
            if job.error_code
            else None,
        )
