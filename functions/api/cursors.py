"""Where a list goes on: opaque to clients, and good only for the list it came from."""

import base64
import binascii
import hashlib
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from api.errors import FieldError, InvalidRequest

LONGEST = 200
"""Characters; ours have about 100."""


class _Cursor(BaseModel):
    """``of`` is a digest of the list's name: a cursor of another list or tenant does not fit. One
    that a newer release has made for the same list goes on in this one."""

    model_config = ConfigDict(extra="ignore", strict=True)

    of: str
    after: str


def encode(listing: str, after: str) -> str:
    """A cursor behind ``after``.

    Args:
        listing: names the list with everything that narrows it: tenant, job, filters.
        after: place of the page's last item.
    """
    cursor = _Cursor(of=_digest(listing), after=after).model_dump_json()
    return base64.urlsafe_b64encode(cursor.encode()).rstrip(b"=").decode("ascii")


def decode(listing: str, cursor: str) -> str:
    """The place behind which the list goes on.

    Raises:
        InvalidRequest: not a cursor that ``encode`` made for this list.
    """
    if len(cursor) > LONGEST:
        raise bad_cursor()
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = _Cursor.model_validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        raise bad_cursor() from None
    if found.of != _digest(listing):
        raise bad_cursor()
    return found.after


def decode_id(listing: str, cursor: str) -> UUID:
    """The same, for lists whose places are ids."""
    try:
        return UUID(decode(listing, cursor))
    except ValueError:
        raise bad_cursor() from None


def bad_cursor() -> InvalidRequest:
    message = "This is no cursor of this list; use `next_cursor` as it came, with the same filters"
    return InvalidRequest(f"cursor: {message}.", errors=[FieldError("cursor", message)])


def _digest(listing: str) -> str:
    return hashlib.sha256(listing.encode()).hexdigest()[:16]
