"""What a user may ask of the compressed images.

Who takes options in (the api) or obeys them (ingest, the processor) reads them strictly, as
``ImageOptions``. Who only keeps them or hands them on reads them as ``StoredOptions``, so that an
option of a newer release neither gets lost nor is in the way.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    JsonValue,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pipeline.errors import NotUnderstoodError

StoredOptions = dict[str, JsonValue]
"""A job's options as they lie in ``jobs.options`` and in messages, whichever release wrote them."""

FIRST = frozenset({"quality", "format", "max_width", "max_height", "store"})
"""Options of the first release, 0.1.0. It wants none but these, so others are only written where
they change something."""

LARGEST_SIDE = 16_383
"""Pixels. WebP's limit (RFC 9649: 14-bit dimensions), and more than any shop shows."""


class ImageFormat(StrEnum):
    """Output formats a user may choose."""

    AUTO = "auto"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    KEEP = "keep"


class StoreName(StrEnum):
    """Where compressed images are kept. A stage has one of these or both."""

    S3 = "s3"
    CLOUDINARY = "cloudinary"


class ImageOptions(BaseModel):
    """Options of a job, applied to each of its images.

    A new option must have a default that means "as before there was this option".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quality: int = Field(
        default=50, ge=1, le=100, description="Encoder quality; 50 keeps photographs presentable."
    )
    format: ImageFormat = Field(
        default=ImageFormat.AUTO,
        description="`auto`: JPEG for opaque images, WebP where there is transparency or "
        "animation. `keep`: the source's own.",
    )
    max_width: int | None = Field(
        default=None, ge=1, le=LARGEST_SIDE, description="Shrink to at most this many pixels wide."
    )
    max_height: int | None = Field(
        default=None, ge=1, le=LARGEST_SIDE, description="Shrink to at most this many pixels high."
    )
    store: StoreName | None = Field(
        default=None,
        description="Where the images are kept and served from, of the stores that this "
        "installation has; its usual one by default.",
    )

    def stored(self) -> StoredOptions:
        """As they are stored and sent: those of the first release always, so that a job keeps what
        was its default when it was made; later ones where they are not the default."""
        return self.model_dump(mode="json", exclude_none=True, exclude=unchanged(self, FIRST))


def unchanged(model: BaseModel, first: frozenset[str]) -> set[str]:
    """The fields that a later release than the first one has added, and that have their default.

    Left out, they keep what is written as it was before they existed.

    Args:
        first: the fields of the first release.
    """
    fields = type(model).model_fields
    return {
        name
        for name in fields.keys() - first
        if getattr(model, name) == fields[name].get_default(call_default_factory=True)
    }


def understood(stored: Mapping[str, JsonValue]) -> ImageOptions:
    """The options to obey.

    Raises:
        NotUnderstoodError: they ask for something that only a newer release can do. Leaving that
            out would make other images than the user asked for.
    """
    asked = {name: value for name, value in stored.items() if value is not None}
    try:
        return ImageOptions.model_validate(asked)
    except ValidationError as error:
        unknown = sorted({str(name) for each in error.errors() for name in each["loc"][:1]})
        raise NotUnderstoodError(
            f"This release cannot follow the job's options ({', '.join(unknown)}); retry the job "
            "once a newer one is deployed."
        ) from None


class _DocumentedAsOptions:
    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(ImageOptions.__pydantic_core_schema__)


ShownOptions = Annotated[StoredOptions, _DocumentedAsOptions()]


def shown(stored: Mapping[str, JsonValue]) -> StoredOptions:
    """Options as a user sees them: with the defaults of those that the job's release did not know
    or left out, and with those that this release does not know."""
    return ImageOptions().model_dump(mode="json") | dict(stored)
