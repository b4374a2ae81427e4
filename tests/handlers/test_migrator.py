"""The migrator function: fed with a deploy's event and with an operator's."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from database import jobs, tenants
from database.connection import Connection
from migrator.actions import ActionError
from migrator.handler import database as wired
from migrator.handler import handler
from pipeline.job import Job
from pipeline.states import JobStatus

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"migrator-{uuid4()}")
    wired.cache_clear()
    yield
    wired().close()
    wired.cache_clear()


def event(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return value


def feed(name: str, /, **changes: object) -> dict[str, Any]:
    return handler(event(name) | changes, LambdaContext())


@pytest.fixture
def empty_database_url(postgres: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield psycopg.conninfo.make_conninfo(postgres, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_deploy_applies_the_migrations_as_often_as_it_likes() -> None:
    assert feed("migrator-deploy") == {"schema_version": "0002"}
    assert feed("migrator-deploy") == {"schema_version": "0002"}


def test_two_deploys_at_once_migrate_an_empty_database_once(empty_database_url: str) -> None:
    deploy = "from migrator.handler import handler; print(handler({}, None))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", deploy],
            env={"DATABASE_URL": empty_database_url, "POWERTOOLS_LOG_LEVEL": "CRITICAL"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert answers == [str({"schema_version": "0002"})] * 2


def test_a_key_is_shown_once_and_kept_only_as_a_digest(connection: Connection) -> None:
    made = feed("migrator-create-api-key")
    assert re.fullmatch(r"dk_[A-Za-z0-9_-]{43}", made["api_key"])
    holder = tenants.of_api_key(connection, made["api_key"])
    assert holder is not None
    assert holder.tenant_id == UUID(made["tenant_id"])
    [(name, days)] = connection.execute(
        "SELECT name, expires_at::date - now()::date FROM api_keys"
    ).fetchall()
    assert (name, days) == ("laptop", 90)
    assert made["api_key"] not in str(connection.execute("SELECT * FROM api_keys").fetchall())


def test_a_tenant_of_that_name_is_made_once_and_keeps_its_webhook_secret(
    connection: Connection,
) -> None:
    first = feed("migrator-create-api-key", expires_in_days=None)
    tenant_id = UUID(first["tenant_id"])
    secrets = tenants.webhook_secrets(connection, tenant_id)
    assert secrets.secret.startswith("whsec_")
    second = feed("migrator-create-api-key", name="server")
    assert second["tenant_id"] == first["tenant_id"]
    assert second["api_key"] != first["api_key"]
    assert tenants.webhook_secrets(connection, tenant_id) == secrets


def test_a_revoked_key_opens_nothing_and_the_others_still_do(connection: Connection) -> None:
    laptop = feed("migrator-create-api-key")["api_key"]
    server = feed("migrator-create-api-key", name="server")["api_key"]
    assert feed("migrator-revoke-api-key") == {"revoked": 1}
    assert tenants.of_api_key(connection, laptop) is None
    assert tenants.of_api_key(connection, server) is not None
    assert handler({"action": "revoke_api_key", "api_key": server}, LambdaContext()) == {
        "revoked": 1
    }
    assert tenants.of_api_key(connection, server) is None


def test_a_woken_job_looks_as_if_it_had_stood_still_and_never_been_repaired(
    connection: Connection, new_job: Callable[..., Job]
) -> None:
    job = new_job(JobStatus.PROCESSING, images=1)
    connection.execute("UPDATE jobs SET repairs = 7, repaired_at = now()")
    assert feed("migrator-wake-job", job_id=str(job.job_id)) == {
        "woken": str(job.job_id),
        "status": "processing",
    }
    [found] = connection.execute(
        "SELECT now() - updated_at >= interval '5 hours', repaired_at, repairs FROM jobs"
    ).fetchall()
    assert found == (True, None, 0)


def test_a_job_that_has_ended_is_not_woken(
    connection: Connection, new_job: Callable[..., Job]
) -> None:
    job = new_job(JobStatus.COMPLETED)
    with pytest.raises(ActionError, match="that has not ended"):
        feed("migrator-wake-job", job_id=str(job.job_id))
    assert jobs.get(connection, job.job_id) == job


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"action": "drop_tables"}, "drop_tables"),
        ({"action": "create_api_key", "name": "laptop"}, "tenant: Field required"),
        ({"action": "create_api_key", "tenant": " ", "name": "a"}, "tenant: String should have"),
        (
            {"action": "create_api_key", "tenant": "a", "name": "b", "expires_in_days": 0},
            "expires_in_days: Input should be greater",
        ),
        (
            {"action": "create_api_key", "tenant": "a", "name": "b", "expiry": 1},
            "expiry: Extra inputs",
        ),
        ({"action": "revoke_api_key"}, "give either api_key, or tenant and name"),
        ({"action": "revoke_api_key", "tenant": "a"}, "give either api_key, or tenant and name"),
        ({"action": "revoke_api_key", "api_key": "dk_unknown"}, "There is no such key"),
        ({"action": "revoke_api_key", "tenant": "a", "name": "b"}, "There is no such key"),
        ({"action": "wake_job", "job_id": "7"}, "job_id: Input should be a valid UUID"),
        (
            {"action": "wake_job", "job_id": "01a20a25-981d-7ea6-8e1d-bfea52108785"},
            "There is no job 01a20a25-981d-7ea6-8e1d-bfea52108785 that has not ended",
        ),
    ],
    ids=[
        "unknown action",
        "key of no tenant",
        "key of a blank tenant",
        "key that expires at once",
        "key with an unknown field",
        "no key to revoke",
        "half a key to revoke",
        "unknown key to revoke",
        "unknown name to revoke",
        "invalid job to wake",
        "unknown job to wake",
    ],
)
def test_what_cannot_be_done_is_said_without_repeating_a_key(
    wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ActionError, match=says) as raised:
        handler(wrong, LambdaContext())
    assert "dk_unknown" not in str(raised.value)
