import pytest
from pydantic import ValidationError

from pipeline.options import StoreName
from pipeline.settings import Settings, Stores


class Sample(Settings):
    outcomes_queue_url: str
    retention_days: int


def test_a_field_is_read_from_the_variable_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCOMES_QUEUE_URL", "https://sqs.example/outcomes")
    monkeypatch.setenv("RETENTION_DAYS", "90")
    settings = Sample()
    assert (settings.outcomes_queue_url, settings.retention_days) == (
        "https://sqs.example/outcomes",
        90,
    )


def test_what_is_missing_or_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTCOMES_QUEUE_URL", raising=False)
    monkeypatch.setenv("RETENTION_DAYS", "soon")
    with pytest.raises(ValidationError) as raised:
        Sample()
    assert {each["loc"] for each in raised.value.errors()} == {
        ("outcomes_queue_url",),
        ("retention_days",),
    }


def test_settings_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Sample(outcomes_queue_url="x", retention_days=1)
    with pytest.raises(ValidationError, match="frozen"):
        settings.retention_days = 2  # type: ignore[misc]  # that is the point


class Stored(Settings):
    stores: Stores


@pytest.mark.parametrize(
    ("text", "stores"),
    [
        ("s3", (StoreName.S3,)),
        ("cloudinary,s3", (StoreName.CLOUDINARY, StoreName.S3)),
        ("", None),
        ("s3,", None),
        ("ftp", None),
    ],
    ids=["one", "two", "none", "comma behind", "unknown"],
)
def test_stores_are_listed_with_commas(
    monkeypatch: pytest.MonkeyPatch, text: str, stores: tuple[StoreName, ...] | None
) -> None:
    monkeypatch.setenv("STORES", text)
    if stores is None:
        with pytest.raises(ValidationError, match="stores"):
            Stored()
    else:
        assert Stored().stores == stores
