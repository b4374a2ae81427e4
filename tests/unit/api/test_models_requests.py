"""Addresses of webhooks are refused for the reasons that image URLs are."""

import pytest
from pydantic import ValidationError

from api.models_requests import CreateJob


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks",
        "http://127.0.0.1:9000/hooks?from=darkroom#1",
        pytest.param("https://h\u00e4ndler.example/", id="not ASCII"),
    ],
)
def test_a_web_address_is_taken_as_it_is(url: str) -> None:
    assert CreateJob(webhook_url=url).webhook_url == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://shop.example/", "must begin with http:// or https://"),
        ("https://user:secret@shop.example/", "must not contain a user name or password"),
        ("https://shop.example\\@evil.example/", "U+005C"),
        pytest.param("https://shop.example/\r\nX: y", "U+000D", id="line end"),
        ("https://evil.example%00.shop.example/", "not a valid name"),
        ("https://shop..example/", "not a valid name"),
        ("https://[fe80::1%25eth0]/", "interface"),
        ("https://shop.example:0/", "port"),
        ("https://", "names no host"),
        pytest.param("https://shop.example/".ljust(2_049, "a"), "2048 characters", id="too long"),
    ],
)
def test_what_is_no_web_address_is_explained(url: str, words: str) -> None:
    with pytest.raises(ValidationError, match="webhook_url") as caught:
        CreateJob(webhook_url=url)
    assert words in str(caught.value)
