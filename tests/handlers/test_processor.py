"""The processor function, fed with real SQS messages, over a real origin and moto's S3 and SQS."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from outbound.client import FETCH_SECONDS
from pipeline import keys
from pipeline.messages import ImageFinished, ImagesFinished, ProcessImage
from pipeline.states import ImageStatus
from processor import batch, image
from processor import handler as entry
from processor.batch import PORTION, THREADS
from processor.retries import SPREAD, STORE_TRIES, TRIES
from tests.origin import Origin, Visit
from tests.pictures import encoded, opened, photo
from tests.processor_events import BUCKET, EVENTS, JOB, URL, Cloud, run, visibility_of


@pytest.fixture
def cloud(s3: S3Client, sqs: SQSClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    cloud = Cloud(s3, sqs)
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    entry.batch.cache_clear()
    yield cloud
    entry.batch.cache_clear()


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def test_an_image_is_fetched_compressed_stored_and_reported(cloud: Cloud, origin: Origin) -> None:
    data = encoded(photo(800, 600), "JPEG", quality=95)
    assert run(cloud.event(origin.serve("/a.jpg", data), max_width=400)) == []

    outcome = cloud.finished()[0]
    assert (outcome.job_id, outcome.error) == (JOB, None)
    assert outcome.status == ImageStatus.SUCCEEDED
    assert outcome.output_url == f"{URL}/images/{JOB}/0.jpg"
    assert outcome.input is not None
    assert outcome.output is not None
    assert (outcome.input.bytes, outcome.input.width, outcome.input.format) == (
        len(data),
        800,
        "jpeg",
    )
    stored = cloud.s3.get_object(Bucket=BUCKET, Key=f"images/{JOB}/0.jpg")
    body = stored["Body"].read()
    assert stored["ContentType"] == "image/jpeg"
    assert "immutable" in stored["CacheControl"]
    assert opened(body).size == (400, 300) == (outcome.output.width, outcome.output.height)
    assert outcome.output.bytes == len(body)
    assert outcome.output.sha256 == hashlib.sha256(body).hexdigest()


def test_a_batch_is_worked_at_once_and_reported_in_one_message(
    cloud: Cloud, origin: Origin
) -> None:
    data = encoded(photo(), "JPEG")
    together = threading.Barrier(6, timeout=30)

    def wait_for_the_others(visit: Visit) -> None:
        together.wait()
        visit.answer(200, data)

    urls = [origin.on(f"/{n}.jpg", wait_for_the_others) for n in range(6)]
    assert run(cloud.event(*urls)) == []
    messages = cloud.sqs.receive_message(QueueUrl=cloud.outcomes, MaxNumberOfMessages=10)
    assert len(messages["Messages"]) == 1
    outcomes = ImagesFinished.model_validate_json(messages["Messages"][0]["Body"]).outcomes
    assert sorted(each.position for each in outcomes) == list(range(6))


def test_a_large_batch_is_reported_while_it_is_under_way(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the number counts here: on a busy machine some would have waited long enough.
    monkeypatch.setattr(batch, "REPORTED_AFTER", 60.0)
    reported: list[int] = []
    data = encoded(photo(), "JPEG")

    def wait_for_the_first_report(visit: Visit) -> None:
        deadline = time.monotonic() + 25
        while not reported and time.monotonic() < deadline:
            reported.extend(cloud.finished())
        visit.answer(200, data)

    quick = origin.serve("/a.jpg", data)
    slow = origin.on("/slow.jpg", wait_for_the_first_report)
    assert run(cloud.event(*[quick] * PORTION, slow)) == []
    assert sorted(reported) == list(range(PORTION))
    assert list(cloud.finished()) == [PORTION]


def test_what_has_waited_is_reported_beside_slow_images(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "REPORTED_AFTER", 0.0)
    reported: list[int] = []
    data = encoded(photo(), "JPEG")

    def wait_for_the_first_report(visit: Visit) -> None:
        deadline = time.monotonic() + 25
        while not reported and time.monotonic() < deadline:
            reported.extend(cloud.finished())
        visit.answer(200, data)

    urls = [origin.serve("/a.jpg", data), origin.on("/slow.jpg", wait_for_the_first_report)]
    assert run(cloud.event(*urls)) == []
    assert reported == [0]


def test_what_was_given_back_before_goes_first(cloud: Cloud, origin: Origin) -> None:
    urls = [origin.serve(f"/{n}.jpg", encoded(photo(), "JPEG")) for n in range(THREADS * 2)]
    event = cloud.event(*urls)
    event["Records"].sort(key=lambda record: json.loads(record["body"])["position"])
    event["Records"][-1]["attributes"] = {"ApproximateReceiveCount": "2"}
    assert run(event) == []
    assert f"/{len(urls) - 1}.jpg" in [path for path, _ in origin.seen[:THREADS]]


def test_permanent_failures_are_reported_with_their_codes(cloud: Cloud, origin: Origin) -> None:
    cases = {
        origin.url("/missing.jpg"): "not_found",
        origin.serve("/secret.jpg", status=403): "forbidden",
        origin.serve("/page.jpg", b"<!DOCTYPE html><html></html>"): "not_an_image",
        origin.serve("/logo.svg", b"<svg/>"): "unsupported_format",
        origin.serve("/half.jpg", encoded(photo(), "JPEG")[:2000]): "corrupt_image",
        "http://10.0.0.1/a.jpg": "blocked_address",
        "ftp://shop.example/a.jpg": "invalid_url",
        "http://no-such-host.invalid/a.jpg": "unreachable",
    }
    good = origin.serve("/good.png", encoded(photo(), "PNG"))
    assert run(cloud.event(*cases, good)) == []
    outcomes = cloud.finished()
    codes = [outcomes[n].error.code for n in range(len(cases))]  # type: ignore[union-attr] # failed
    assert codes == list(cases.values())
    assert outcomes[len(cases)].status == ImageStatus.SUCCEEDED


def test_what_was_understood_before_a_failure_is_reported(cloud: Cloud, origin: Origin) -> None:
    half = encoded(photo(), "JPEG")[:2000]
    run(cloud.event(origin.serve("/half.jpg", half)))
    source = cloud.finished()[0].input
    assert source is not None
    assert (source.bytes, source.width, source.height, source.format) == (2000, 320, 240, "jpeg")


def test_a_transient_failure_is_put_back_for_a_while_and_the_others_go_on(
    cloud: Cloud, origin: Origin
) -> None:
    good = origin.serve("/good.jpg", encoded(photo(), "JPEG"))
    event = cloud.event(origin.serve("/busy.jpg", status=503), good)
    again = run(event)
    assert len(again) == 1
    assert list(cloud.finished()) == [1]
    assert cloud.visible() == 0


def test_messages_are_held_so_that_they_come_again_one_by_one_if_the_function_is_killed(
    cloud: Cloud, origin: Origin
) -> None:
    urls = [origin.serve(f"/{n}.jpg", encoded(photo(), "JPEG")) for n in range(30)]
    seconds = visibility_of(cloud, cloud.event(*urls))
    assert len(seconds) == 30
    assert all(115 < each <= 120 + SPREAD + 2 for each in seconds)
    assert len(set(seconds)) > 10


@pytest.mark.parametrize(("receives", "least", "most"), [(1, 2, 5), (3, 8, 17), (5, 32, 65)])
def test_a_source_that_is_away_is_tried_again_after_growing_pauses(
    cloud: Cloud, origin: Origin, receives: int, least: int, most: int
) -> None:
    event = cloud.event(origin.serve("/busy.jpg", status=503), receives=receives)
    _held, seconds = visibility_of(cloud, event)
    assert least <= seconds <= most


@pytest.mark.parametrize(("retry_after", "least"), [("120", 120), ("999999999", 900)])
def test_retry_after_is_honoured_within_reason(
    cloud: Cloud, origin: Origin, retry_after: str, least: int
) -> None:
    url = origin.serve("/busy.jpg", status=429, headers={"Retry-After": retry_after})
    _held, seconds = visibility_of(cloud, cloud.event(url))
    assert least <= seconds <= least * 1.1 + 1


def test_the_last_try_reports_the_transient_error(cloud: Cloud, origin: Origin) -> None:
    url = origin.serve("/busy.jpg", status=429, headers={"Retry-After": "60"})
    assert run(cloud.event(url, receives=TRIES)) == []
    error = cloud.finished()[0].error
    assert error is not None
    assert error.code == "rate_limited"


def test_a_store_that_is_away_is_tried_longer(cloud: Cloud, origin: Origin, s3: S3Client) -> None:
    url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
    s3.delete_bucket(Bucket=BUCKET)
    assert len(run(cloud.event(url, receives=TRIES))) == 1
    assert cloud.finished() == {}
    assert run(cloud.event(url, receives=STORE_TRIES)) == []
    error = cloud.finished()[0].error
    assert error is not None
    assert error.code == "storage_error"


NEWER = {
    "another format": {"format": "jxl"},
    "another option": {"trim": True},
    "another store": {"store": "r2"},
}


def newer_event(cloud: Cloud, url: str, options: dict[str, object], receives: int) -> Any:
    event = cloud.event(url, url, receives=receives)
    first = event["Records"][0]
    first["body"] = json.dumps(json.loads(first["body"]) | {"options": options})
    return event


@pytest.mark.parametrize("options", NEWER.values(), ids=NEWER)
def test_an_image_that_only_a_newer_release_can_make_is_neither_made_nor_lost(
    cloud: Cloud, origin: Origin, options: dict[str, object]
) -> None:
    """It waits for that as long as for the store, then it has failed and can be retried."""
    url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
    for receives in (1, STORE_TRIES - 1):
        assert len(run(newer_event(cloud, url, options, receives))) == 1
        assert list(cloud.finished()) == [1]
    assert run(newer_event(cloud, url, options, STORE_TRIES)) == []
    error = cloud.finished()[0].error
    assert error is not None
    assert error.code == "internal_error"
    assert next(iter(options)) in error.message
    assert len(origin.seen) == 3


def test_a_bug_in_the_way_of_one_image_harms_no_other(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = entry.batch().processor
    process: Callable[..., ImageFinished] = processor.process

    def stumble(message: ProcessImage, **options: Any) -> ImageFinished:
        if message.position == 0:
            raise ZeroDivisionError
        return process(message, **options)

    monkeypatch.setattr(processor, "process", stumble)
    url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
    event = cloud.event(url, url)
    assert len(run(event)) == 1
    assert list(cloud.finished()) == [1]


def test_an_outcome_that_is_no_text_for_a_message_takes_no_other_with_it(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = entry.batch().processor
    process: Callable[..., ImageFinished] = processor.process

    def half_a_character(message: ProcessImage, **options: Any) -> ImageFinished:
        outcome = process(message, **options)
        if message.position == 1:
            return outcome.model_copy(update={"output_url": "https://images.example/\ud800"})
        return outcome

    monkeypatch.setattr(processor, "process", half_a_character)
    url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
    event = cloud.event(*[url] * 5)
    [again] = run(event)
    [record] = [each for each in event["Records"] if each["messageId"] == again]
    assert json.loads(record["body"])["position"] == 1
    assert sorted(cloud.finished()) == [0, 2, 3, 4]


def test_all_come_again_if_the_report_cannot_be_sent(cloud: Cloud, origin: Origin) -> None:
    cloud.sqs.delete_queue(QueueUrl=cloud.outcomes)
    url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
    event = cloud.event(url, origin.url("/missing.jpg"))
    assert sorted(run(event)) == sorted(each["messageId"] for each in event["Records"])


def test_a_repeated_message_ends_in_the_same_place(cloud: Cloud, origin: Origin) -> None:
    event = cloud.event(origin.serve("/a.jpg", encoded(photo(), "JPEG")))
    run(event)
    first = cloud.finished()[0]
    run(event)
    again = cloud.finished()[0]
    assert (again.output, again.output_url) == (first.output, first.output_url)
    assert cloud.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_without_time_left_an_image_comes_again_with_the_tries_that_it_had(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "GIVEN_BACK", 0)
    event = cloud.event(origin.serve("/a.jpg", encoded(photo(), "JPEG")), receives=TRIES)
    assert run(event, seconds=20) == []
    assert origin.seen == []
    assert cloud.finished() == {}
    [anew] = cloud.waiting()
    assert anew == ProcessImage.model_validate_json(event["Records"][0]["body"]).model_copy(
        update={"tries": TRIES - 1}
    )


def test_an_image_is_never_begun_too_late_however_often(
    cloud: Cloud, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS declares a message dead that it has handed out ten times."""
    monkeypatch.setattr(batch, "GIVEN_BACK", 0)
    event = cloud.event(origin.serve("/a.jpg", status=503))
    for _ in range(20):
        assert run(event, seconds=20) == []
        event = cloud.events(receives=1)
    assert len(run(event)) == 1  # its first try, not its last
    assert cloud.finished() == {}


