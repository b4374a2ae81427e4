"""An ingest function with everything it touches: real PostgreSQL, moto's S3 and SQS."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import deliveries, jobs
from database.connection import Connection
from ingest.ingestion import Ingestion
from pipeline import keys
from pipeline.job import Job, JobView
from pipeline.messages import IngestUpload
from pipeline.options import ImageOptions, StoreName
from pipeline.states import JobStatus

BUCKET = "uploads"
API_URL = "https://api.example"
HOOK = "https://shop.example/hook"

TABLE = b"".join(
    [
        b"sku,name,image_url\n",
        b'1,Cup,"https://a.example/1.jpg,https://a.example/2.jpg"\n',
        b"2,Jug,https://a.example/1.jpg\n",
        b"3,,https://a.example/3.jpg\n",
        b'4,Pot,"https://a.example/4.jpg|nope|https://a.example/1.jpg"\n',
        b"5,Pan,https://a.example/5.jpg\n",
        b"6,Lid,nope\n",
        b"7,Fork,https://a.example/2.jpg https://a.example/2.jpg\n",
        b"8,Knife,https://a.example/8.jpg\n",
        b"9,Spoon\n",
        b"10,Bowl,https://a.example/10.jpg\n",
    ]
)
ROWS = [[0, 1], [0], [], [2, 3, 0], [4], [], [1, 1], [5], [], [6]]
URLS = [
    "https://a.example/1.jpg",
    "https://a.example/2.jpg",
    "https://a.example/4.jpg",
    "nope",
    "https://a.example/5.jpg",
    "https://a.example/8.jpg",
    "https://a.example/10.jpg",
]
FETCHABLE = {position for position, url in enumerate(URLS) if url != "nope"}


class Killed(BaseException):
    """Stands for the end of a process: nothing in the code catches it."""


@dataclass
class World:
    """An ingest function with everything it touches, and a look at all of it."""

    ingestion: Ingestion
    connection: Connection
    tenant_id: UUID
    s3: S3Client
    sqs: SQSClient
    queues: dict[str, str]

    def upload(
        self, data: bytes, *, webhook_url: str | None = HOOK, store: StoreName | None = None
    ) -> Job:
        job = self.job_without_upload(webhook_url=webhook_url, store=store)
        self.s3.put_object(Bucket=BUCKET, Key=keys.upload(job.job_id), Body=data)
        return job

    def job_without_upload(
        self, *, webhook_url: str | None = None, store: StoreName | None = None
    ) -> Job:
        return jobs.create(
            self.connection,
            tenant_id=self.tenant_id,
            filename="table.csv",
            webhook_url=webhook_url,
            options=ImageOptions(quality=40, store=store),
            upload_lifetime=timedelta(minutes=15),
        )

    def run(self, job: Job, *, remaining: float = 900, **changes: Any) -> None:
        try:
            replace(self.ingestion, **changes).run(
                IngestUpload(job_id=job.job_id), remaining=lambda: remaining
            )
        finally:
            self.check(job)

    def check(self, job: Job) -> None:
        """What holds at every moment, after a crash too."""
        now = self.job(job)
        counts = JobView.of(now, api_url="").images
        assert counts.total == counts.pending + counts.succeeded + counts.failed
        stored = self.images(job)
        assert [position for position, *_ in stored] == list(range(counts.total))
        assert sum(status == "failed" for *_, status in stored) == counts.failed
        assert len(self.rows(job)) == now.rows_total

    def job(self, job: Job) -> Job:
        found = jobs.get(self.connection, job.job_id)
        assert found is not None
        return found

    def rows(self, job: Job) -> list[tuple[int, list[int], str | None]]:
        return self.connection.execute(
            "SELECT row_number, image_positions, error_code FROM csv_rows"
            " WHERE job_id = %s ORDER BY row_number",
            [job.job_id],
        ).fetchall()

    def images(self, job: Job) -> list[tuple[int, str, str]]:
        return self.connection.execute(
            "SELECT position, url, status FROM images WHERE job_id = %s ORDER BY position",
            [job.job_id],
        ).fetchall()

    def events(self, job: Job) -> list[str]:
        return [each.event for each in deliveries.of_job(self.connection, job.job_id)]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=self.queues[queue], MaxNumberOfMessages=10
        ).get("Messages"):
            for message in batch:
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(
                    QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def assert_ingested(self, job: Job, *, doubled: bool = False) -> None:
        """The job is as one undisturbed run leaves it; only messages may be doubled."""
        assert [positions for _, positions, _ in self.rows(job)] == ROWS
        assert [url for _, url, _ in self.images(job)] == URLS
        now = self.job(job)
        assert (now.rows_total, now.rows_rejected, now.images_total) == (10, 3, 7)
        assert now.status == JobStatus.PROCESSING
        assert self.events(job) == ["job.processing"]
        sent = [message["position"] for message in self.messages("images")]
        assert set(sent) == FETCHABLE
        assert doubled or len(sent) == len(FETCHABLE)
