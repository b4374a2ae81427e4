"""The processor function of a stage with an account at Cloudinary, whose stand-in it uploads to."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from pipeline.messages import ImageFinished
from pipeline.states import ImageStatus
from processor import handler as entry
from tests.cloudinary_server import CloudinaryServer
from tests.origin import Origin
from tests.pictures import encoded, opened, photo
from tests.processor_events import BUCKET, JOB, TENANT, URL, Cloud, run, visibility_of

PICTURE = encoded(photo(), "PNG")


@pytest.fixture
def cloudinary() -> Iterator[CloudinaryServer]:
    with CloudinaryServer() as server:
        yield server


@pytest.fixture
def cloud(
    s3: S3Client, sqs: SQSClient, cloudinary: CloudinaryServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    cloud = Cloud(s3, sqs)
    secret = boto3.client("secretsmanager").create_secret(
        Name="cloudinary", SecretString=cloudinary.url
    )
    environment = {
        **cloud.environment,
        "STORES": "cloudinary,s3",
        "CLOUDINARY_SECRET_ARN": secret["ARN"],
        "CLOUDINARY_UPLOADS": "3",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    entry.batch.cache_clear()
    yield cloud
    entry.batch.cache_clear()


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def failed(outcome: ImageFinished) -> tuple[str, str]:
    assert outcome.error is not None
    return outcome.error.code, outcome.error.message


def fill_in(url: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="cloudinary", SecretString=url)


@pytest.mark.parametrize(
    "options", [{}, {"store": "cloudinary"}], ids=["usual store", "store named"]
)
def test_an_image_goes_to_the_account_and_its_address_is_reported(
    cloud: Cloud, origin: Origin, cloudinary: CloudinaryServer, options: dict[str, Any]
) -> None:
    assert run(cloud.event(origin.serve("/a.png", PICTURE), **options)) == []
    outcome = cloud.finished()[0]
    assert outcome.status == ImageStatus.SUCCEEDED
    assert outcome.output_url is not None
    assert outcome.output is not None
    stored = requests.get(outcome.output_url, timeout=30).content
    assert (len(stored), opened(stored).format) == (outcome.output.bytes, "JPEG")
    assert list(cloudinary.assets) == [f"darkroom/{TENANT}/{JOB}/0"]
    assert "Contents" not in cloud.s3.list_objects_v2(Bucket=BUCKET)


def test_a_job_that_chose_s3_stays_there(
    cloud: Cloud, origin: Origin, cloudinary: CloudinaryServer
) -> None:
    run(cloud.event(origin.serve("/a.png", PICTURE), store="s3"))
    assert cloud.finished()[0].output_url == f"{URL}/images/{JOB}/0.jpg"
    assert cloudinary.requests == 0


def test_a_batch_keeps_to_the_uploads_that_it_may_have_at_once(
    cloud: Cloud, origin: Origin, cloudinary: CloudinaryServer
) -> None:
    urls = [origin.serve(f"/{n}.png", PICTURE) for n in range(20)]
    assert run(cloud.event(*urls)) == []
    assert len(cloudinary.assets) == 20
    assert cloudinary.peak <= 3


def test_a_repeated_message_overwrites(
    cloud: Cloud, origin: Origin, cloudinary: CloudinaryServer
) -> None:
    event = cloud.event(origin.serve("/a.png", PICTURE))
    run(event)
    run(event)
    assert (len(cloudinary.uploads), len(cloudinary.assets)) == (2, 1)


def test_wrong_credentials_fail_images_at_once_and_unfetched_until_they_are_mended(
    cloud: Cloud, origin: Origin, cloudinary: CloudinaryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = origin.serve("/a.png", PICTURE)
    fill_in("cloudinary://key:wrong@shop?upload_prefix=" + cloudinary.prefix)
    assert run(cloud.event(url)) == []
    told = "storage_error", "Cloudinary does not accept this installation's credentials."
    assert failed(cloud.finished()[0]) == told
    assert run(cloud.event(url, url)) == []
    assert [failed(each) for each in cloud.finished().values()] == [told, told]
    assert (cloudinary.requests, len(origin.seen)) == (1, 1)

    fill_in(cloudinary.url)
    monkeypatch.setattr("imaging.stores.cloudinary.store.BELIEVED", 0.0)
    store = entry.batch().processor._stores.named(None)
    store._refusal = ("", 0.0)  # type: ignore[attr-defined]  # as after some seconds
    assert run(cloud.event(url)) == []
    assert cloud.finished()[0].status == ImageStatus.SUCCEEDED


def test_an_account_that_is_not_set_up_is_told_of(cloud: Cloud, origin: Origin) -> None:
    fill_in("Xk2%;random")
    assert run(cloud.event(origin.serve("/a.png", PICTURE))) == []
    assert failed(cloud.finished()[0])[1] == (
        "This installation's Cloudinary account has not been set up."
    )


def test_credentials_that_cannot_be_read_are_waited_for(cloud: Cloud, origin: Origin) -> None:
    boto3.client("secretsmanager").delete_secret(
        SecretId="cloudinary", ForceDeleteWithoutRecovery=True
    )
    assert len(run(cloud.event(origin.serve("/a.png", PICTURE)))) == 1
    assert cloud.finished() == {}


def test_a_rate_limit_is_waited_for_on_the_queue(
    cloud: Cloud, origin: Origin, cloudinary: CloudinaryServer
) -> None:
    cloudinary.rate_limit = (500, 0, datetime.now(UTC) + timedelta(minutes=10))
    url = origin.serve("/a.png", PICTURE)
    *_, first = visibility_of(cloud, cloud.event(url))
    *_, second = visibility_of(cloud, cloud.event(url))
    for seconds in (first, second):
        assert 500 < seconds <= 700
    assert (cloudinary.requests, len(origin.seen)) == (1, 1)


def test_a_store_that_the_stage_no_longer_has_is_told_of(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORES", "s3")
    assert run(cloud.event(origin.serve("/a.png", PICTURE), store="cloudinary")) == []
    assert failed(cloud.finished()[0])[1] == (
        "This installation no longer has its cloudinary store."
    )
    assert origin.seen == []


def test_uploads_and_the_rate_limit_are_among_the_figures(
    cloud: Cloud,
    origin: Origin,
    cloudinary: CloudinaryServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloudinary.rate_limit = (500, 400, datetime.now(UTC) + timedelta(hours=1))
    cloudinary.next(503, "Away")
    run(cloud.event(*[origin.serve(f"/{n}.png", PICTURE) for n in range(3)]))
    told: dict[str, Any] = {}
    for line in capsys.readouterr().out.splitlines():
        said = json.loads(line)
        if "_aws" in said:
            result = said.get("result", "")
            told |= {f"{k} {result}".strip(): v for k, v in said.items() if "Cloudinary" in k}
    assert told == {
        "CloudinaryUploads succeeded": [3.0],
        "CloudinaryUploads away": [1.0],
        "CloudinaryRateLimit": [500.0],
        "CloudinaryRemaining": [397.0],
    }


def test_nothing_that_is_logged_holds_the_credentials(
    cloud: Cloud,
    origin: Origin,
    cloudinary: CloudinaryServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = origin.serve("/a.png", PICTURE)
    run(cloud.event(url))
    cloudinary.mishaps.append(lambda visit: visit.answer(200, {"odd": 1}))
    for status in (500, 401, 400, 420):
        cloudinary.next(status, f"{cloudinary.api_key} {cloudinary.url}")
        run(cloud.event(url))
    logged = capsys.readouterr()
    for secret in (cloudinary.api_secret, cloudinary.api_key):
        assert secret not in logged.out + logged.err


def test_a_stage_without_an_account_does_not_import_the_sdk() -> None:
    script = "import sys, processor.handler; print('cloudinary' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
