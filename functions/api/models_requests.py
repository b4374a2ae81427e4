"""What clients send."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from catalogue import urls
from pipeline.options import ImageOptions

LONGEST_FILENAME = 255
LONGEST_URL = 2_048


def _printable(text: str) -> str:
    # Control characters have no place in names; PostgreSQL refuses NUL altogether.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise ValueError("control characters are not allowed")
    return text


def _web_address(url: str) -> str:
    """The form that image URLs must have, too. Whether the address may be called is decided when
    it is called."""
    problem = urls.problem(url)
    if problem is not None:
        raise ValueError(problem.removesuffix("."))  # more may follow in the same sentence
    return url


Filename = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_FILENAME,
        description="Shown with the job, and in the name of its result.",
        examples=["products.csv"],
        json_schema_extra={"pattern": r"^[^\u0000-\u001F\u007F-\u009F]*$"},
    ),
    AfterValidator(_printable),
]

WebhookUrl = Annotated[
    str,
    Field(
        max_length=LONGEST_URL,
        description="Where to send the job's events, signed by Standard Webhooks.",
        examples=["https://shop.example/hooks/darkroom"],
        json_schema_extra={"format": "uri", "pattern": "^https?://[^/?#@]+([/?#]|$)"},
    ),
    AfterValidator(_web_address),
]


class CreateJob(BaseModel):
    """A job whose CSV will be sent to S3."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filename: Filename | None = None
    webhook_url: WebhookUrl | None = None
    options: ImageOptions = ImageOptions()

    @field_validator("options", mode="before")
    @classmethod
    def _whole_numbers(cls, options: object) -> object:
        """50.0 is an integer to JSON Schema (Validation, section 6.1.1), and to many a client."""
        if not isinstance(options, dict):
            return options
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in options.items()
        }


class JobFields(ImageOptions):
    """The same, as flat fields of a query or a form, which are all text."""

    filename: Filename | None = None
    webhook_url: WebhookUrl | None = None

    def as_request(self) -> CreateJob:
        """With those fields set that are set here."""
        said = self.model_dump(exclude_unset=True)
        options = {name: said.pop(name) for name in ImageOptions.model_fields if name in said}
        return CreateJob(**said, options=ImageOptions(**options))
