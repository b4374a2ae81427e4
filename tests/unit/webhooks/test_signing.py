import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks import signing


def test_the_signature_is_that_of_the_published_vector() -> None:
    """From the specification's own libraries (standard-webhooks, "test sign function")."""
    headers = signing.headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body='{"test": 2432232314}',
        signing_secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "content-type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.text())
def test_the_public_library_verifies_any_body(body: str) -> None:
    secret = signing.new_secret()
    headers = signing.headers(
        message_id=str(uuid4()), at=datetime.now(UTC), body=body, signing_secrets=[secret]
    )
    Webhook(secret).verify(body.encode(), headers, json_parse=False)


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    elsewhere = at.astimezone(timezone(timedelta(hours=9)))
    secret = signing.new_secret()
    headers = [
        signing.headers(message_id="1", at=each, body="{}", signing_secrets=[secret])
        for each in (at, elsewhere)
    ]
    assert headers[0] == headers[1]
    assert headers[0]["webhook-timestamp"] == str(int(at.timestamp()))


def test_during_a_rotation_either_secret_verifies_and_no_other() -> None:
    new, old = signing.new_secret(), signing.new_secret()
    headers = signing.headers(
        message_id="1", at=datetime.now(UTC), body="{}", signing_secrets=[new, old]
    )
    for secret in (new, old):
        Webhook(secret).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify("{}", headers)


def test_a_changed_body_is_noticed() -> None:
    secret = signing.new_secret()
    headers = signing.headers(
        message_id="1", at=datetime.now(UTC), body='{"a":1}', signing_secrets=[secret]
    )
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"a":2}', headers)


def test_a_secret_has_the_form_and_length_of_the_specification() -> None:
    secret = signing.new_secret()
    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64
    assert secret != signing.new_secret()
