"""Runs inside the deployed functions: the DNS of names whose owners answer as they like.

A layer carries it beside ``answers.json``, and it stands in front of the function's own handler.
Nothing of Darkroom knows of it: it is the system's resolver that answers differently.
"""

import json
import os
import socket
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

_ANSWERS: dict[str, list[list[str]]] = json.loads(
    Path(__file__).with_name("answers.json").read_text()
)
"""By name, the addresses of the first lookup, of the second and so on; the last ones for ever."""

_asked: Counter[str] = Counter()
_of_the_system = socket.getaddrinfo


def _getaddrinfo(
    host: Any,
    *args: Any,
    **kwargs: Any,
) -> list[Any]:
    rounds = _ANSWERS.get(host)
    if rounds is None:
        return _of_the_system(host, *args, **kwargs)
    addresses = rounds[min(_asked[host], len(rounds) - 1)]
    _asked[host] += 1
    return [info for address in addresses for info in _of_the_system(address, *args, **kwargs)]


socket.getaddrinfo = _getaddrinfo

_module, _, _function = os.environ["HOSTILE_DNS_HANDLER"].rpartition(".")
handler = getattr(import_module(_module), _function)
