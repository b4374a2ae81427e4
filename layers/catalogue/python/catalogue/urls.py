"""Telling the URLs in a cell apart, and those that can be fetched from those that never will."""

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

from catalogue import limits

LONGEST_AUTHORITY = 253 + 1 + 6
"""Characters of a name (RFC 1035, section 2.3.4: 255 octets on the wire), its last dot, a port."""

_TOKEN = re.compile(r"[^\s,;|]+")

# What nearly every URL looks like; whatever does not match is looked at closely.
_PLAIN = re.compile(
    rf"https?://(?![^/?#]{{{LONGEST_AUTHORITY + 1}}})"
    r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*"
    r"(?:[/?#][!#-;=?-\[\]-~]*)?",  # all printable ASCII but space " < > \
    re.IGNORECASE | re.ASCII,
)
_AUTHORITY_END = re.compile("[/?#]")
_LABEL = re.compile(r"[\w-]{1,63}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)

_FORBIDDEN = frozenset('"<>\\')
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"})
"""Control and format characters, surrogates, unassigned code points, spaces."""


def split(cell: str) -> list[str]:
    """The URLs in a cell, which comma, semicolon, pipe or white space separates.

    A URL that contains one of these must write it percent-encoded (``%2C`` for a comma).
    """
    return _TOKEN.findall(cell)


def problem(url: str) -> str | None:
    """Why no request can be made from ``url``, in one sentence; None if one can.

    Only its form counts. Whether its host may be reached is decided when it is fetched.
    """
    if len(url) <= limits.URL_CHARACTERS and _PLAIN.fullmatch(url):
        return None
    return _text_problem(url) or _authority_problem(url)


def _text_problem(url: str) -> str | None:
    if len(url) > limits.URL_CHARACTERS:
        return (
            f"The URL has {len(url):,} characters; at most {limits.URL_CHARACTERS:,} are allowed."
        )
    if not _SCHEME.match(url):
        return "The URL must begin with http:// or https://."
    for character in url:
        if character in _FORBIDDEN or unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
            return f"The URL contains a character that must be encoded: U+{ord(character):04X}."
    return None


def _authority_problem(url: str) -> str | None:
    authority = _AUTHORITY_END.split(url.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        return "The URL must not contain a user name or password."
    if len(authority) > LONGEST_AUTHORITY:  # urlsplit's time for it may grow with its square
        return "The URL's host is longer than any name can be."
    try:
        parts = urlsplit(url)
    except ValueError:
        return "The URL's host cannot be understood."
    return _port_problem(parts) or _host_problem(parts)


def _port_problem(parts: SplitResult) -> str | None:
    try:
        valid = parts.port != 0
    except ValueError:
        valid = False
    return None if valid else "The URL's port must be a number from 1 to 65535."


def _host_problem(parts: SplitResult) -> str | None:
    host = parts.hostname
    if not host:
        return "The URL names no host."
    if parts.netloc.startswith("["):
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return "The URL's host is not an IPv6 address."
        if "%" in host:
            return "The URL's host names an interface of one machine; nobody else knows it."
    elif not all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")):
        return "The URL's host is not a valid name."
    return None
