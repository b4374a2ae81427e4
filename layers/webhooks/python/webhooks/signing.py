"""Signatures by Standard Webhooks (https://www.standardwebhooks.com), and their secrets."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

SECRET_BYTES = 32
"""Within the 24-64 bytes that the specification asks for."""

TOLERANCE = timedelta(minutes=4)
"""Receivers refuse a timestamp over five minutes old; one minute is left for the way."""


def new_secret() -> str:
    """A fresh webhook secret, ``whsec_`` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def headers(
    *, message_id: str, at: datetime, body: str, signing_secrets: list[str]
) -> dict[str, str]:
    """The headers of one signed request.

    Args:
        at: the time the signature states, with a time zone.
        signing_secrets: every secret to sign with; during a rotation the new one and the old one.
    """
    at = at.astimezone(UTC)
    signatures = [
        Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body)
        for secret in signing_secrets
    ]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