@pytest.mark.parametrize("tries", [1, TRIES - 1])
def test_tries_under_earlier_messages_count(cloud: Cloud, origin: Origin, tries: int) -> None:
    event = cloud.event(origin.serve("/a.jpg", status=503))
    record = event["Records"][0]
    message = ProcessImage.model_validate_json(record["body"])
    record["body"] = message.model_copy(update={"tries": tries}).model_dump_json()
    assert len(run(event)) == (0 if tries == TRIES - 1 else 1)


def test_what_cannot_be_sent_anew_is_given_back(cloud: Cloud, origin: Origin) -> None:
    event = cloud.event(origin.url("/a.jpg"))
    cloud.sqs.delete_queue(QueueUrl=cloud.images)
    assert len(run(event, seconds=20)) == 1


def test_an_image_that_had_more_tries_than_any_good_one_is_left_to_the_dead_letters(
    cloud: Cloud, origin: Origin
) -> None:
    event = cloud.event(origin.url("/a.jpg"), receives=STORE_TRIES + 2)
    assert len(run(event, seconds=20)) == 1
    assert cloud.waiting() == []


def test_waiting_for_memory_is_no_fault_of_the_source(cloud: Cloud, origin: Origin) -> None:
    """Its 30 s do not run meanwhile; if there is no time for them later, that was no try."""
    downloads = entry.batch().processor._downloads
    url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
    with downloads.share(image.DOWNLOADED) as all_of_it:
        event = cloud.event(url, receives=TRIES)
        assert run(event, seconds=FETCH_SECONDS + image.RESERVE + 1) == []
        assert cloud.finished() == {}
        threading.Timer(0.5, all_of_it.resize, [0]).start()
        assert run(cloud.event(url)) == []
    assert cloud.finished()[0].status == ImageStatus.SUCCEEDED


