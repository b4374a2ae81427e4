"""This machine's own addresses, and an emulator's, are asked directly, whatever proxy is named."""

import urllib.parse
from collections.abc import Mapping

HERE = ("127.0.0.1", "localhost")


def past_proxies(environment: Mapping[str, str], url: str | None = None) -> dict[str, str]:
    """The variable that says so, beside whatever it said before.

    In both spellings: libraries read the lower-case one first, and then no other.

    Args:
        url: whose host is asked directly as well.
    """
    named = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    host = urllib.parse.urlsplit(url or "").hostname or ""
    hosts = dict.fromkeys(filter(None, (*HERE, host, *named.split(","))))
    value = ",".join(hosts)
    return {"no_proxy": value, "NO_PROXY": value}
