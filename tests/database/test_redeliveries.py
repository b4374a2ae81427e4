from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from database import deliveries, delivery_attempts, redeliveries
from database.connection import Connection
from database.deliveries import Delivery
from database.delivery_attempts import Recorded
from pipeline.job import Job
from pipeline.messages import DeliveryAttempted
from pipeline.states import DeliveryStatus, JobEvent

NewJob = Callable[..., Job]


@pytest.fixture
def delivery(connection: Connection, new_job: NewJob) -> Delivery:
    job = new_job(webhook_url="https://shop.example/hook")
    deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
    [found] = deliveries.of_job(connection, job.job_id)
    return found


def report(delivery: Delivery, number: int, status: DeliveryStatus) -> Recorded:
    pause = timedelta(hours=5) if status == DeliveryStatus.PENDING else None
    attempted = DeliveryAttempted(
        delivery_id=delivery.delivery_id,
        attempt=number,
        at=datetime.now(UTC),
        milliseconds=1,
        status_code=500,
    )
    return Recorded(attempted, status, pause)


@pytest.mark.parametrize("status", DeliveryStatus)
def test_a_delivery_is_due_at_once_and_its_attempts_are_numbered_on(
    connection: Connection, delivery: Delivery, tenant_id: UUID, status: DeliveryStatus
) -> None:
    delivery_attempts.record(connection, [report(delivery, 1, status)])
    assert deliveries.claim_due(connection, limit=9) == []
    again = redeliveries.begin(connection, delivery.delivery_id, tenant_id=tenant_id)
    assert again is not None
    assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 1)
    [due] = deliveries.claim_due(connection, limit=9)
    assert due.attempt == 2


def test_an_attempt_that_is_under_way_is_not_made_twice(
    connection: Connection, delivery: Delivery, tenant_id: UUID
) -> None:
    assert len(deliveries.claim_due(connection, limit=9)) == 1
    assert redeliveries.begin(connection, delivery.delivery_id, tenant_id=tenant_id) is not None
    assert deliveries.claim_due(connection, limit=9) == []


def test_a_late_report_of_an_earlier_attempt_does_not_end_the_new_one(
    connection: Connection, delivery: Delivery, tenant_id: UUID
) -> None:
    first = report(delivery, 1, DeliveryStatus.FAILED)
    delivery_attempts.record(connection, [first])
    redeliveries.begin(connection, delivery.delivery_id, tenant_id=tenant_id)
    assert delivery_attempts.record(connection, [first]) == 0
    [found] = deliveries.of_job(connection, delivery.job_id)
    assert found.status == DeliveryStatus.PENDING


def test_another_tenants_delivery_is_not_there(connection: Connection, delivery: Delivery) -> None:
    assert redeliveries.begin(connection, delivery.delivery_id, tenant_id=uuid4()) is None
    assert redeliveries.begin(connection, uuid4(), tenant_id=uuid4()) is None
