"""Requests to the api function as API Gateway hands them over, and what its answers share."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

EVENTS = Path(__file__).parents[1] / "events"
API_URL = "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4e5/$default"
KEY = "dk_test_key"
CSV = b"S. No.,Product Name,Input Image Urls\r\n1,Oak chair,https://shop.example/a.jpg\r\n"

NO_IDS = ["1", "not-an-id", "%00", "\x00", "../etc", "01a20a25-981d-7ea6-8e1d-bfea52108785"]
"""What no job and no delivery has as its id."""

Answer = dict[str, Any]
Call = Callable[..., Answer]


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"api-{name}.json").read_text("utf-8"))
    return loaded


def request(
    method: str,
    path: str,
    *,
    key: str | None = KEY,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: bytes | None = None,
) -> dict[str, Any]:
    """An event as API Gateway makes it: header names in lower case, ``text/*`` and JSON bodies as
    text, all others in base64."""
    made = event("health")
    made["requestContext"]["http"] |= {"method": method, "path": path}
    made |= {"rawPath": path, "rawQueryString": urlencode(query or {})}
    if query:
        made["queryStringParameters"] = dict(parse_qsl(made["rawQueryString"], True))
    made["headers"] |= {name.lower(): value for name, value in (headers or {}).items()}
    if key is not None:
        made["headers"]["authorization"] = f"Bearer {key}"
    if body is not None:
        kind = made["headers"].get("content-type", "")
        as_text = kind.startswith(("text/", "application/json"))
        made["isBase64Encoded"] = not as_text
        made["body"] = (
            body.decode("utf-8", "replace") if as_text else base64.b64encode(body).decode()
        )
    return made


def form(**fields: str | tuple[str, bytes]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a form; a tuple is a file's name and content."""
    body = b""
    for name, value in fields.items():
        filename, content = value if isinstance(value, tuple) else (None, value.encode())
        disposition = f'form-data; name="{name}"'
        disposition += f'; filename="{filename}"' if filename is not None else ""
        body += f"--xYz\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
    return {"content-type": "multipart/form-data; boundary=xYz"}, body + b"--xYz--\r\n"


def get(call: Call, path: str, **more: Any) -> Answer:
    return call(request("GET", path, **more))


def assert_problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    assert answer["statusCode"] == status, answer
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer["body"]
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    return body
