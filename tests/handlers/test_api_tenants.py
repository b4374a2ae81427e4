"""What one tenant can do to another, and anybody without a key, over every call of the document."""

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from mypy_boto3_sqs import SQSClient

from database import deliveries
from database.connection import Connection
from pipeline.job import Job
from pipeline.states import JobEvent, JobStatus
from tests.api_requests import CSV, KEY, Answer, Call, assert_problem, get, request


class Operation(NamedTuple):
    method: str
    path: str
    name: str
    public: bool

    @property
    def names_something(self) -> bool:
        """Whether its path has the id of a thing that belongs to a tenant."""
        return "{" in self.path


@pytest.fixture
def operations(call: Call) -> list[Operation]:
    """Every call there is: one that is added later is found here without being named."""
    document = get(call, "/openapi.json", key=None)["body"]
    return [
        Operation(method.upper(), path, operation["operationId"], operation.get("security") == [])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.fixture
def jobs_of_all_kinds(new_job: Callable[..., Job], connection: Connection) -> list[Job]:
    """A job in each state, with images and a webhook that was given up."""
    made = [
        new_job(status, images=3, webhook_url="https://shop.example/hook") for status in JobStatus
    ]
    for job in made:
        deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body="{}")
    connection.execute("UPDATE deliveries SET status = 'failed', next_attempt_at = NULL")
    connection.execute("UPDATE images SET status = 'failed', error_code = 'not_found'")
    connection.execute("UPDATE jobs SET images_failed = images_total")
    return made


def filled(connection: Connection, operation: Operation, job: Job) -> str:
    """The operation's path with the ids of the job and its webhook. A call that names another kind
    of thing fails here until somebody says what that is."""
    [delivery, *_] = deliveries.of_job(connection, job.job_id)
    return operation.path.format(job_id=job.job_id, delivery_id=delivery.delivery_id)


def everything(connection: Connection) -> list[Any]:
    """All that belongs to the first tenant."""
    tables = ("jobs", "images", "csv_rows", "deliveries", "tenants", "idempotency_keys")
    return [connection.execute(f"TABLE {table}").fetchall() for table in tables]


def test_nothing_of_another_tenant_can_be_seen_or_touched(  # noqa: PLR0917 (fixtures)
    call: Call,
    connection: Connection,
    sqs: SQSClient,
    operations: list[Operation],
    jobs_of_all_kinds: list[Job],
    other_key: str,
) -> None:
    before = everything(connection)
    tried = [each for each in operations if each.names_something]
    assert len(tried) >= 8
    for operation in tried:
        for job in jobs_of_all_kinds:
            path = filled(connection, operation, job)
            answer = call(request(operation.method, path, key=other_key))
            assert answer["statusCode"] == 404, (operation, job.status, answer)
            theirs = call(request(operation.method, _unknown(path), key=other_key))
            assert theirs["body"] == answer["body"], "it tells an id that exists from one that not"
    assert everything(connection) == before
    for queue in ("uploads", "deliveries"):
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_the_owner_is_answered_where_the_other_is_not(
    call: Call,
    connection: Connection,
    operations: list[Operation],
    jobs_of_all_kinds: list[Job],
) -> None:
    for operation in operations:
        if operation.names_something:
            answers = [
                call(request(operation.method, filled(connection, operation, job)))["statusCode"]
                for job in jobs_of_all_kinds
            ]
            assert 404 not in answers, operation
            assert min(answers) < 400, operation


def test_every_call_but_the_public_ones_needs_a_key(
    call: Call, connection: Connection, operations: list[Operation], jobs_of_all_kinds: list[Job]
) -> None:
    assert {each.name for each in operations if each.public} == {"getOpenApi", "getHealth"}
    for operation in operations:
        path = filled(connection, operation, jobs_of_all_kinds[0])
        answer = call(request(operation.method, path, key=None))
        if operation.public:
            assert answer["statusCode"] == 200
        else:
            assert_problem(answer, 401, "unauthorized")


