"""What several of the modules here start from."""

from uuid import UUID, uuid4

import pytest
from aws_lambda_powertools import Logger
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database.connection import Connection, Database
from ingest import chunks
from ingest.ending import Ending
from ingest.ingestion import Ingestion
from ingest.uploads import Uploads
from pipeline.queues import Queue
from tests.ingest_world import API_URL, BUCKET, World


@pytest.fixture
def world(
    *,
    s3: S3Client,
    sqs: SQSClient,
    database: Database,
    connection: Connection,
    tenant_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setattr(chunks, "ROWS", 3)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    names = ("images", "finished", "deliveries", "uploads")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
    return World(
        Ingestion(
            database=database,
            uploads=Uploads(s3, BUCKET),
            images=Queue(sqs, urls["images"]),
            continuations=Queue(sqs, urls["uploads"]),
            ending=Ending(
                finished=Queue(sqs, urls["finished"]),
                deliveries=Queue(sqs, urls["deliveries"]),
                api_url=API_URL,
            ),
            logger=Logger(service=f"ingest-{uuid4()}"),
        ),
        connection,
        tenant_id,
        s3,
        sqs,
        urls,
    )
