"""A stage fits an account of any size: nothing that Lambda refuses, and room for the api."""

import io
import json
import zipfile
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.concurrency import SOURCES, fitted
from infra.settings import STAGES, Concurrency
from tests.infra.synthesised import Synthesised, synthesise

QUOTAS = [10, 50, 1000]
"""Of a new account, of a slightly older one, and of all others."""

REFUSED = "below its minimum value"


def bounds(stage: Synthesised) -> dict[tuple[str, str], int]:
    return {
        (queue, function): mapping["ScalingConfig"]["MaximumConcurrency"]
        for queue, function, mapping in stage.triggers()
    }


def reserved(stage: Synthesised) -> dict[str, int]:
    return {
        name: each["ReservedConcurrentExecutions"]
        for name, each in stage.functions.items()
        if "ReservedConcurrentExecutions" in each
    }


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lambda as moto plays it, which refuses what the account's number does not allow."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        role = boto3.client("iam", region_name="us-east-1").create_role(
            RoleName="any", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"})
        )["Role"]["Arn"]
        client = boto3.client("lambda", region_name="us-east-1")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", "")
        for name in (*SOURCES, "api", "janitor", "migrator"):
            client.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="handler.handler",
                Code={"ZipFile": code.getvalue()},
            )
        yield client


@pytest.mark.parametrize("quota", QUOTAS)
@pytest.mark.parametrize("name", ["dev", "prod"])
def test_lambda_takes_what_is_reserved(
    account: Any, monkeypatch: pytest.MonkeyPatch, name: str, quota: int
) -> None:
    monkeypatch.setenv("MOTO_LAMBDA_CONCURRENCY_QUOTA", str(quota))
    for function, number in reserved(synthesise(name, account_concurrency=str(quota))).items():
        account.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=number)


@pytest.mark.parametrize("quota", [10, 50])
def test_it_would_refuse_prod_s_own_numbers(
    account: Any, monkeypatch: pytest.MonkeyPatch, prod: Synthesised, quota: int
) -> None:
    """The deploy's end, if nobody asked what the account has."""
    monkeypatch.setenv("MOTO_LAMBDA_CONCURRENCY_QUOTA", str(quota))
    ((function, number),) = reserved(prod).items()
    with pytest.raises(ClientError, match=REFUSED):
        account.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=number)


@pytest.mark.parametrize("quota", [18, 50, 150, 1000])
@pytest.mark.parametrize("name", ["dev", "prod"])
def test_all_queues_together_leave_a_fifth_to_the_api(name: str, quota: int) -> None:
    stage = synthesise(name, account_concurrency=str(quota))
    of_the_api = sum(reserved(stage).values())
    assert sum(bounds(stage).values()) <= (quota - of_the_api) * 4 / 5


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_on_the_smallest_account_every_queue_has_the_least(name: str) -> None:
    """Lambda takes no bound below 2, so all seven together are more than the 10 there are; but no
    single one can take them all, as the processor's 20 or 100 would."""
    stage = synthesise(name, account_concurrency="10")
    assert set(bounds(stage).values()) == {2}
    assert not reserved(stage)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_usual_account_gets_the_stage_s_own_numbers(name: str) -> None:
    assert fitted(STAGES[name].concurrency, 1000) == STAGES[name].concurrency
    assert bounds(synthesise(name, account_concurrency="1000")) == bounds(synthesise(name))


@pytest.mark.parametrize("quota", [1, 10, 17, 18, 23, 50, 99, 100, 149, 150, 500, 1000, 10_000])
def test_no_number_is_one_that_lambda_refuses(quota: int) -> None:
    for stage in ("dev", "prod"):
        wanted = STAGES[stage].concurrency
        given = fitted(wanted, quota)
        assert given.api in (None, wanted.api)
        assert quota - (given.api or 0) >= 100 or given.api is None
        for source in SOURCES:
            assert 2 <= getattr(given, source) <= getattr(wanted, source)


def test_more_concurrency_never_means_less_for_a_queue() -> None:
    wanted = STAGES["dev"].concurrency
    numbers = [[getattr(fitted(wanted, quota), each) for each in SOURCES] for quota in range(100)]
    assert numbers == sorted(numbers)


def test_a_queue_without_a_bound_gets_one() -> None:
    given = fitted(Concurrency(), 50)
    assert all(getattr(given, each) == 7 for each in SOURCES)
