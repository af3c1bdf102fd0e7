"""What the client's commands for links to conversations do."""

from collections.abc import Mapping
from typing import Any

from retinue.cli.client.actions import all_of
from retinue.cli.client.chatting import id_of
from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED
from retinue.cli.client.output import print_json
from retinue.cli.client.tables import print_table

_MOST = 200


async def share(given: Credentials, conversation: str, body: Mapping[str, Any], *, as_json: bool) -> int:
    """Create a link to a conversation, and print its address."""
    async with connected(given) as connection:
        made = await connection.post(f"/conversations/{id_of(conversation)}/shares", dict(body))
    print_json(made) if as_json else print(made["url"])
    return COMPLETED


async def list_links(given: Credentials, conversation: str, *, as_json: bool) -> int:
    """Print the links to a conversation."""
    async with connected(given) as connection:
        found = await all_of(connection, f"/conversations/{id_of(conversation)}/shares", _MOST)
    rows = [[each["id"], each["audience"], str(each["message_count"]), each["expires_at"][:19]] for each in found]
    print_json(found) if as_json else print_table(["ID", "FOR", "MESSAGES", "EXPIRES"], rows, "No links.")
    return COMPLETED


async def revoke(given: Credentials, conversation: str, link: str) -> int:
    """Revoke a link to a conversation."""
    link_id = id_of(link, "link")
    async with connected(given) as connection:
        await connection.delete(f"/conversations/{id_of(conversation)}/shares/{link_id}")
    print(f"Link {link_id} is revoked.")
    return COMPLETED
