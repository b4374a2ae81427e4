import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
import time_machine

from database import deliveries, delivery_attempts
from database.connection import Connection
from database.deliveries import LEASE, Delivery, Due
from database.delivery_attempts import Recorded
from pipeline.job import Job
from pipeline.messages import DeliveryAttempted
from pipeline.states import DeliveryStatus, JobEvent

NewJob = Callable[..., Job]
HOOK = "https://shop.example/hook"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def job(new_job: NewJob) -> Job:
    return new_job(webhook_url=HOOK)


@pytest.fixture
def delivery(connection: Connection, job: Job) -> Delivery:
    deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
    return only(connection, job)


def only(connection: Connection, job: Job) -> Delivery:
    [found] = deliveries.of_job(connection, job.job_id)
    return found


def attempt(
    delivery_id: UUID,
    number: int = 1,
    *,
    status: DeliveryStatus = DeliveryStatus.PENDING,
    after: timedelta | None = MINUTE,
    status_code: int | None = 503,
) -> Recorded:
    attempted = DeliveryAttempted(
        delivery_id=delivery_id,
        attempt=number,
        at=datetime.now(UTC),
        milliseconds=12,
        status_code=status_code,
        error=None if status_code else "timeout",
    )
    return Recorded(attempted, status, after)


def claim(connection: Connection, limit: int = 500) -> list[Due]:
    return deliveries.claim_due(connection, limit=limit)


def let_pass(connection: Connection, by: timedelta) -> None:
    connection.execute(
        "UPDATE deliveries SET next_attempt_at = next_attempt_at - %(by)s,"
        " queued_until = queued_until - %(by)s",
        {"by": by},
    )


def due_in(connection: Connection) -> float:
    """Seconds until the one delivery's next attempt, by the database's clock."""
    [(seconds,)] = connection.execute(
        "SELECT extract(epoch FROM next_attempt_at - now())::float FROM deliveries"
    ).fetchall()
    return float(seconds)


def test_each_event_and_milestone_of_a_job_is_written_once(
    connection: Connection, job: Job
) -> None:
    for body in ("first", "second"):
        deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body=body)
        deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body=body)
        deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body=body, milestone=50)
    opened = deliveries.of_job(connection, job.job_id)
    assert [each.event for each in opened] == ["job.processing", "job.completed", "job.completed"]
    bodies = connection.execute("SELECT DISTINCT body FROM deliveries").fetchall()
    assert bodies == [("first",)]


def test_a_job_without_a_webhook_has_no_deliveries(connection: Connection, new_job: NewJob) -> None:
    job = new_job()
    deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
    assert deliveries.of_job(connection, job.job_id) == []


def test_a_new_delivery_is_due_at_once_with_all_it_takes_to_sign_it(
    connection: Connection, delivery: Delivery
) -> None:
    [due] = claim(connection)
    assert (due.delivery_id, due.attempt) == (delivery.delivery_id, 1)
    assert (due.url, due.body) == (HOOK, "{}")
    assert due.secret.startswith("whsec_")
    assert due.previous_secret is None
    assert due.delay == 0


def test_a_claimed_delivery_is_left_alone_until_its_lease_is_over(
    connection: Connection, delivery: Delivery
) -> None:
    assert len(claim(connection)) == 1
    let_pass(connection, LEASE - MINUTE)
    assert claim(connection) == []
    let_pass(connection, MINUTE)
    [again] = claim(connection)
    assert (again.delivery_id, again.attempt) == (delivery.delivery_id, 1)


def test_what_is_due_later_is_claimed_only_by_who_looks_ahead(
    connection: Connection, delivery: Delivery
) -> None:
    delivery_attempts.record(connection, [attempt(delivery.delivery_id)])
    assert claim(connection) == []
    jobs = [delivery.job_id]
    assert deliveries.claim_of_jobs(connection, jobs) == []
    [due] = deliveries.claim_of_jobs(connection, jobs, within=2 * MINUTE)
    assert due.attempt == 2
    assert 50 < due.delay <= 60


def test_one_jobs_deliveries_can_be_claimed_alone(
    connection: Connection, new_job: NewJob, delivery: Delivery
) -> None:
    other = new_job(webhook_url=HOOK)
    deliveries.open_delivery(connection, other, JobEvent.PROCESSING, body="{}")
    [due] = deliveries.claim_of_jobs(connection, [delivery.job_id])
    assert due.delivery_id == delivery.delivery_id
    assert deliveries.claim_of_jobs(connection, [delivery.job_id]) == []
    assert deliveries.claim_of_jobs(connection, []) == []
    assert len(claim(connection)) == 1


def test_the_longest_due_are_claimed_first(connection: Connection, job: Job) -> None:
    for milestone in range(5):
        deliveries.open_delivery(
            connection, job, JobEvent.PROCESSING, body=str(milestone), milestone=milestone
        )
    connection.execute(
        "UPDATE deliveries SET next_attempt_at = now() - milestone * interval '1 minute'"
    )
    assert {each.body for each in claim(connection, limit=2)} == {"3", "4"}


