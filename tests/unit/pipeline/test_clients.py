"""The hosts that S3's clients name: the bucket's own in its region, or the emulator's."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError
from moto import mock_aws

from pipeline import clients

REGIONS = {
    "us-east-1": "s3.us-east-1.amazonaws.com",
    "eu-central-1": "s3.eu-central-1.amazonaws.com",
    "eu-central-2": "s3.eu-central-2.amazonaws.com",  # of those that the global host never knows
    "us-gov-west-1": "s3.us-gov-west-1.amazonaws.com",
    "cn-north-1": "s3.cn-north-1.amazonaws.com.cn",
}
EMULATORS = {
    "an address": "http://127.0.0.1:4566",
    "a name": "http://localhost:4566",
    "over TLS": "https://127.0.0.1:4566",
}


class Refused:
    """S3's answer to a plain call, whatever was asked; ``urls`` are where that went."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def __call__(self, request: AWSPreparedRequest, **_: object) -> Any:
        self.urls.append(request.url)
        return SimpleNamespace(
            status_code=403, headers={}, content=b"", text="", raw=None, url=request.url
        )


@pytest.fixture(autouse=True)
def on_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a function on AWS finds its environment."""
    for name in (*clients.S3_ENDPOINTS, "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def addresses(bucket: str) -> dict[str, str]:
    """Where each kind of use goes: its address without the query."""
    client = clients.s3(clients.OPTIONAL)
    refused = Refused()
    client.meta.events.register("before-send.s3", refused)
    with pytest.raises(ClientError):
        client.get_object(Bucket=bucket, Key="a/b.csv")
    used = {
        "form": client.generate_presigned_post(Bucket=bucket, Key="a/b.csv")["url"],
        "link": client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": "a/b.csv"}
        ),
        "call": refused.urls[0],
    }
    return {kind: url.partition("?")[0] for kind, url in used.items()}


@pytest.mark.parametrize("region", REGIONS)
def test_every_address_names_the_buckets_own_host_in_its_region(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    base = f"https://uploads.{REGIONS[region]}"
    assert addresses("uploads") == {
        "form": f"{base}/",
        "link": f"{base}/a/b.csv",
        "call": f"{base}/a/b.csv",
    }


@pytest.mark.parametrize("region", REGIONS)
def test_a_bucket_with_dots_is_in_the_path_because_no_certificate_covers_its_host(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    base = f"https://{REGIONS[region]}/shop.example.uploads"
    assert addresses("shop.example.uploads") == {
        "form": base,
        "link": f"{base}/a/b.csv",
        "call": f"{base}/a/b.csv",
    }


@pytest.mark.parametrize("variable", clients.S3_ENDPOINTS)
@pytest.mark.parametrize("emulator", EMULATORS)
@pytest.mark.parametrize("bucket", ["uploads", "shop.example.uploads"])
def test_on_an_emulator_every_bucket_is_in_the_path(
    bucket: str, emulator: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, EMULATORS[emulator])
    base = f"{EMULATORS[emulator]}/{bucket}"
    assert addresses(bucket) == {
        "form": base,
        "link": f"{base}/a/b.csv",
        "call": f"{base}/a/b.csv",
    }


@pytest.mark.parametrize("region", REGIONS)
def test_addresses_are_signed_by_version_4_for_the_region(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    client = clients.s3(clients.OPTIONAL)
    link = client.generate_presigned_url("get_object", Params={"Bucket": "uploads", "Key": "a"})
    form = client.generate_presigned_post(Bucket="uploads", Key="a")["fields"]
    (credential,) = parse_qs(urlsplit(link).query)["X-Amz-Credential"]
    for each in (credential, form["x-amz-credential"]):
        assert each.split("/")[2:] == [region, "s3", "aws4_request"]


def test_a_form_and_a_link_work_for_a_bucket_of_another_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client = clients.s3(clients.SHORT)
        client.create_bucket(
            Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        form = client.generate_presigned_post(Bucket="uploads", Key="a/b.csv")
        sent = requests.post(
            form["url"], data=form["fields"], files={"file": b"name\r\n"}, timeout=10
        )
        assert sent.status_code == 204
        link = client.generate_presigned_url(
            "get_object", Params={"Bucket": "uploads", "Key": "a/b.csv"}
        )
        assert requests.get(link, timeout=10).content == b"name\r\n"


def test_a_client_waits_as_long_as_it_is_told_and_shares_its_connections() -> None:
    made = {
        "s3": clients.s3(clients.STORE, connections=16),
        "sqs": clients.sqs(clients.STORE, connections=16),
        "secretsmanager": clients.secrets_manager(clients.STORE),
    }
    for service, client in made.items():
        config: Any = client.meta.config
        assert client.meta.service_model.service_name == service
        assert (config.connect_timeout, config.read_timeout) == (2, 5)
        assert config.retries["total_max_attempts"] == 3
        assert config.max_pool_connections == (10 if service == "secretsmanager" else 16)
