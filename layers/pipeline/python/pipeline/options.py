"""What a user may ask of the compressed images."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

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
    """Options of a job, applied to each of its images."""

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