def test_calls_that_name_nothing_show_and_change_the_callers_own_things(
    call: Call,
    connection: Connection,
    operations: list[Operation],
    jobs_of_all_kinds: list[Job],
    other_key: str,
) -> None:
    def listing(mine: Answer, theirs: Answer) -> None:
        assert len(mine["body"]["items"]) == len(jobs_of_all_kinds)
        assert theirs["body"]["items"] == []

    def making(mine: Answer, theirs: Answer) -> None:
        # The same Idempotency-Key is another tenant's another key.
        assert mine["body"]["job_id"] != theirs["body"]["job_id"]
        owner = "SELECT name FROM tenants JOIN jobs USING (tenant_id) WHERE job_id = %s"
        made = connection.execute(owner, [theirs["body"]["job_id"]]).fetchone()
        assert made == ("rival",)

    def secret(mine: Answer, theirs: Answer) -> None:
        assert mine["body"]["secret"] != theirs["body"]["secret"]

    def rotating(mine: Answer, theirs: Answer) -> None:
        secret(mine, theirs)
        assert get(call, "/v1/webhook-secret")["body"]["secret"] == mine["body"]["secret"]

    def stateless(mine: Answer, theirs: Answer) -> None:
        assert mine["body"] == theirs["body"]

    expected = {
        "listJobs": listing,
        "createJob": making,
        "getWebhookSecret": secret,
        "rotateWebhookSecret": rotating,
        "validateCsv": stateless,
        "getOpenApi": stateless,
        "getHealth": stateless,
    }
    named = {each.name: each for each in operations if not each.names_something}
    assert set(named) == set(expected), "say above what a new call shows of others"
    headers = {"content-type": "text/csv", "idempotency-key": "once"}
    for name, check in expected.items():
        operation = named[name]
        body = CSV if operation.method == "POST" and "secret" not in operation.path else None
        mine, theirs = (
            call(request(operation.method, operation.path, key=key, headers=headers, body=body))
            for key in (KEY, other_key)
        )
        assert mine["statusCode"] == theirs["statusCode"] < 300, (mine, theirs)
        check(mine, theirs)


def test_a_cursor_of_ones_own_making_leads_to_nothing_of_others(
    call: Call, connection: Connection, jobs_of_all_kinds: list[Job], other_key: str
) -> None:
    """The place in a cursor is no secret, and needs to be none: a page never leaves its tenant."""
    own = [call(request("POST", "/v1/jobs", key=other_key))["body"]["job_id"] for _ in range(2)]
    cursor = get(call, "/v1/jobs", key=other_key, query={"limit": "1"})["body"]["next_cursor"]
    made = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    for job in jobs_of_all_kinds:
        for after in (UUID(int=job.job_id.int + 1), UUID(int=2**128 - 1)):
            forged = _encoded(made | {"after": str(after)})
            page = get(call, "/v1/jobs", key=other_key, query={"cursor": forged})["body"]
            assert {each["job_id"] for each in page["items"]} <= set(own)


@pytest.mark.parametrize(
    "listing", ["/v1/jobs", "/v1/jobs/{job_id}/images", "/v1/jobs/{job_id}/deliveries"]
)
def test_a_tenants_cursor_is_of_no_use_to_another(
    call: Call, connection: Connection, tenant_id: UUID, other_key: str, listing: str
) -> None:
    """Both have a job; the cursor of the one is no cursor of the other's lists."""
    paths = []
    for key in (KEY, other_key):
        made = call(request("POST", "/v1/jobs", key=key))["body"]["job_id"]
        call(request("POST", "/v1/jobs", key=key))
        _fill(connection, UUID(made))
        paths.append(listing.format(job_id=made))
    first = get(call, paths[0], query={"limit": "1"})["body"]
    assert first["next_cursor"]
    answer = get(call, paths[1], key=other_key, query={"cursor": first["next_cursor"]})
    assert_problem(answer, 422, "invalid_request")


def _fill(connection: Connection, job_id: UUID) -> None:
    """Two images and two webhooks, straight into the tables."""
    connection.execute(
        "INSERT INTO images (job_id, position, url, url_digest)"
        " SELECT %s, n, 'https://shop.example/' || n, sha256(n::text::bytea)"
        " FROM generate_series(0, 1) AS n",
        [job_id],
    )
    connection.execute(
        "INSERT INTO deliveries (job_id, tenant_id, event, url, body)"
        " SELECT job_id, tenant_id, event, 'https://shop.example/hook', '{}' FROM jobs,"
        " unnest(ARRAY['job.processing', 'job.completed']) AS event WHERE job_id = %s",
        [job_id],
    )


def _unknown(path: str) -> str:
    """The same path with an id that nothing has."""
    return "/".join(
        "01a20a25-981d-7ea6-8e1d-bfea52108785" if len(part) == 36 else part
        for part in path.split("/")
    )


def _encoded(cursor: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).rstrip(b"=").decode()
