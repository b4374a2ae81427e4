"""Who asks: the tenant that an API key speaks for."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from uuid import UUID

from api.errors import Unauthorized
from database import tenants
from database.connection import Database

MAX_AGE = 60.0
"""Seconds a key found good is believed, and no longer than it lasts. A revoked key stops working
within this time: the price of one look-up a minute in place of one a request."""

CAPACITY = 1_000
"""Keys remembered at once, the least recently used forgotten first."""


def key_of(headers: Mapping[str, str]) -> str:
    """The API key of a request.

    Args:
        headers: by lower-case name, as API Gateway sends them.

    Raises:
        Unauthorized: it carries none.
    """
    scheme, _, credentials = headers.get("authorization", "").strip().partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else ""
    key = key or headers.get("x-api-key", "").strip()
    if not key:
        raise Unauthorized(
            "Send your API key as `Authorization: Bearer KEY` or as `X-API-Key: KEY`."
        )
    return key


class Authenticator:
    """Looks keys up in the database, and remembers those found good for ``MAX_AGE`` seconds.

    Only digests are kept, as in the database: a dump of this process gives no key away.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[UUID, float]] = OrderedDict()

    def tenant_of(self, key: str) -> UUID:
        """The tenant whose key it is.

        Raises:
            Unauthorized: the key is unknown, expired or revoked.
        """
        digest = tenants.digest(key)
        tenant_id, until = self._known.get(digest, (None, 0.0))
        if tenant_id is not None and until > self._clock():
            self._known.move_to_end(digest)
            return tenant_id
        self._known.pop(digest, None)
        with self._database.connection() as connection:
            holder = tenants.of_api_key(connection, key)
        if holder is None:
            raise Unauthorized("This API key is unknown, expired or revoked.", rejected=True)
        believed = MAX_AGE if holder.expires_in is None else min(MAX_AGE, holder.expires_in)
        self._known[digest] = (holder.tenant_id, self._clock() + believed)
        if len(self._known) > CAPACITY:
            self._known.popitem(last=False)
        return holder.tenant_id