def test_a_malformed_message_is_left_to_the_dead_letters(cloud: Cloud, origin: Origin) -> None:
    malformed = json.loads((EVENTS / "processor-malformed.json").read_text("utf-8"))["Records"]
    event = cloud.event(origin.serve("/a.jpg", encoded(photo(), "JPEG")))
    again = run({"Records": malformed + event["Records"]})
    assert again == [malformed[0]["messageId"]]
    assert list(cloud.finished()) == [0]


def test_nothing_reported_means_no_message(cloud: Cloud, origin: Origin) -> None:
    run(cloud.event(origin.serve("/busy.jpg", status=503)))
    assert cloud.finished() == {}


def test_the_sample_event_is_understood(cloud: Cloud) -> None:
    event = json.loads((EVENTS / "processor.json").read_text("utf-8"))
    record = event["Records"][0]
    message = ProcessImage.model_validate_json(record["body"])
    body = message.model_copy(update={"url": "http://10.0.0.1/a.jpg"}).model_dump_json()
    assert run({"Records": [record | {"body": body}]}) == []
    error = cloud.finished()[0].error
    assert error is not None
    assert error.code == "blocked_address"


def test_visibility_that_cannot_be_changed_is_no_failure(cloud: Cloud, origin: Origin) -> None:
    event = cloud.event(origin.serve("/busy.jpg", status=503))
    boto3.client("sqs").delete_queue(QueueUrl=cloud.images)
    with pytest.raises(ClientError):
        cloud.visible()
    assert len(run(event)) == 1


def test_images_of_a_cancelled_job_are_dropped_unfetched(cloud: Cloud, origin: Origin) -> None:
    cloud.s3.put_object(Bucket=BUCKET, Key=keys.cancelled(JOB), Body=b"")
    assert run(cloud.event(origin.serve("/a.jpg", encoded(photo(), "JPEG")))) == []
    assert origin.seen == []
    assert cloud.finished() == {}
