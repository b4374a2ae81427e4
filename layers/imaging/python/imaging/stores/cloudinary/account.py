"""Who uploads: the account that a CLOUDINARY_URL names."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from imaging.stores.cloudinary.answers import AccountError

OPTIONS = ("upload_prefix", "signature_algorithm")
"""What the address may have in its query, as with the SDK: another API (``https://api-eu.…``), and
``sha256`` for accounts that ask for it."""


@dataclass(frozen=True)
class Account:
    """Credentials; ``repr`` tells none of them."""

    cloud_name: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = ()

    def arguments(self) -> dict[str, str]:
        """The account as the SDK's calls take it, which spares its process-wide configuration."""
        return {
            "cloud_name": self.cloud_name,
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            **dict(self.options),
        }


def parse(url: str) -> Account:
    """The account of ``cloudinary://KEY:SECRET@CLOUD``, as the SDK reads it.

    Raises:
        AccountError: it is none, as before an operator has filled it in.
    """
    try:
        parts = urlsplit(url.strip())
        cloud, key, secret = parts.hostname, parts.username, parts.password
    except ValueError:
        cloud = key = secret = None  # and the error, which repeats the secret, goes nowhere
    if not (cloud and key and secret and parts.scheme == "cloudinary"):
        raise AccountError("This installation's Cloudinary account has not been set up.")
    query = parse_qs(parts.query)
    options = tuple((name, query[name][0]) for name in OPTIONS if name in query)
    return Account(cloud, key, secret, options)


class Credentials:
    """The account as it was last read, shared by threads.

    Args:
        read: gets the CLOUDINARY_URL; it raises a TransientError if it cannot.
    """

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._account: Account | None = None
        self._lock = threading.Lock()

    def account(self, *, refused: Account | None = None) -> Account:
        """The account; one that Cloudinary refused is read again, for it may have changed.

        Raises:
            AccountError: nobody has set it up.
            TransientError: it cannot be read.
        """
        with self._lock:
            if self._account is None or self._account == refused:
                self._account = parse(self._read())
            return self._account
