"""How an organization's n8n is reached: read from the connection, its secrets opened, for one piece of work."""

from typing import Final
from urllib.parse import urlsplit

from retinue.core.context import Context
from retinue.core.resources import Resources
from retinue.integrations.n8n import repository
from retinue.integrations.n8n.client import Access, N8nClient
from retinue.integrations.n8n.errors import N8nNotConnectedError
from retinue.integrations.n8n.repository import ConnectionRow

CALLBACK_PATH: Final = "/api/v1/n8n/callbacks/"


async def get_access(ctx: Context) -> Access:
    """Return how the organization's n8n is reached. Raises ``N8nNotConnectedError``."""
    row = await repository.get_connection(ctx)
    if row is None:
        raise N8nNotConnectedError
    return opened(ctx.resources, row)


def opened(resources: Resources, row: ConnectionRow) -> Access:
    """Open the secrets of a connection. Raises ``N8nNotConnectedError`` when its key has yet to be entered."""
    if row.api_key_encrypted is None:
        raise N8nNotConnectedError("The connection to n8n has no API key yet.")
    headers: dict[str, str] = {}
    if row.webhook_header is not None and row.webhook_secret_encrypted is not None:
        headers[row.webhook_header.lower()] = resources.secrets.open(row.webhook_secret_encrypted)
    callback = (row.callback_url or resources.core.public_url).rstrip("/")
    return Access(
        base_url=row.base_url,
        webhook_url=row.webhook_url or row.base_url,
        callback_url=callback + CALLBACK_PATH,
        api_key=resources.secrets.open(row.api_key_encrypted),
        headers=headers,
    )


def client_of(resources: Resources, access: Access) -> N8nClient:
    """Return a client of an n8n."""
    return N8nClient(resources.outbound, access)


def is_of(access: Access, url: str) -> bool:
    """Say whether a URL is one of the connected n8n: of the same scheme, host and port as one of its addresses."""
    return any(_origin(url) == _origin(own) for own in (access.base_url, access.webhook_url))


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(scheme)
