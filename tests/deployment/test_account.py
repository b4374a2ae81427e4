"""Signing in: each way in which it fails says what to do, in one sentence."""

import re
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from deployment import account as aws
from deployment.account import sign_in
from deployment.errors import DeploymentError


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """A shell without anything of AWS."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_whoever_is_signed_in_has_an_account_and_a_region(aws: None) -> None:
    found = sign_in({"AWS_REGION": "eu-west-1"})
    assert (found.number, found.region) == ("123456789012", "eu-west-1")
    assert found.environment == {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}


def test_credentials_and_region_are_asked_for_at_once(nobody: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeploymentError) as raised:
        sign_in({})
    assert "There are no AWS credentials in this shell: sign in" in str(raised.value)
    assert "No region is set: set AWS_REGION" in str(raised.value)


def test_an_unknown_region_names_the_known_ones(aws: None) -> None:
    with pytest.raises(DeploymentError, match=r"no region 'eu-wets-1'.*eu-west-1"):
        sign_in({"AWS_REGION": "eu-wets-1"})


def test_an_unknown_profile_says_which_variable_names_it(nobody: pytest.MonkeyPatch) -> None:
    nobody.setenv("AWS_PROFILE", "nope")
    with pytest.raises(DeploymentError, match=r"\(nope\).*AWS_PROFILE names it"):
        sign_in({"AWS_REGION": "eu-west-1"})


def test_an_address_where_nobody_answers_is_named(
    nobody: pytest.MonkeyPatch,
) -> None:
    nobody.setenv("AWS_ACCESS_KEY_ID", "a")
    nobody.setenv("AWS_SECRET_ACCESS_KEY", "b")
    nobody.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(DeploymentError, match="cannot be reached: look at AWS_ENDPOINT_URL"):
        sign_in({"AWS_REGION": "eu-west-1"})


@pytest.mark.parametrize(
    ("code", "says"),
    [
        pytest.param("ExpiredToken", "have expired: sign in", id="expired"),
        pytest.param("InvalidClientTokenId", "does not know these credentials", id="unknown key"),
        pytest.param("SignatureDoesNotMatch", "does not know these credentials", id="wrong secret"),
        pytest.param("Throttling", r"AWS refused GetCallerIdentity \(Throttling\)", id="other"),
    ],
)
def test_what_aws_answers_is_one_sentence(code: str, says: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "why."}}, "GetCallerIdentity")
    assert re.search(says, aws.explain(error))


def test_an_ended_single_sign_on_asks_to_sign_in() -> None:
    assert "has expired: sign in" in aws.explain(exceptions.UnauthorizedSSOTokenError())


def test_an_account_asks_a_service_where_the_service_is(aws: None) -> None:
    found = sign_in({"AWS_REGION": "eu-west-1"})
    assert found.client("acm", region="us-east-1").meta.region_name == "us-east-1"
    assert found.client("rds").meta.region_name == "eu-west-1"
    assert isinstance(found.session, boto3.Session)
