"""Which Darkroom to talk to, and with which key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from darkroom.errors import UsageError

URL, KEY = "DARKROOM_API_URL", "DARKROOM_API_KEY"
STACK = Path(".local") / "stack.json"
"""Where the local cloud leaves its address and a key."""


@dataclass(frozen=True)
class Target:
    """The API's address without trailing slash, and a key of one tenant."""

    api_url: str
    api_key: str


def find(environment: Mapping[str, str], folder: Path) -> Target:
    """The target that the environment names, else the local cloud's of ``folder`` or above it.

    A key from the environment goes with the local cloud's address too; the local cloud's key goes
    nowhere else.

    Raises:
        UsageError: there is none, or it is not whole.
    """
    url, key = environment.get(URL, "").strip(), environment.get(KEY, "").strip()
    if url and not key:
        raise UsageError(f"{URL} is set but {KEY} is not: set it to a key of that Darkroom.")
    if not url:
        found = _local(folder)
        url, key = found.api_url, key or found.api_key
    return _checked(Target(url.rstrip("/"), key))


def _local(folder: Path) -> Target:
    for place in (folder, *folder.parents):
        file = place / STACK
        try:
            content: dict[str, Any] = json.loads(file.read_text("utf-8"))
            return Target(str(content["api_url"]), str(content["api_key"]))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{file} cannot be read ({error}): write it anew with `make up`."
            ) from error
    raise UsageError(
        f"No Darkroom to talk to: set {URL} and {KEY}, or start the local cloud with `make up` "
        "and call this from inside its checkout."
    )


def _checked(target: Target) -> Target:
    parts = urlsplit(target.api_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise UsageError(f"{URL} must be an http:// or https:// address, not {target.api_url!r}.")
    if not (target.api_key.isascii() and target.api_key.isprintable()):
        raise UsageError(f"{KEY} has characters that no key has.")
    return target
