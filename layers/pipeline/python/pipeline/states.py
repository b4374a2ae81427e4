"""Every state of a job, an image and a delivery, and the moves a job may make between them."""

from enum import StrEnum


class JobStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    INGESTING = "ingesting"
    PROCESSING = "processing"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ImageStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class JobEvent(StrEnum):
    """What a webhook can announce."""

    PROCESSING = "job.processing"
    PROGRESS = "job.progress"
    COMPLETED = "job.completed"
    REJECTED = "job.rejected"
    CANCELLED = "job.cancelled"


MOVES: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.AWAITING_UPLOAD: frozenset(
        {JobStatus.INGESTING, JobStatus.REJECTED, JobStatus.EXPIRED, JobStatus.CANCELLED}
    ),
    JobStatus.INGESTING: frozenset({JobStatus.PROCESSING, JobStatus.REJECTED, JobStatus.CANCELLED}),
    JobStatus.PROCESSING: frozenset({JobStatus.FINALIZING, JobStatus.CANCELLED}),
    # Rejected where no row was good, or where the result cannot be written for days: no job stays
    # open for ever. Nothing is left to cancel here.
    JobStatus.FINALIZING: frozenset({JobStatus.COMPLETED, JobStatus.REJECTED}),
    JobStatus.COMPLETED: frozenset({JobStatus.PROCESSING}),  # its failed images are retried
    JobStatus.REJECTED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
    JobStatus.EXPIRED: frozenset(),
}
"""Where a job may go from each state."""

ENDS = frozenset({JobStatus.COMPLETED, JobStatus.REJECTED, JobStatus.CANCELLED, JobStatus.EXPIRED})
"""States in which nothing more happens by itself."""

ACTIVE = frozenset(JobStatus) - ENDS
"""States that a job is still going to leave."""


def sources(target: JobStatus) -> list[JobStatus]:
    """Every state from which a job may move to ``target``, in the order of a job's life."""
    return [status for status, moves in MOVES.items() if target in moves]