def test_a_wrong_clock_of_a_function_makes_nothing_due(
    connection: Connection, job: Job, delivery: Delivery
) -> None:
    """Neither the clock of who claims nor that of who has made the attempt before."""
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=3)):
        delivery_attempts.record(connection, [attempt(delivery.delivery_id, after=9 * MINUTE)])
    assert 530 < due_in(connection) <= 540
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
        assert claim(connection) == []
        assert deliveries.claim_of_jobs(connection, [job.job_id]) == []


def test_after_a_rotation_the_old_secret_signs_until_it_expires(
    connection: Connection, delivery: Delivery
) -> None:
    connection.execute(
        "UPDATE tenants SET previous_webhook_secret = 'whsec_old',"
        " previous_secret_expires_at = now() + interval '5 minutes'"
    )
    [due] = claim(connection)
    assert due.previous_secret == "whsec_old"
    let_pass(connection, LEASE)
    connection.execute("UPDATE tenants SET previous_secret_expires_at = now()")
    [due] = claim(connection)
    assert due.previous_secret is None


def test_claims_at_the_same_time_share_the_work(
    connection: Connection, database_url: str, job: Job
) -> None:
    for milestone in range(60):
        deliveries.open_delivery(
            connection, job, JobEvent.PROCESSING, body="{}", milestone=milestone
        )
    claimed: list[UUID] = []
    start = threading.Barrier(3)

    def work() -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            start.wait()
            while due := claim(own, limit=7):
                claimed.extend(each.delivery_id for each in due)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60


def test_an_attempt_is_logged_and_moves_its_delivery_on(
    connection: Connection, job: Job, delivery: Delivery
) -> None:
    claim(connection)
    recorded = attempt(delivery.delivery_id)
    assert delivery_attempts.record(connection, [recorded]) == 1
    moved = only(connection, job)
    assert (moved.status, moved.attempts) == (DeliveryStatus.PENDING, 1)
    assert 50 < due_in(connection) <= 60
    [logged] = delivery_attempts.of_deliveries(connection, [delivery.delivery_id])
    assert (logged.attempt, logged.status_code, logged.error) == (1, 503, None)
    assert (logged.at, logged.milliseconds) == (recorded.attempted.at, 12)


def test_a_repeated_report_changes_nothing(
    connection: Connection, job: Job, delivery: Delivery
) -> None:
    delivery_attempts.record(connection, [attempt(delivery.delivery_id)])
    moved = only(connection, job)
    later = attempt(
        delivery.delivery_id, status=DeliveryStatus.DELIVERED, after=None, status_code=200
    )
    assert delivery_attempts.record(connection, [later]) == 0
    assert only(connection, job) == moved
    assert len(delivery_attempts.of_deliveries(connection, [delivery.delivery_id])) == 1


@pytest.mark.parametrize("end", [DeliveryStatus.DELIVERED, DeliveryStatus.FAILED])
def test_a_delivery_that_has_ended_is_not_due_again(
    connection: Connection, job: Job, delivery: Delivery, end: DeliveryStatus
) -> None:
    delivery_attempts.record(connection, [attempt(delivery.delivery_id, status=end, after=None)])
    ended = only(connection, job)
    assert (ended.status, ended.next_attempt_at) == (end, None)
    assert claim(connection) == []


def test_a_report_that_comes_late_is_logged_but_moves_nothing(
    connection: Connection, job: Job, delivery: Delivery
) -> None:
    delivery_attempts.record(connection, [attempt(delivery.delivery_id, 2)])
    moved = only(connection, job)
    late = attempt(delivery.delivery_id, 1)
    delivery_attempts.record(connection, [Recorded(late.attempted, None, None)])
    assert only(connection, job) == moved
    logged = delivery_attempts.of_deliveries(connection, [delivery.delivery_id])
    assert [each.attempt for each in logged] == [1, 2]


def test_a_batch_holds_attempts_of_many_deliveries_repeated_and_unknown_ones(
    connection: Connection, job: Job
) -> None:
    for milestone in range(3):
        deliveries.open_delivery(
            connection, job, JobEvent.PROCESSING, body="{}", milestone=milestone
        )
    first, second, third = (each.delivery_id for each in deliveries.of_job(connection, job.job_id))
    batch = [
        attempt(first),
        attempt(first),
        attempt(second, 1),
        attempt(second, 2, status=DeliveryStatus.DELIVERED, after=None, status_code=204),
        attempt(third, status_code=None),
        attempt(uuid4()),
    ]
    assert delivery_attempts.record(connection, batch) == 4
    found = deliveries.of_job(connection, job.job_id)
    assert [(each.status, each.attempts) for each in found] == [
        ("pending", 1),
        ("delivered", 2),
        ("pending", 1),
    ]
    [unanswered] = delivery_attempts.of_deliveries(connection, [third])
    assert (unanswered.status_code, unanswered.error) == (None, "timeout")
