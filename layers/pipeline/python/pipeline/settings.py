"""The base of every stage's settings: read from the environment once, frozen, and checked."""

from typing import Annotated

from annotated_types import MinLen
from pydantic import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.options import StoreName


def _listed(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


Stores = Annotated[tuple[StoreName, ...], NoDecode, BeforeValidator(_listed), MinLen(1)]
"""Where a stage keeps images, comma-separated: ``s3,cloudinary``. The first is the usual one."""


class Settings(BaseSettings):
    """Each handler has its own subclass; a field ``outcomes_queue_url`` is read from the
    environment variable ``OUTCOMES_QUEUE_URL``.

    Raises:
        pydantic.ValidationError: names each variable that is missing or wrong.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")
