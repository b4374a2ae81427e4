"""A stand-in for Cloudinary: its upload API as documented, on loopback, and the CDN behind it.

The SDK reaches it by its own ``upload_prefix``. It knows one account, checks every signature and
timestamp, keeps assets with their versions, and answers in Cloudinary's words where those are known
(https://cloudinary.com/documentation/image_upload_api_reference). Nothing of the SDK is used here.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

WINDOW = 3600
"""Seconds for which a signature is good."""

NOT_SIGNED = {"file", "cloud_name", "resource_type", "api_key", "signature"}

MAGIC = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"RIFF": "webp", b"GIF8": "gif"}

Answer = tuple[int, dict[str, Any]]
Mishap = Callable[["Visit"], None]


@dataclass(frozen=True)
class Asset:
    """What an upload left."""

    public_id: str
    asset_id: str
    version: int
    data: bytes
    format: str
    folder: str
    context: dict[str, str]


class RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def signature(parameters: dict[str, str], secret: str, algorithm: str = "sha1") -> str:
    """The documented one: all parameters but a few, by name, joined, and the secret behind them.
    An ampersand within a value is escaped, or it could pass for a parameter (version 2)."""
    return hashlib.new(algorithm, (to_sign(parameters) + secret).encode()).hexdigest()


def to_sign(parameters: dict[str, str]) -> str:
    pairs = sorted(f"{name}={value}" for name, value in parameters.items() if value)
    return "&".join(pair.replace("&", "%26") for pair in pairs)


class Visit(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer's head and body are sent one after the other
    server: "_Server"

    def do_POST(self) -> None:
        cloudinary = self.server.cloudinary
        self._body = self.rfile.read(int(self.headers["Content-Length"]))
        with cloudinary.under_way(self.client_address[1]) as self._others:
            mishap = cloudinary.next_mishap()
            if mishap:
                mishap(self)
            else:
                self.answer(*self.work())

    def work(self) -> Answer:
        """Does what is asked; what to answer."""
        try:
            return self.server.cloudinary.act(self.path, self._fields(self._body), self._others)
        except RefusedError as refused:
            return refused.status, {"error": {"message": refused.message}}

    def do_GET(self) -> None:
        """The CDN."""
        asset = self.server.cloudinary.delivered(unquote(urlsplit(self.path).path))
        if asset is None:
            self.answer(404, None, b"", {"X-Cld-Error": "Resource not found"})
        else:
            kind = "jpeg" if asset.format == "jpg" else asset.format
            self.answer(200, None, asset.data, {"Content-Type": f"image/{kind}"})

    def answer(
        self,
        status: int,
        answer: dict[str, Any] | None,
        raw: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> None:
        body = raw if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        sent = {"Content-Length": str(len(body)), **self.server.cloudinary.rate_limit_headers()}
        if answer is not None:
            sent |= {"Content-Type": "application/json; charset=utf-8", "X-Request-Id": "r" * 32}
            if "error" in answer:
                sent["X-Cld-Error"] = answer["error"]["message"]
        for name, value in (sent | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True

    def _fields(self, body: bytes) -> dict[str, Any]:
        """The form's fields as text, ``file`` as bytes (RFC 7578)."""
        found = re.fullmatch(r"multipart/form-data; boundary=(\S+)", self.headers["Content-Type"])
        if found is None:
            raise RefusedError(400, "Invalid request")
        fields: dict[str, Any] = {}
        for part in body.split(b"--" + found[1].encode())[1:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            name = re.search(r'name="([^"]+)"', head.decode())
            assert name
            content = content.removesuffix(b"\r\n")
            fields[name[1]] = content if name[1] == "file" else content.decode()
        return fields

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    cloudinary: "CloudinaryServer"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of some tests."""


@dataclass
class CloudinaryServer:
    """Use as a context manager; then ``url`` is the account's CLOUDINARY_URL.

    Attributes:
        now: its clock, in seconds.
        most: uploads at once; one more is answered with 420.
        largest: bytes of a file that the plan allows.
        rate_limit: limit, remaining, and when it is reset; counted down, and enforced.
        disabled: what an account is that was not paid for.
        uploads: each upload that was accepted, its fields as they came, without the file.
        peak: most uploads that were under way at once.
        connections: the clients' ports.
    """

    cloud_name: str = "shop"
    api_key: str = "123456789012345"
    api_secret: str = "s3cr3t-of-the-shop"
    algorithm: str = "sha1"
    now: Callable[[], float] = time.time
    most: int = 1_000
    largest: int = 10_485_760
    rate_limit: tuple[int, int, datetime] | None = None
    disabled: bool = False
    assets: dict[str, Asset] = field(default_factory=dict)
    uploads: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    peak: int = 0
    connections: set[int] = field(default_factory=set)
    mishaps: list[Mishap] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _busy: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), Visit)
        self._server.cloudinary = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def prefix(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        account = f"{self.api_key}:{self.api_secret}@{self.cloud_name}"
        return f"cloudinary://{account}?upload_prefix={self.prefix}"

    def next(
        self, status: int, message: str | bytes, headers: dict[str, str] | None = None
    ) -> None:
        """Answers one request so, whatever it is; bytes are a body that is no JSON."""

        def answer(visit: Visit) -> None:
            if isinstance(message, bytes):
                visit.answer(status, None, message, headers)
            else:
                visit.answer(status, {"error": {"message": message}}, headers=headers)

        self.mishaps.append(answer)

    def next_mishap(self) -> Mishap | None:
        with self._lock:
            self.requests += 1
            return self.mishaps.pop(0) if self.mishaps else None

    def under_way(self, port: int) -> "_UnderWay":
        return _UnderWay(self, port)

    def rate_limit_headers(self) -> dict[str, str]:
        if self.rate_limit is None:
            return {}
        limit, remaining, reset = self.rate_limit
        return {
            "X-FeatureRateLimit-Limit": str(limit),
            "X-FeatureRateLimit-Remaining": str(remaining),
            "X-FeatureRateLimit-Reset": format_datetime(reset, usegmt=True),
        }

    def act(self, path: str, fields: dict[str, Any], others: int) -> Answer:
        """Uploads or destroys.

        Raises:
            RefusedError: it does not.
        """
        _, version, cloud, kind, action = path.split("/")
        if (version, kind) != ("v1_1", "image") or action not in {"upload", "destroy"}:
            raise RefusedError(404, "Not found")
        self._authenticate(cloud, fields)
        self._limit(others)
        with self._lock:
            return self._upload(fields) if action == "upload" else self._destroy(fields)

    def delivered(self, path: str) -> Asset | None:
        """An asset by its address; the version in it only tells caches apart."""
        found = re.fullmatch(r"/(\w+)/image/upload/(?:v\d+/)?(.+)\.(\w+)", path)
        if found is None or found[1] != self.cloud_name:
            return None
        asset = self.assets.get(found[2])
        return asset if asset and asset.format == found[3] else None

    def _authenticate(self, cloud: str, fields: dict[str, Any]) -> None:
        if cloud != self.cloud_name:
            raise RefusedError(401, f"Invalid cloud_name {cloud}")
        if self.disabled:
            raise RefusedError(401, f"cloud_name {cloud} is disabled")
        if fields.get("api_key") != self.api_key:
            raise RefusedError(401, f"Unknown API key {fields.get('api_key')}")
        if not fields.get("timestamp", "").isdecimal():
            raise RefusedError(400, "Missing required parameter - timestamp")
        signed = {name: value for name, value in fields.items() if name not in NOT_SIGNED}
        if fields.get("signature") != signature(signed, self.api_secret, self.algorithm):
            raise RefusedError(
                401,
                f"Invalid Signature {fields.get('signature')}. "
                f"String to sign - '{to_sign(signed)}'.",
            )
        sent = int(fields["timestamp"])
        if sent < self.now() - WINDOW:
            at = datetime.fromtimestamp(sent, UTC).strftime("%Y-%m-%d %H:%M:%S %z")
            raise RefusedError(
                400, f"Stale request - reported time is {at} which is more than 1 hour ago"
            )

    def _limit(self, others: int) -> None:
        if others >= self.most:
            raise RefusedError(420, "Too many concurrent requests, please try again later")
        with self._lock:
            if self.rate_limit is None:
                return
            limit, remaining, reset = self.rate_limit
            if reset.timestamp() <= self.now():
                self.rate_limit = None
            elif remaining == 0:
                at = reset.strftime("%Y-%m-%d %H:%M:%S UTC")
                raise RefusedError(
                    420,
                    f"Rate Limit Exceeded. Limit of {limit} api operations reached. "
                    f"Try again on {at}",
                )
            else:
                self.rate_limit = (limit, remaining - 1, reset)

    def _upload(self, fields: dict[str, Any]) -> Answer:
        data: bytes = fields.pop("file", b"")
        if not data:
            raise RefusedError(400, "Missing required parameter - file")
        if len(data) > self.largest:
            raise RefusedError(
                400,
                f"File size too large. Got {len(data)}. Maximum is {self.largest}. "
                "Upgrade your plan to enjoy higher limits "
                "https://www.cloudinary.com/pricing/upgrades/file-limit",
            )
        format_ = next((name for magic, name in MAGIC.items() if data.startswith(magic)), None)
        if data[4:12] == b"ftypavif":
            format_ = "avif"
        if format_ is None:
            raise RefusedError(400, "Invalid image file")
        name = fields["public_id"]
        before = self.assets.get(name)
        if before and fields.get("overwrite") == "0":
            return 200, self._shown(before) | {"existing": True}
        asset = Asset(
            public_id=name,
            asset_id=before.asset_id
            if before
            else hashlib.md5(fields["public_id"].encode()).hexdigest(),
            version=max(int(self.now()), before.version + 1 if before else 0),
            data=data,
            format=format_,
            folder=fields.get("asset_folder", ""),
            context=_context(fields.get("context", "")),
        )
        self.assets[asset.public_id] = asset
        self.uploads.append(fields)
        return 200, self._shown(asset) | ({"overwritten": True} if before else {})

    def _destroy(self, fields: dict[str, Any]) -> Answer:
        gone = self.assets.pop(fields.get("public_id", ""), None)
        return 200, {"result": "ok" if gone else "not found"}

    def _shown(self, asset: Asset) -> dict[str, Any]:
        place = f"/{self.cloud_name}/image/upload/v{asset.version}/{asset.public_id}.{asset.format}"
        signed = {"public_id": asset.public_id, "version": str(asset.version)}
        return {
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
            "version": asset.version,
            "signature": signature(signed, self.api_secret, self.algorithm),
            "format": asset.format,
            "resource_type": "image",
            "type": "upload",
            "created_at": datetime.fromtimestamp(asset.version, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "bytes": len(asset.data),
            "etag": hashlib.md5(asset.data).hexdigest(),
            "url": f"{self.prefix}{place}",
            "secure_url": f"{self.prefix}{place}",
            "asset_folder": asset.folder,
            "context": {"custom": asset.context},
            "api_key": self.api_key,
        }


class _UnderWay:
    """Counts a request while it is worked on."""

    def __init__(self, cloudinary: CloudinaryServer, port: int) -> None:
        self._cloudinary, self._port = cloudinary, port

    def __enter__(self) -> int:
        with self._cloudinary._lock:
            others = self._cloudinary._busy
            self._cloudinary._busy += 1
            self._cloudinary.peak = max(self._cloudinary.peak, others + 1)
            self._cloudinary.connections.add(self._port)
        return others

    def __exit__(self, *_: object) -> None:
        with self._cloudinary._lock:
            self._cloudinary._busy -= 1


def _context(text: str) -> dict[str, str]:
    """``key=value`` pairs between bars; both signs are escaped with a backslash in a value."""
    pairs = re.findall(r"((?:\\.|[^|\\])+)", text)
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        found[name] = re.sub(r"\\(.)", r"\1", value)
    return found
