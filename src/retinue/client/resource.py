"""What the generated classes of methods stand on."""

import uuid
from urllib.parse import quote

from retinue.client.async_connection import AsyncConnection
from retinue.client.connection import Connection


class Resource:
    """Operations of one part of the API."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection."""
        self._connection = connection


class AsyncResource:
    """The same for an event loop."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Take the connection."""
        self._connection = connection


def path(*parts: "str | int | uuid.UUID") -> str:
    """Return a path of the API. Raises ``ValueError`` for a part that would lead to another one."""
    written = [str(part) for part in parts]
    if any(part in {"", ".", ".."} for part in written):
        raise ValueError("an id may not be empty, . or ..")
    return "/" + "/".join(quote(part, safe="") for part in written)


def new_key() -> str:
    """Return an idempotency key."""
    return str(uuid.uuid4())
