"""CSVs on their way in and out of S3, by the forms and addresses that clients get."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from mypy_boto3_s3 import S3Client

from api.handler import application
from api.storage import Storage
from finisher.results import PART, Results
from finisher.uploads import Uploads as FinisherUploads
from ingest.uploads import UploadMissing, Uploads
from pipeline import keys
from pipeline.job import Job

CSV = b"name,images\nCup,https://shop.example/a.jpg\n"


def send(storage: Storage, job_id: UUID, content: bytes) -> requests.Response:
    """As a client of the API does."""
    url, fields = storage.presigned_upload(job_id)
    return requests.post(url, data=fields, files={"file": content}, timeout=60)


def job_that_began_with(job_id: UUID, version: str | None) -> Job:
    """As much of a job as reading its upload takes."""
    values: dict[str, Any] = {"job_id": job_id, "source_version": version}
    return Job.model_construct(**values)


def test_a_form_stores_the_file_as_it_is_under_the_job_s_key(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    job_id = uuid4()
    answer = send(storage, job_id, CSV)
    assert answer.status_code == 204, answer.text
    stored = s3.get_object(Bucket=bucket, Key=keys.upload(job_id))
    assert (stored["Body"].read(), stored["ContentType"]) == (CSV, "text/csv")


def test_a_body_that_the_api_took_is_stored_the_same(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    job_id = uuid4()
    storage.put_upload(job_id, CSV)
    stored = s3.get_object(Bucket=bucket, Key=keys.upload(job_id))
    assert (stored["Body"].read(), stored["ContentType"]) == (CSV, "text/csv")


def test_forms_and_downloads_lead_to_the_emulator(storage: Storage, endpoint_url: str) -> None:
    assert storage.origins() == (endpoint_url,)


@pytest.mark.parametrize("storage_url", ["", "http://192.0.2.1:4566"], ids=["the same", "another"])
def test_clients_are_sent_to_where_they_find_s3(
    storage_url: str, bucket: str, endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The api stores by the address that the emulator gave it; clients may have another."""
    settings = {
        "API_URL": "https://api.example",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "UPLOADS_BUCKET": bucket,
        "RESULTS_BUCKET": bucket,
        "IMAGES_BUCKET": bucket,
        "UPLOADS_QUEUE_URL": "https://sqs.example/uploads",
        "DELIVERIES_QUEUE_URL": "https://sqs.example/deliveries",
        "RETENTION_DAYS": "90",
        "STORAGE_URL": storage_url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    application.cache_clear()
    try:
        storage = application()._backend.storage
        storage.put_upload(uuid4(), CSV)
        assert storage.origins() == (storage_url or endpoint_url,)
        assert storage.presigned_upload(uuid4())[0].startswith(storage_url or endpoint_url)
    finally:
        application.cache_clear()


def test_a_download_has_the_name_and_the_type_of_a_result(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    key = keys.result(uuid4())
    Results(s3, bucket).write(key, [CSV])
    answer = requests.get(
        storage.download_url(key, filename="stühle.csv", suffix="result"), timeout=60
    )
    assert (answer.status_code, answer.content) == (200, CSV)
    assert answer.headers["content-type"].lower() == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"stuhle-result.csv\"; filename*=UTF-8''st%C3%BChle-result.csv"
    )


def test_a_large_result_arrives_whole_and_in_its_order(s3: S3Client, bucket: str) -> None:
    key = keys.result(uuid4())
    blocks = [bytes([n]) * (PART // 2) for n in range(5)]
    Results(s3, bucket).write(key, iter(blocks))
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"".join(blocks)


def test_ingest_reads_the_newest_version_or_the_one_that_it_is_told(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    job_id = uuid4()
    storage.put_upload(job_id, b"first")
    uploads = Uploads(s3, bucket)
    first = uploads.find(job_id, None)
    storage.put_upload(job_id, b"the second")
    second = uploads.find(job_id, None)
    assert first.version_id != second.version_id
    assert uploads.find(job_id, first.version_id) == first
    assert (first.size, b"".join(uploads.chunks(first))) == (5, b"first")
    assert (second.size, b"".join(uploads.chunks(second))) == (10, b"the second")


def test_the_finisher_reads_the_version_that_ingest_has_read(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    job_id = uuid4()
    storage.put_upload(job_id, b"first")
    version = Uploads(s3, bucket).find(job_id, None).version_id
    storage.put_upload(job_id, b"the second")
    read = FinisherUploads(s3, bucket).chunks
    assert b"".join(read(job_that_began_with(job_id, version))) == b"first"
    assert b"".join(read(job_that_began_with(job_id, None))) == b"the second"


def test_an_upload_that_never_came_or_was_deleted_is_missing(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    job_id = uuid4()
    with pytest.raises(UploadMissing):
        Uploads(s3, bucket).find(job_id, None)
    storage.put_upload(job_id, CSV)
    s3.delete_object(Bucket=bucket, Key=keys.upload(job_id))
    with pytest.raises(UploadMissing):
        Uploads(s3, bucket).find(job_id, None)
