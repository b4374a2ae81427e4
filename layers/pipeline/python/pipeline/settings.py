"""The base of every stage's settings: read from the environment once, frozen, and checked."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each handler has its own subclass; a field ``outcomes_queue_url`` is read from the
    environment variable ``OUTCOMES_QUEUE_URL``.

    Raises:
        pydantic.ValidationError: names each variable that is missing or wrong.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")
