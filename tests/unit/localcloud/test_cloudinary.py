import pytest

from localcloud import cloudinary
from localcloud.cdk import own_environment
from localcloud.errors import CloudError
from tests.cloud import ROOT

URL = "cloudinary://123:s3cr3t@shop"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        ("", None),
        (" ", None),
        (f" {URL}\n", URL),
        (f"{URL}?upload_prefix=http://a",) * 2,
    ],
    ids=["not set", "empty", "blank", "with white space", "with an option"],
)
def test_the_account_is_the_one_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, value: str | None, found: str | None
) -> None:
    monkeypatch.delenv(cloudinary.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(cloudinary.VARIABLE, value)
    assert cloudinary.from_environment() == found


@pytest.mark.parametrize("value", ["shop", "https://123:s3cr3t@shop", "cloudinary://s3cr3t@shop"])
def test_what_is_no_account_is_refused_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(cloudinary.VARIABLE, value)
    with pytest.raises(CloudError, match="must read cloudinary://KEY:SECRET@CLOUD") as raised:
        cloudinary.from_environment()
    assert "s3cr3t" not in str(raised.value)


def test_the_deploy_never_sees_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cloudinary.VARIABLE, URL)
    assert cloudinary.VARIABLE not in own_environment(ROOT)
