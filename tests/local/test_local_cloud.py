"""The local cloud itself: what it tells its clients, and what a second ``up`` does."""

import json
import stat
import urllib.parse
from dataclasses import asdict

import psutil
import psycopg
import requests

from localcloud import cdk
from localcloud.cloud import LocalCloud
from localcloud.demo.run import demo
from localcloud.stack import Stack
from tests.cloud import ROOT


def test_the_stack_file_holds_what_clients_need_and_is_its_owners_alone(
    cloud: LocalCloud, stack: Stack
) -> None:
    assert json.loads(cloud.stack_file.read_text()) == asdict(stack)
    assert stat.S_IMODE(cloud.stack_file.stat().st_mode) == 0o600


def test_any_http_client_reaches_the_api_with_the_key(stack: Stack) -> None:
    jobs = requests.get(
        f"{stack.api_url}/v1/jobs", headers={"X-API-Key": stack.api_key}, timeout=30
    )
    assert (jobs.status_code, list(jobs.json())) == (200, ["items", "next_cursor"])
    assert requests.get(f"{stack.api_url}/v1/jobs", timeout=30).status_code == 401
    assert requests.get(stack.docs_url, timeout=30).ok


def test_every_queue_and_bucket_that_it_names_is_there(stack: Stack) -> None:
    sqs = cdk.session().client("sqs", endpoint_url=stack.aws_endpoint_url)
    s3 = cdk.session().client("s3", endpoint_url=stack.aws_endpoint_url)
    assert len(stack.queues) == 10
    for url in stack.queues.values():
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    for bucket in stack.buckets.values():
        s3.head_bucket(Bucket=bucket)


def test_the_database_holds_the_schema_at_the_address_that_it_names(stack: Stack) -> None:
    with psycopg.connect(stack.database_url) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM tenants")]
    assert "local" in names


def test_it_listens_on_loopback_only(cloud: LocalCloud, stack: Stack) -> None:
    urls = (stack.aws_endpoint_url, stack.database_url)
    ports = {urllib.parse.urlsplit(url).port for url in urls}
    listeners = [
        each.laddr
        for each in psutil.net_connections("inet")
        if each.status == psutil.CONN_LISTEN and each.laddr
    ]
    heard = {address.ip for address in listeners if address.port in ports}
    assert heard == {"127.0.0.1"}


def test_coming_up_again_changes_nothing_and_deploys_nothing(
    cloud: LocalCloud, stack: Stack
) -> None:
    log = (cloud.state / "deploy.log").stat()
    assert cloud.up() == stack
    assert (cloud.state / "deploy.log").stat().st_mtime_ns == log.st_mtime_ns


def test_the_demo_succeeds(stack: Stack) -> None:
    assert demo(ROOT, stack) == 0
