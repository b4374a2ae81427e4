"""``GET /``: the web console."""

from tests.api_requests import Call, event


def test_the_console_needs_no_key_and_may_send_to_the_storage(call: Call) -> None:
    answer = call(event("console"))
    assert answer["statusCode"] == 200
    headers = answer["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' https://uploads.s3.amazonaws.com " in policy
    assert "https://results.s3.amazonaws.com" in policy
    assert answer["body"].startswith("<!doctype html>")


def test_it_is_compressed_for_those_who_can_read_it(call: Call) -> None:
    compressed = event("console")
    compressed["headers"]["accept-encoding"] = "gzip, br"
    answer = call(compressed)
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert answer["isBase64Encoded"]
    assert len(answer["body"]) < 60_000
