"""What Cloudinary's answers mean, decided in this one place.

Cloudinary documents the statuses and hardly any of the texts, so a status decides, and words only
tell apart what shares one (https://cloudinary.com/documentation/image_upload_api_reference).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.errors import DarkroomError, ImageError, ImageErrorCode, TransientError

PASSING = {408, 409, 423, 425, 499}
"""Besides 5xx, what another try may well change: time-outs, an asset that is being worked on."""

LIMITED = {420, 429}
"""Too many requests. 420 is Cloudinary's own, 429 its newer word for it."""

LONGEST_RESET = 3600.0
"""Seconds. Cloudinary's rate limits are of an hour; what lasts longer is a plan."""

REFUSED = {401, 402, 403}
"""The account, not the image."""

USED_UP = re.compile(
    r"disabled|suspended|blocked|quota|credits|subscription|plan\b|usage", re.IGNORECASE
)
"""A plan that is used up, or an account that was closed for it: its owner has to act."""

STALE = re.compile(r"stale request", re.IGNORECASE)
"""The signature is over an hour old, as after a frozen function woke up. The next one is fresh."""

LONGEST_TEXT = 200
"""Characters of Cloudinary's own text that users are shown."""


class AccountError(ImageError):
    """The account is at fault, so each further upload would end the same way."""

    def __init__(self, message: str) -> None:
        super().__init__(ImageErrorCode.STORAGE_ERROR, message)


class LimitedError(TransientError):
    """Cloudinary asks for patience, ``retry_after`` seconds of it if it says so."""

    def __init__(self, retry_after: float | None) -> None:
        message = "Cloudinary's rate limit is reached."
        super().__init__(ImageErrorCode.STORAGE_ERROR, message, retry_after=retry_after)


class AwayError(TransientError):
    """Cloudinary did not answer, or not as it should."""

    def __init__(self, message: str = "Cloudinary could not be reached.") -> None:
        super().__init__(ImageErrorCode.STORAGE_ERROR, message)


@dataclass(frozen=True)
class RateLimit:
    """The account's allowance: uploads in all, and those left until ``reset``."""

    limit: int
    remaining: int
    reset: datetime | None


def rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """What the ``X-FeatureRateLimit`` headers say, where an answer has them."""
    limit, remaining = (
        headers.get(f"x-featureratelimit-{name}", "") for name in ("limit", "remaining")
    )
    if not (limit.isdecimal() and remaining.isdecimal()):
        return None
    return RateLimit(int(limit), int(remaining), _date(headers.get("x-featureratelimit-reset", "")))


def judged(status: int, text: str, headers: Mapping[str, str]) -> DarkroomError:
    """The error that an answer without an image is."""
    if status >= 500 or status in PASSING or STALE.search(text):
        return AwayError(f"Cloudinary answered {status}.")
    wait = _wait(headers) if status in LIMITED else None
    if status in LIMITED and not (USED_UP.search(text) and (wait is None or wait > LONGEST_RESET)):
        return LimitedError(wait)
    if status in LIMITED or (status in REFUSED and USED_UP.search(text)):
        return AccountError("The Cloudinary account is disabled, or its plan is used up.")
    if status in REFUSED:
        return AccountError("Cloudinary does not accept this installation's credentials.")
    shown = " ".join(text.split())[:LONGEST_TEXT].rstrip(".") or f"it answered {status}"
    return ImageError(ImageErrorCode.STORAGE_ERROR, f"Cloudinary refused the image: {shown}.")


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: ``Retry-After`` (RFC 9110, section 10.2.3), else until the reset."""
    retry_after = headers.get("retry-after", "").strip()
    if retry_after.isdecimal():
        return float(retry_after)
    until = _date(retry_after) or _date(headers.get("x-featureratelimit-reset", ""))
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until else None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
