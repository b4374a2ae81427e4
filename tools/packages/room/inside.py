"""What stands in for Lambda's runtime inside a room: imports a handler, and answers one request.

It has the standard library and what the function brings. It reads a request as JSON from stdin:

    path      folders that Lambda puts before the standard library
    handler   "api.handler.handler"
    checks    true: look into the packages; false: only call the handler
    own       packages of our own, all modules of which are imported
    settings  names of the variables that the template gives
    timeout   the function's, in seconds
    event     what the handler is called with

and writes to stdout ``import_seconds``, ``problems`` and, of a call, ``result`` or ``error``.
"""

import importlib
import importlib.util
import json
import os
import pkgutil
import sys
import time
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterator
from typing import Any

LEFT_OUT = (".__main__", ".migrations.env", ".migrations.versions.")
"""What is no module to import: alembic and Python run it."""


class Context:
    """What Lambda hands over beside the event."""

    function_version = "$LATEST"
    memory_limit_in_mb = 512
    identity = client_context = None

    def __init__(self, name: str, seconds: int) -> None:
        self.function_name = name
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = "1"
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    sys.path[:0] = request["path"]
    problems: list[str] = []
    warned = Warned()
    module_name, _, function = request["handler"].rpartition(".")
    began = time.perf_counter()
    try:
        handler = getattr(importlib.import_module(module_name), function)
    except Exception:  # noqa: BLE001 (whatever it is, Lambda would report it)
        return {"problems": [f"cannot be imported: {last_line()}"], "trace": traceback.format_exc()}
    told: dict[str, Any] = {"import_seconds": time.perf_counter() - began}
    if not callable(handler):
        return told | {"problems": [f"has no function {request['handler']}"]}
    context = Context(module_name.partition(".")[0], request["timeout"])
    if request["checks"]:
        problems += modules(request["own"])
        problems += missing_settings(handler, context, request["settings"])
        for library, check in LIBRARIES.items():
            if importlib.util.find_spec(library) is not None:
                problems += outcome(library, check)
        problems += warned.messages
    if "event" in request:
        try:
            told["result"] = handler(request["event"], context)
        except Exception:  # noqa: BLE001 (as above)
            told["error"] = last_line()
            told["trace"] = traceback.format_exc()
    return told | {"problems": problems}


class Warned:
    """Collects warnings, which nobody reads in Lambda's log and which a later release makes errors.

    Filters that a package sets itself stay in force.
    """

    def __init__(self) -> None:
        self.messages: list[str] = []
        warnings.simplefilter("always")
        warnings.showwarning = self._take  # type: ignore[assignment]

    def _take(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        *_: object,
    ) -> None:
        self.messages.append(f"warns in {filename}:{lineno}: {category.__name__}: {message}")


def modules(own: list[str]) -> Iterator[str]:
    """Every module of our own, also those that only a rare request needs."""
    for name in own:
        root = importlib.import_module(name)
        if not hasattr(root, "__path__"):
            continue
        for each in pkgutil.walk_packages(root.__path__, f"{name}.", onerror=lambda _: None):
            if not any(part in each.name for part in LEFT_OUT):
                try:
                    importlib.import_module(each.name)
                except Exception:  # noqa: BLE001 (as above)
                    yield f"{each.name} cannot be imported: {last_line()}"


def missing_settings(
    handler: Callable[..., Any], context: Context, names: list[str]
) -> Iterator[str]:
    """Without its variables a stage's handler must name them, rather than fail somewhere inside."""
    if "POWERTOOLS_SERVICE_NAME" not in names:
        return  # what only a deploy runs, which sets them itself
    own = [name for name in names if not name.startswith("POWERTOOLS_")]
    kept = {name: os.environ.pop(name) for name in own}
    try:
        handler({"Records": []}, context)
    except Exception as error:  # noqa: BLE001 (as above)
        said = str(error).upper()
        if not any(name in said for name in own):
            yield f"without its settings it says only: {last_line()}"
    else:
        yield "works without any of its settings"
    finally:
        os.environ.update(kept)


def outcome(library: str, check: Callable[[], str | None]) -> Iterator[str]:
    try:
        problem = check()
    except Exception:  # noqa: BLE001 (as above)
        problem = last_line()
    if problem:
        yield f"{library}: {problem}"


def boto3() -> str | None:
    import botocore.httpsession  # noqa: PLC0415 (as in all of these: the room may not have it)

    return certificates(botocore.httpsession.get_cert_path(True))


def certifi() -> str | None:
    import certifi  # noqa: PLC0415

    return certificates(certifi.where())


def certificates(file: str | None) -> str | None:
    import ssl  # noqa: PLC0415

    count = ssl.create_default_context(cafile=file).cert_store_stats()["x509_ca"]
    return None if count > 50 else f"only {count} authorities in {file}"


def psycopg() -> str | None:
    import psycopg  # noqa: PLC0415

    if psycopg.pq.__impl__ != "binary":
        return f"uses the {psycopg.pq.__impl__} implementation, not the wheel's own"
    try:  # nobody listens on port 1; without TLS in libpq it would not even try
        psycopg.connect("host=127.0.0.1 port=1 sslmode=require require_auth=scram-sha-256").close()
    except psycopg.OperationalError as error:
        if "refused" not in str(error):
            return str(error)
    return None


def pillow() -> str | None:
    from PIL import features  # noqa: PLC0415

    needed = ("jpg", "zlib", "libtiff", "webp", "avif", "littlecms2")
    missing = [each for each in needed if not features.check(each)]
    return f"lacks {', '.join(missing)}" if missing else None


def idna() -> str | None:
    import idna  # noqa: PLC0415

    return None if idna.encode("bücher.example") == b"xn--bcher-kva.example" else "cannot encode"


def standardwebhooks() -> str | None:
    from datetime import datetime, timezone  # noqa: PLC0415

    from standardwebhooks.webhooks import Webhook  # noqa: PLC0415

    signer, now = Webhook("whsec_c2VjcmV0"), datetime.now(timezone.utc)  # noqa: UP017
    signature = signer.sign("1", now, "{}")
    headers = {"webhook-id": "1", "webhook-signature": signature}
    signer.verify("{}", headers | {"webhook-timestamp": str(int(now.timestamp()))})
    return None


LIBRARIES: dict[str, Callable[[], str | None]] = {
    "boto3": boto3,
    "certifi": certifi,
    "psycopg": psycopg,
    "PIL": pillow,
    "idna": idna,
    "standardwebhooks": standardwebhooks,
}


def last_line() -> str:
    """The exception that is being handled, in one line."""
    kind, value, _ = sys.exc_info()
    return " ".join(f"{kind.__name__ if kind else ''}: {value}".split())


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the function prints is its log
    told = answer(json.load(sys.stdin))
    json.dump(told, out, default=str)
    out.close()


if __name__ == "__main__":
    main()
